// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/appofapps/roster/verdict"
)

// markdown is a page in GitHub's Markdown. Values are only in code spans and fenced
// blocks, where mentions, links, references and HTML have no effect (spec sections
// 6.1 and 4.5, https://github.github.com/gfm/).
type markdown struct {
	text strings.Builder
	most int // largest size of the page, in bytes
}

// reserve is the space for the ends of sections and of the page, in bytes.
const reserve = 1000

// fits reports whether so many more bytes fit.
func (m *markdown) fits(more int) bool { return m.text.Len()+more+reserve <= m.most }

func (m *markdown) line(format string, values ...any) { fmt.Fprintf(&m.text, format+"\n", values...) }

// code is a value as a code span, between more backticks than it has in a row. A pipe
// would end the cell of a table even there (section 4.10), so it is escaped.
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

// longestRun returns the length of the longest run of backticks.
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

// row adds a row of a table. A cell is fixed text or code.
func (m *markdown) row(cells ...string) { m.line("| %s |", strings.Join(cells, " | ")) }

func (m *markdown) table(titles ...string) {
	m.row(titles...)
	m.line("|%s", strings.Repeat("---|", len(titles)))
}

// rows adds as many rows of a table as fit, and the number of the others.
func rows[T any](m *markdown, list []T, cells func(T) []string) {
	for i, item := range list {
		row := "| " + strings.Join(cells(item), " | ") + " |"
		if !m.fits(len(row)) {
			m.line("")
			m.line("and %d more", len(list)-i)
			return
		}
		m.line("%s", row)
	}
}

// folded adds as many lines of a text as fit, folded under a fixed title.
func (m *markdown) folded(title, body string) {
	kept, left := m.cut(body)
	fence := strings.Repeat("`", max(longestRun(kept)+1, 3)) // section 4.5: at least three
	m.line("")
	m.line("<details><summary>%s</summary>", title)
	m.line("")
	m.line("%stext", fence)
	m.line("%s", kept)
	m.line("%s", fence)
	if left > 0 {
		m.line("")
		m.line("and %s, all in the log of the step", Count(left, "more line"))
	}
	m.line("")
	m.line("</details>")
}

// cut returns the lines of a text that fit, and the number of the others.
func (m *markdown) cut(text string) (kept string, left int) {
	lines := strings.Split(text, "\n")
	size := 0
	for i, line := range lines {
		if size += len(line) + 1; !m.fits(size) {
			return strings.Join(lines[:i], "\n"), len(lines) - i
		}
	}
	return text, 0
}

func (m *markdown) access(title string, list []verdict.Access, options TextOptions) {
	if len(list) == 0 {
		return
	}
	m.line("")
	m.table("node", "as", title, "because of")
	rows(m, list, func(a verdict.Access) []string {
		what := code(a.Witness)
		switch {
		case a.Role != "":
			what = "role " + code(a.Role) + " for " + what
		case what == "":
			what = "too complex to prove"
		}
		return []string{code(a.Node), code(a.Identity), what, throughCode(a.Causes, options)}
	})
}

func (m *markdown) deliveries(list []verdict.Delivery, options TextOptions) {
	if len(list) == 0 {
		return
	}
	m.line("")
	m.table("credential", "opens", "newly delivered to", "because of")
	rows(m, list, func(d verdict.Delivery) []string {
		return []string{code(d.Node + " " + d.Credential), code(d.Opens), code(d.Sink), throughCode(d.Causes, options)}
	})
}

func (m *markdown) headroom(title string, list []verdict.Headroom, options TextOptions) {
	if len(list) == 0 {
		return
	}
	m.line("")
	m.table(title, "change", "now", "because of")
	rows(m, list, func(h verdict.Headroom) []string {
		return []string{code(h.Level), code(h.Change), code(h.Witness), throughCode(h.Causes, options)}
	})
}

// throughCode lists the causes of a gain as code.
func throughCode(list []verdict.Cause, options TextOptions) string {
	cells := make([]string, len(list))
	for i, t := range list {
		cells[i] = code(fmt.Sprintf("%s, %s", t.Text, at(options.place(t.File), t.Line)))
	}
	return strings.Join(cells, "<br>")
}

// changes lists the changed policy and credentials.
func (m *markdown) changes(v *verdict.Verdict, options TextOptions) {
	if len(v.Policy) > 0 {
		m.line("")
		m.table("changed policy", "", "")
		rows(m, v.Policy, func(c verdict.Change) []string {
			return []string{code(string(c.Kind) + " " + c.Name), code(c.Change), code(options.place(c.File))}
		})
	}
	if len(v.Credentials) > 0 {
		m.line("")
		m.table("changed credential", "change", "nodes", "can reach")
		rows(m, v.Credentials, func(b verdict.BlastRadius) []string {
			return []string{code(b.Node + " " + b.Credential), code(b.Change), code(strings.Join(b.Nodes, ", ")), code(strings.Join(b.Scopes, " "))}
		})
	}
}
