// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"github.com/appofapps/roster/rotate"
)

// Rotation writes what a run of rotate did.
func Rotation() Result[*rotate.Result] {
	text := plainly(writeRotation)
	return append(Result[*rotate.Result]{asText(text), asJSON(itself[*rotate.Result])}, annotated(text, rotationNotes)...)
}

func rotationNotes(result *rotate.Result) []annotation {
	var list []annotation
	for _, l := range result.Credentials {
		if trouble := cmp.Or(l.Held, l.Error); trouble != "" {
			list = append(list, annotation{level: levelError, title: "roster rotate", message: l.Node + " " + l.Name + ": " + trouble})
		}
	}
	return list
}

func writeRotation(p *page, r *rotate.Result) {
	rotated := 0
	failed, held := r.Failed()
	rows := make([][]painted, len(r.Credentials))
	for i, l := range r.Credentials {
		what := painted{"nothing to do", dim}
		switch {
		case l.Held != "":
			what = painted{"held", red}
		case l.Error != "":
			what = painted{"failed", red}
		case l.Rotated:
			rotated++
			what = painted{"rotated", green}
		case l.Waits != "":
			what = painted{fmt.Sprintf("%s; waits for %s", l.State, l.Waits), yellow}
		}
		rows[i] = []painted{{l.Node, plain}, {l.Name, bold}, what, {next(l.Next), dim}}
	}
	p.table("", rows)
	for _, l := range r.Credentials {
		if trouble := cmp.Or(l.Held, l.Error); trouble != "" {
			p.line("%s %s: %s", l.Node, painted{l.Name, bold}, painted{trouble, red})
		}
	}
	if len(rows) > 0 {
		p.line("")
	}
	p.line("%s, %d rotated, %d held, %d failed", painted{Count(len(r.Credentials), "credential"), bold}, rotated, held, failed)
}

// MarkdownRotation writes what a run of rotate did, as a page of at most so many bytes.
func MarkdownRotation(w io.Writer, r *rotate.Result, most int) error {
	m := &markdown{most: most}
	rotated := 0
	for _, l := range r.Credentials {
		if l.Rotated {
			rotated++
		}
	}
	failed, held := r.Failed()
	m.line("### %s %s, %d rotated, %d held, %d failed", sealOf(failed+held == 0), Count(len(r.Credentials), "credential"), rotated, held, failed)
	if len(r.Credentials) > 0 {
		m.line("")
		m.table("node", "credential", "result", "next")
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

// next says when the next step is due.
func next(at *time.Time) string {
	if at == nil {
		return ""
	}
	return "next " + at.Format(time.RFC3339)
}
