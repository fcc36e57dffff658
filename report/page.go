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

// page is text for people, written line by line. Values reach it only as arguments,
// and every argument is escaped.
type page struct {
	text   strings.Builder
	colour bool
}

// line adds a line. The format is a constant with only the verbs %s and %d; the
// values may be hostile.
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

// table adds rows with aligned columns. The last column has any length.
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

// Count returns a number of things in words: "1 error", "2 errors".
func Count(n int, thing string) string {
	return fmt.Sprintf("%d %s", n, plural(n, thing))
}

// plural returns the form of a word for a number of things.
func plural(n int, thing string) string {
	if n == 1 {
		return thing
	}
	return thing + "s"
}
