// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

// FindingsText writes findings for people: one line for each, with the lines of the
// manifest below it, and the counts at the end.
func FindingsText(w io.Writer, result validate.Result, options TextOptions) error {
	p := &page{colour: options.Colour}
	writeFindings(p, options.shown(result.Findings), options)
	writeSummary(p, result, options)
	return print(w, p)
}

func writeFindings(p *page, list []finding.Finding, options TextOptions) {
	for i, f := range list {
		writeFinding(p, f, options)
		samePlace := i+1 < len(list) && list[i+1].Position() == f.Position()
		if f.Line > 0 && options.Lines != nil && !samePlace {
			writeSnippet(p, options.Lines(f.File, f.Line), f.Line, f.Column)
		}
	}
	if len(list) > 0 {
		p.line("")
	}
}

func writeFinding(p *page, f finding.Finding, options TextOptions) {
	severity := painted{string(f.Severity), severityStyle(f.Severity)}
	sentence, rule := painted{f.Sentence(), bold}, painted{"[" + f.Rule + "]", dim}
	at := f
	at.File = options.place(f.File)
	if position := at.Position(); position != "" {
		p.line("%s: %s: %s %s", position, severity, sentence, rule)
	} else {
		p.line("%s: %s %s", severity, sentence, rule)
	}
}

func severityStyle(s finding.Severity) style {
	switch s {
	case finding.Error:
		return red
	case finding.Warning:
		return yellow
	default:
		return cyan
	}
}

// writeSnippet shows a line of a manifest with a marker below the column.
func writeSnippet(p *page, source string, line, column int) {
	if strings.TrimSpace(source) == "" {
		return
	}
	before, word, after := around(source, column)
	number := strconv.Itoa(line)
	p.line("%s %s", painted{number + " |", dim}, before+word+after)
	if word == "" {
		return
	}
	margin := strings.Repeat(" ", columns(escape(before)))
	mark := "^" + strings.Repeat("~", max(columns(escape(word))-1, 0))
	p.line("%s %s%s", painted{strings.Repeat(" ", len(number)) + " |", dim}, margin, painted{mark, green})
}

// around splits a line at a column into the text before it, the word there and the
// text after it, each shortened for a terminal. Columns are characters, from 1. The
// word is empty if the column is outside the line.
func around(source string, column int) (before, word, after string) {
	const most = 100 // characters to either side
	start := offset(source, column-1)
	before, rest := source[:start], source[start:]
	end := wordEnd(rest)
	word, after = rest[:end], rest[end:]
	if n := utf8.RuneCountInString(before); n > most {
		before = "..." + before[offset(before, n-most):]
	}
	if utf8.RuneCountInString(word) > most {
		word, after = word[:offset(word, most)], "..."
	}
	if utf8.RuneCountInString(after) > most {
		after = after[:offset(after, most)] + "..."
	}
	return before, word, after
}

// offset returns the byte offset of a character, or the end.
func offset(s string, character int) int {
	for i := range s {
		if character <= 0 {
			return i
		}
		character--
	}
	return len(s)
}

// wordEnd returns the length of the YAML scalar at the start of a text: a quoted one
// with its quotes, a plain one up to the separator of a flow collection.
func wordEnd(s string) int {
	if s == "" {
		return 0
	}
	if quote := s[0]; quote == '"' || quote == '\'' {
		if end := strings.IndexByte(s[1:], quote); end >= 0 {
			return end + 2
		}
	}
	if end := strings.IndexAny(s, " \t,]}"); end > 0 {
		return len(strings.TrimSuffix(s[:end], ":"))
	}
	return len(strings.TrimSuffix(s, ":"))
}

// writeSummary writes what a change does, if there is a comparison, and the counts.
func writeSummary(p *page, result validate.Result, options TextOptions) {
	if result.Verdict != nil {
		writeVerdict(p, result.Verdict, options)
	}
	p.line("%s", tally(result, options))
}

// tally is the last line.
func tally(result validate.Result, options TextOptions) string {
	errors := finding.Count(result.Findings, finding.Error)
	warnings := finding.Count(result.Findings, finding.Warning)
	notes := finding.Count(result.Findings, finding.Note)
	var parts []string
	switch clean := errors+warnings == 0; {
	case result.Nodes > 0 && clean:
		parts = append(parts, Count(result.Nodes, "node")+" checked")
	case result.Nodes > 0:
		parts = append(parts, Count(result.Nodes, "node"))
	}
	if errors > 0 {
		parts = append(parts, Count(errors, "error"))
	}
	if warnings > 0 {
		parts = append(parts, Count(warnings, "warning"))
	}
	if errors+warnings == 0 {
		parts = append(parts, "no problems")
	}
	switch {
	case notes > 0 && options.Notes:
		parts = append(parts, Count(notes, "note"))
	case notes == 1:
		parts = append(parts, "1 note not shown (--notes shows it)")
	case notes > 1:
		parts = append(parts, Count(notes, "note")+" not shown (--notes shows them)")
	}
	return strings.Join(parts, ", ")
}
