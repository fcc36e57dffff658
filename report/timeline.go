// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/appofapps/roster/rotate"
)

// moment of a Mermaid diagram, to the minute.
const minute = "2006-01-02T15:04"

// mostBars is the highest number of credentials in a timeline.
const mostBars = 40

// What titles take on the left of the bars, in pixels: the drawing does not measure
// them (https://mermaid.js.org/config/schema-docs/config-defs-gantt-diagram-config.html,
// leftPadding, sectionFontSize).
const (
	perLetter   = 6
	margin      = 20
	mostPadding = 400
)

// timeline draws when keys were made and end, as far as it fits: a Gantt diagram of
// Mermaid, which GitHub shows (https://mermaid.js.org/syntax/gantt.html). A milestone
// is where there is something to do next.
func (m *markdown) timeline(s *rotate.Status) {
	var b strings.Builder
	shown, longest := 0, 0
	for _, c := range s.Credentials {
		if bars := bars(c, s.At); bars != "" && shown < mostBars {
			title := ganttText(c.Node + " " + c.Name)
			fmt.Fprintf(&b, "  section %s\n%s", title, bars)
			shown, longest = shown+1, max(longest, len(title))
		}
	}
	if shown == 0 || b.Len() > mermaidText || !m.fits(b.Len()) {
		return
	}
	m.line("")
	m.line("```mermaid\n%%%%{init: {\"gantt\": {\"leftPadding\": %d}}}%%%%\ngantt\n  dateFormat YYYY-MM-DDTHH:mm\n  axisFormat %%d %%b\n  todayMarker off\n  section now\n  now :milestone, %s, 0d",
		min(longest*perLetter+margin, mostPadding), s.At.Format(minute))
	m.line("%s```", b.String())
	if left := len(s.Credentials) - shown; left > 0 {
		m.line("")
		m.line("%s not in the chart", Count(left, "credential"))
	}
}

// bars are the lines of one credential: its live key, the one before while it is
// accepted, and the next. "" if it has no key yet.
func bars(c rotate.CredentialStatus, at time.Time) string {
	if c.Created == nil {
		return ""
	}
	var b strings.Builder
	bar := func(text, tags string, from, to time.Time) {
		if !to.After(from) {
			to = from.Add(time.Hour)
		}
		fmt.Fprintf(&b, "  %s :%s %s, %s\n", text, tags, from.Format(minute), to.Format(minute))
	}
	if c.Overlap != nil {
		bar(fmt.Sprintf("generation %d", c.Generation-1), "done,", *c.Created, *c.Overlap)
	}
	tags := "active,"
	if c.Held != "" || urgent(c, at) != "" {
		tags = "crit,"
	}
	switch {
	case c.Expires != nil:
		bar(fmt.Sprintf("generation %d", c.Generation), tags, *c.Created, *c.Expires)
	case c.Next != nil && c.State == "":
		bar(fmt.Sprintf("generation %d", c.Generation), tags, *c.Created, *c.Next)
	default: // it does not end, and nobody knows yet when it is renewed
		bar(fmt.Sprintf("generation %d", c.Generation), tags, *c.Created, at)
	}
	if c.Next != nil && c.Held == "" {
		what := "renewal"
		if c.State != "" {
			what = "continues"
		}
		fmt.Fprintf(&b, "  %s :milestone, %s, 0d\n", what, c.Next.Format(minute))
	}
	return b.String()
}

// ganttText is a title: letters, digits and the most harmless of the other
// characters. Others would end it, or begin a comment or a directive.
func ganttText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.L, unicode.M, unicode.N) || strings.ContainsRune(" -_./@", r) {
			return r
		}
		return '_'
	}, safe(text))
}
