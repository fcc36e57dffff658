// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

// An annotation is a message that a CI system shows at a line of a file, or on
// the page of the run.
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

// A dialect is how a CI system is told something within a log.
type dialect struct {
	command     func(annotation) string // one line
	open, close string                  // begin and end what is folded away in the log; the title follows the first
	most        int                     // annotations of each level that the system shows of one step
}

// annotate adds annotations, folded away in the log under a heading: the text
// around them says the same for readers. Of each level only as many are given as
// the system shows: the last of them says how many more there are.
func (p *page) annotate(d dialect, list []annotation) {
	if len(list) == 0 {
		return
	}
	shown := fitting(list, d.most)
	p.text.WriteString(d.open + count(len(shown), "annotation") + "\n")
	for _, a := range shown {
		p.text.WriteString(d.command(a) + "\n")
	}
	p.text.WriteString(d.close + "\n")
}

// told writes a result as text, json, github or azure: text says it, and list is what
// the CI system is told beside it.
func told(w io.Writer, format string, options TextOptions, value any, text func(*page), list []annotation) error {
	in := func(d *dialect) func() error {
		return func() error {
			p := &page{colour: options.Colour}
			text(p)
			if d != nil {
				p.annotate(*d, list)
			}
			return print(w, p)
		}
	}
	onGitHub, onAzure := gitHub(), azurePipelines()
	return forms{
		formatText: in(nil), formatJSON: func() error { return JSON(w, value) },
		formatGitHub: in(&onGitHub), formatAzure: in(&onAzure),
	}.write(format)
}

// fitting cuts each level to the most of it.
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
			shown = append(shown, annotation{level: level, title: "roster", message: count(more, "more "+level) + ": all are in the log of this step"})
		}
	}
	return shown
}

// annotationsOf says the findings that a person is shown.
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

// levelOf returns one of the three levels, whatever the severity says.
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

// findingsAnnotated is the text of findings with annotations.
func findingsAnnotated(d dialect, result validate.Result, options TextOptions) *page {
	p := &page{colour: options.Colour}
	list := options.shown(result.Findings)
	p.findings(list, options)
	p.annotate(d, annotationsOf(list, options))
	p.end(result, options)
	return p
}
