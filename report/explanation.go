// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"github.com/appofapps/roster/validate"
)

// Explanation writes the way of every scope of a node, as text or json.
func Explanation(w io.Writer, format string, e validate.Explanation, options TextOptions) error {
	return forms{
		formatText: func() error { return explanationText(w, e, options) },
		formatJSON: func() error { return explanationJSON(w, e) },
	}.write(format)
}

func explanationJSON(w io.Writer, e validate.Explanation) error {
	e.Identities = orEmpty(e.Identities)
	scopes := make([]validate.ScopePath, len(e.Scopes))
	for i, s := range e.Scopes {
		s.Steps = orEmpty(s.Steps)
		scopes[i] = s
	}
	e.Scopes = scopes
	return JSON(w, e)
}

func explanationText(w io.Writer, e validate.Explanation, options TextOptions) error {
	p := &page{colour: options.Colour}
	p.line("%s", painted{e.Node, bold})
	rows := [][]painted{
		{{"owner", dim}, {e.Owner, plain}},
		{{"declared", dim}, {at(options.place(e.File), e.Line), plain}},
	}
	for _, identity := range e.Identities {
		rows = append(rows, []painted{{"identity", dim}, {identity, plain}})
	}
	p.table("  ", rows)
	if !e.Holds {
		p.line("  holds nothing itself: its environments do")
	}
	if len(e.Scopes) == 0 {
		p.line("  needs no scopes")
	}
	for _, s := range e.Scopes {
		p.line("")
		p.scopePath(s, options)
	}
	return print(w, p)
}

// scopePath shows one scope with a line for each level from the root down.
func (p *page) scopePath(s validate.ScopePath, options TextOptions) {
	answer := painted{"may be held", green}
	if !s.Allowed {
		answer = painted{"may not be held", red}
	}
	p.line("%s  %s", painted{s.Scope, bold}, answer)
	rows := make([][]painted, len(s.Steps))
	for i, step := range s.Steps {
		rows[i] = []painted{
			{step.Level, plain},
			{at(options.place(step.File), step.Line), dim},
			{step.Outcome, outcomeStyle(step.Outcome)},
			{step.Detail, plain},
		}
	}
	p.table("  ", rows)
}

func at(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

func outcomeStyle(outcome string) style {
	switch outcome {
	case "no ceiling", "inside the ceiling":
		return green
	default:
		return red
	}
}
