// SPDX-License-Identifier: Apache-2.0

package report

import (
	"github.com/appofapps/roster/finding"
)

// annotation is a message that a CI system shows at a line of a file, or on the page
// of the run.
type annotation struct {
	level        string // levelError, levelWarning or levelNotice
	file         string // relative to the repository; "" for none
	line, column int    // 0 for none
	title        string
	message      string
}

const (
	levelError   = "error"
	levelWarning = "warning"
	levelNotice  = "notice"
)

// dialect is how a CI system reads annotations in a log.
type dialect struct {
	format      string                  // with these annotations
	command     func(annotation) string // one line
	open, close string                  // begin and end a folded group of the log; its title follows the first
	most        int                     // annotations of one level that the system shows for one step
}

// dialects returns the dialects of all CI systems that read annotations.
func dialects() []dialect { return []dialect{gitHub(), azurePipelines()} }

// annotate adds annotations in a folded group of the log, because the text around
// them says the same. It adds no more of each level than the system shows; the last
// one says how many more there are.
func (p *page) annotate(d dialect, list []annotation) {
	if len(list) == 0 {
		return
	}
	shown := fitting(list, d.most)
	p.text.WriteString(d.open + Count(len(shown), "annotation") + "\n")
	for _, a := range shown {
		p.text.WriteString(d.command(a) + "\n")
	}
	p.text.WriteString(d.close + "\n")
}

// fitting returns at most so many annotations of each level.
func fitting(list []annotation, most int) []annotation {
	total := map[string]int{}
	for _, a := range list {
		total[a.level]++
	}
	seen := map[string]int{}
	var shown []annotation
	for _, a := range list {
		seen[a.level]++
		if seen[a.level] < most || total[a.level] <= most {
			shown = append(shown, a)
		}
	}
	for _, level := range []string{levelError, levelWarning, levelNotice} {
		if more := total[level] - most + 1; total[level] > most {
			shown = append(shown, annotation{level: level, title: "roster", message: Count(more, "more "+level) + ": all are in the log of this step"})
		}
	}
	return shown
}

// annotationsOf returns an annotation for each finding.
func annotationsOf(list []finding.Finding, options TextOptions) []annotation {
	annotations := make([]annotation, len(list))
	for i, f := range list {
		annotations[i] = annotation{
			level: levelOf(f.Severity), file: options.place(f.File), line: f.Line, column: f.Column,
			title: f.Rule, message: f.Sentence(),
		}
	}
	return annotations
}

// levelOf returns the level for a severity; an unknown one is a notice.
func levelOf(s finding.Severity) string {
	switch s {
	case finding.Error:
		return levelError
	case finding.Warning:
		return levelWarning
	default:
		return levelNotice
	}
}
