// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/appofapps/roster/rotate"
)

// Rotation writes what a run of rotate did, as text, json, github or azure.
func Rotation(w io.Writer, format string, result *rotate.Result, options TextOptions) error {
	annotated := func(d dialect) func() error {
		return func() error {
			p := &page{colour: options.Colour}
			p.rotation(result)
			var list []annotation
			for _, l := range result.Credentials {
				if trouble := cmp.Or(l.Held, l.Error); trouble != "" {
					list = append(list, annotation{level: levelError, title: "roster rotate", message: l.Node + " " + l.Name + ": " + trouble})
				}
			}
			p.annotate(d, list)
			return print(w, p)
		}
	}
	return forms{
		formatText: func() error {
			p := &page{colour: options.Colour}
			p.rotation(result)
			return print(w, p)
		},
		formatJSON:   func() error { return JSON(w, result) },
		formatGitHub: annotated(gitHub()),
		formatAzure:  annotated(azurePipelines()),
	}.write(format)
}

func (p *page) rotation(r *rotate.Result) {
	rotated := 0
	failed, held := r.Failed()
	rows := make([][]painted, len(r.Credentials))
	for i, l := range r.Credentials {
		what := painted{"nothing to do", dim}
		switch {
		case l.Held != "" || l.Error != "":
			what = painted{cmp.Or(l.Held, l.Error), red}
		case l.Rotated:
			rotated++
			what = painted{"rotated", green}
		case l.Waits != "":
			what = painted{fmt.Sprintf("%s; waits for %s", l.State, l.Waits), yellow}
		}
		rows[i] = []painted{{l.Node, plain}, {l.Name, bold}, what, {next(l.Next), dim}}
	}
	p.table("", rows)
	if len(rows) > 0 {
		p.line("")
	}
	p.line("%s, %d rotated, %d held, %d failed", painted{count(len(r.Credentials), "credential"), bold}, rotated, held, failed)
}

// MarkdownRotation writes what a run of rotate did for the page of the run.
func MarkdownRotation(w io.Writer, r *rotate.Result, most int) error {
	m := &markdown{most: most}
	rotated := 0
	for _, l := range r.Credentials {
		if l.Rotated {
			rotated++
		}
	}
	failed, held := r.Failed()
	m.line("### %s %s, %d rotated, %d held, %d failed", sealOf(failed+held == 0), count(len(r.Credentials), "credential"), rotated, held, failed)
	if len(r.Credentials) > 0 {
		m.line("")
		m.table("node", "credential", "what became of it", "next")
	}
	rows(m, r.Credentials, func(l rotate.Line) []string {
		what := "nothing to do"
		switch {
		case l.Held != "" || l.Error != "":
			what = code(cmp.Or(l.Held, l.Error))
		case l.Rotated:
			what = "rotated"
		case l.Waits != "":
			what = code(string(l.State)) + " waits for " + code(l.Waits)
		}
		at := ""
		if l.Next != nil {
			at = code(l.Next.Format(time.RFC3339))
		}
		return []string{code(l.Node), code(l.Name), what, at}
	})
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// next says when there is something to do.
func next(at *time.Time) string {
	if at == nil {
		return ""
	}
	return "next " + at.Format(time.RFC3339)
}

// Standing writes where credentials stand, as text or json.
func Standing(w io.Writer, format string, status *rotate.Status, options TextOptions) error {
	return forms{
		formatText: func() error {
			p := &page{colour: options.Colour}
			p.standing(status)
			return print(w, p)
		},
		formatJSON: func() error { return JSON(w, status) },
	}.write(format)
}

func (p *page) standing(s *rotate.Status) {
	due, held := 0, 0
	var rows [][]painted
	for _, c := range s.Credentials {
		if c.Due {
			due++
		}
		if c.Held != "" {
			held++
		}
		rows = append(rows, []painted{{c.Node, plain}, {c.Name, bold}, {c.Type, dim}, {age(c, s.At), plain}, phase(c), {next(c.Next), dim}})
	}
	p.table("", rows)
	for _, c := range s.Credentials {
		if c.Cause != "" {
			p.line("%s %s: the last failure: %s", c.Node, painted{c.Name, bold}, c.Cause)
		}
		if c.Secretless != "" {
			p.line("%s %s: %s", c.Node, painted{c.Name, bold}, painted{c.Secretless, dim})
		}
	}
	if len(rows) > 0 {
		p.line("")
	}
	p.line("%s, %d due, %d held", painted{count(len(s.Credentials), "credential"), bold}, due, held)
}

// age says how old the live key is, and how long it has.
func age(c rotate.Standing, at time.Time) string {
	if c.Created == nil {
		return "none yet"
	}
	const day = 24 * time.Hour
	text := fmt.Sprintf("generation %d, %d days old", c.Generation, at.Sub(*c.Created)/day)
	if c.Expires != nil {
		text += fmt.Sprintf(", expires in %d", c.Expires.Sub(at)/day)
	}
	return text
}

// phase says what is going on.
func phase(c rotate.Standing) painted {
	switch {
	case c.Held != "":
		return painted{"held: " + c.Held, red}
	case c.Waits != "":
		return painted{fmt.Sprintf("%s; waits for %s", c.State, c.Waits), yellow}
	case c.State != "":
		return painted{string(c.State), yellow}
	case c.Due:
		return painted{"due", yellow}
	default:
		return painted{"in order", green}
	}
}
