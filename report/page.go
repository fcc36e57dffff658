// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
)

// style is the parameter of a terminal sequence Select Graphic Rendition
// (ECMA-48 section 8.3.117).
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
	cyan   style = "36"
)

// painted is a value with a style.
type painted struct {
	text  string
	style style
}

// page is text for people, written line by line. Values reach it only as
// arguments, and every argument is made safe.
type page struct {
	text   strings.Builder
	colour bool
}

// line adds a line. The format is roster's own, and has only the verbs %s and
// %d; the values are anybody's.
func (p *page) line(format string, values ...any) {
	clean := make([]any, len(values))
	for i, v := range values {
		clean[i] = p.clean(v)
	}
	fmt.Fprintf(&p.text, format+"\n", clean...)
}

func (p *page) clean(value any) any {
	switch v := value.(type) {
	case int, int64:
		return v
	case painted:
		return p.paint(safe(v.text), v.style)
	default:
		return safe(fmt.Sprint(v))
	}
}

func (p *page) paint(text string, s style) string {
	if !p.colour || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// table adds rows with their columns aligned; the last column is as long as it
// is.
func (p *page) table(indent string, rows [][]painted) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(safe(cell.text)))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			text := safe(cell.text)
			b.WriteString(p.paint(text, cell.style))
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-columns(text)+2))
			}
		}
		p.text.WriteString(indent + strings.TrimRight(b.String(), " ") + "\n")
	}
}

// count is a number of things in words: "1 error", "2 errors".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
