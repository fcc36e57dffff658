// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"
	"strconv"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

// annotationsShown is how many annotations of each level the runner passes on
// from one step; the others are in the log only.
// https://github.com/actions/runner/blob/main/src/Runner.Worker/ExecutionContext.cs (_maxCountPerIssueType)
const annotationsShown = 10

// An annotation is a message that GitHub shows at a line of a file, or on the
// page of the run.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
type annotation struct {
	level        string // error, warning, notice
	file         string // relative to the repository; "" for none
	line, column int    // 0 for none
	title        string
	message      string
}

// String is the workflow command.
func (a annotation) String() string {
	var properties []string
	add := func(name, value string) {
		// The runner cuts white space off the end of the properties.
		if value = strings.TrimSpace(safe(value)); value != "" {
			properties = append(properties, name+"="+escapeProperty(value))
		}
	}
	add("file", a.file)
	if a.file != "" && a.line > 0 {
		add("line", strconv.Itoa(a.line))
		add("col", strconv.Itoa(max(a.column, 1)))
	}
	add("title", a.title)
	return "::" + a.level + " " + strings.Join(properties, ",") + "::" + escapeData(safe(a.message))
}

// escapeData escapes the message of a command. The runner undoes exactly these
// (UnescapeData in ActionCommand.cs).
func escapeData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// escapeProperty escapes a property of a command, which a comma or a colon
// would end (UnescapeProperty in ActionCommand.cs).
func escapeProperty(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}

// annotate adds commands, folded away in the log under a heading: the text
// around them says the same for readers.
func (p *page) annotate(list []annotation) {
	if len(list) == 0 {
		return
	}
	p.text.WriteString("::group::" + count(len(list), "annotation") + "\n")
	for _, a := range list {
		p.text.WriteString(a.String() + "\n")
	}
	p.text.WriteString("::endgroup::\n")
}

// findingsGitHub writes findings as text and as annotations.
func findingsGitHub(w io.Writer, result validate.Result, options TextOptions) error {
	p := &page{colour: options.Colour}
	list := options.shown(result.Findings)
	p.findings(list, options)
	annotations := make([]annotation, len(list))
	for i, f := range list {
		annotations[i] = annotation{
			level: levelOf(f.Severity), file: options.place(f.File), line: f.Line, column: f.Column,
			title: f.Rule, message: f.Sentence(),
		}
	}
	p.annotate(annotations)
	if unseen := unseen(list); unseen > 0 {
		p.line("GitHub shows %d of %d annotations, %d of each level; all are in this log", len(list)-unseen, len(list), annotationsShown)
	}
	p.end(result, options)
	return print(w, p)
}

// levelOf returns one of the three commands, whatever the severity says.
func levelOf(s finding.Severity) string {
	switch s {
	case finding.Error:
		return "error"
	case finding.Warning:
		return "warning"
	default:
		return "notice"
	}
}

// unseen counts the findings beyond what GitHub shows.
func unseen(list []finding.Finding) int {
	n := 0
	for _, severity := range []finding.Severity{finding.Error, finding.Warning, finding.Note} {
		n += max(finding.Count(list, severity)-annotationsShown, 0)
	}
	return n
}
