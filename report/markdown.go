// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// A markdown page is in the Markdown of GitHub. Values are in code only, in spans
// and in fenced blocks, where no mention, link, reference or HTML has a meaning
// (spec sections 6.1 and 4.5, https://github.github.com/gfm/).
type markdown struct{ text strings.Builder }

func (m *markdown) line(format string, values ...any) { fmt.Fprintf(&m.text, format+"\n", values...) }

// code is a value as a code span: between more backticks than it holds in a row.
// A pipe would end the cell of a table even there (section 4.10), and is written
// as safe writes what it changes.
func code(value string) string {
	value = strings.ReplaceAll(safe(value), "|", `\x7c`)
	if strings.TrimSpace(value) == "" {
		return ""
	}
	fence := strings.Repeat("`", longestRun(value)+1)
	if strings.HasPrefix(value, "`") || strings.HasSuffix(value, "`") {
		value = " " + value + " "
	}
	return fence + value + fence
}

// longestRun returns how many backticks follow each other at most.
func longestRun(s string) int {
	longest, run := 0, 0
	for _, r := range s {
		if run++; r != '`' {
			run = 0
		}
		longest = max(longest, run)
	}
	return longest
}

// row adds a row of a table. Cells are roster's own words or code.
func (m *markdown) row(cells ...string) { m.line("| %s |", strings.Join(cells, " | ")) }

func (m *markdown) table(titles ...string) {
	m.row(titles...)
	m.line("|%s", strings.Repeat("---|", len(titles)))
}

// How much of a result a page shows. The rest is counted, and is in the other
// formats: a page that is too large would not be shown at all.
const (
	mostRows     = 100
	mostFindings = 200
)

// rows shows the first of many, and says how many there are more.
func rows[T any](m *markdown, list []T, row func(T)) {
	for _, item := range list[:min(len(list), mostRows)] {
		row(item)
	}
	if more := len(list) - mostRows; more > 0 {
		m.line("")
		m.line("and %d more", more)
	}
}

// findingsMarkdown writes the answer of validate for the page of a change: the
// verdict first, what it newly allows and takes away, and the findings folded.
func findingsMarkdown(w io.Writer, result validate.Result, options TextOptions) error {
	m := &markdown{}
	if v := result.Verdict; v != nil {
		m.line("### %s", heading(v))
		m.access("may now", v.NewAccess, options)
		m.headroom(v.NewHeadroom, options)
		m.access("may no longer", v.RemovedAccess, options)
		m.changes(v, options)
	}
	m.findings(options.shown(result.Findings), options)
	m.line("")
	m.line("%s", tally(result, options))
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// heading is the verdict in roster's own words: the commit is a hash or nothing.
func heading(v *verdict.Verdict) string {
	line := VerdictLine(v)
	if base := short(v.Base); base != "" {
		line = strings.Replace(line, "compared with "+base, "compared with "+code(base), 1)
	}
	return line
}

func (m *markdown) access(title string, list []verdict.Access, options TextOptions) {
	if len(list) == 0 {
		return
	}
	m.line("")
	m.table("node", "as", title, "through")
	rows(m, list, func(a verdict.Access) {
		what := code(a.Witness)
		switch {
		case a.Role != "":
			what = "role " + code(a.Role) + " for " + what
		case what == "":
			what = "too complex to prove"
		}
		m.row(code(a.Node), code(a.Identity), what, throughCode(a.Through, options))
	})
}

func (m *markdown) headroom(list []verdict.Headroom, options TextOptions) {
	if len(list) == 0 {
		return
	}
	m.line("")
	m.table("headroom at", "change", "now", "through")
	rows(m, list, func(h verdict.Headroom) {
		m.row(code(h.Level), code(h.Change), code(h.Witness), throughCode(h.Through, options))
	})
}

// throughCode is the lines by which something came.
func throughCode(list []verdict.Through, options TextOptions) string {
	cells := make([]string, len(list))
	for i, t := range list {
		cells[i] = code(fmt.Sprintf("%s, %s", t.Text, at(options.place(t.File), t.Line)))
	}
	return strings.Join(cells, "<br>")
}

// changes lists the policy and the credentials that a change touches.
func (m *markdown) changes(v *verdict.Verdict, options TextOptions) {
	if len(v.Policy) > 0 {
		m.line("")
		m.table("policy that this changes", "", "")
		rows(m, v.Policy, func(c verdict.Change) {
			m.row(code(string(c.Kind)+" "+c.Name), code(c.Change), code(options.place(c.File)))
		})
	}
	if len(v.Credentials) > 0 {
		m.line("")
		m.table("credential", "change", "stands for", "reaches")
		rows(m, v.Credentials, func(b verdict.Blast) {
			m.row(code(b.Node+" "+b.Credential), code(b.Change), code(strings.Join(b.Nodes, ", ")), code(strings.Join(b.Scopes, " ")))
		})
	}
}

// findings lists the findings as the terminal does, folded.
func (m *markdown) findings(list []finding.Finding, options TextOptions) {
	if len(list) == 0 {
		return
	}
	p := &page{}
	p.findings(list[:min(len(list), mostFindings)], TextOptions{Base: options.Base})
	body := strings.TrimSuffix(p.text.String(), "\n\n")
	fence := strings.Repeat("`", max(longestRun(body)+1, 3)) // section 4.5: at least three
	m.line("")
	m.line("<details><summary>%s</summary>", count(len(list), "finding"))
	m.line("")
	m.line("%stext", fence)
	m.line("%s", body)
	m.line("%s", fence)
	m.line("")
	m.line("</details>")
	if more := len(list) - mostFindings; more > 0 {
		m.line("")
		m.line("and %d more", more)
	}
}
