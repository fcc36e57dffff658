// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/appofapps/roster/rotate"
)

// Standing writes where credentials stand, as text, json, github or azure.
func Standing(w io.Writer, format string, status *rotate.Status, options TextOptions) error {
	return told(w, format, options, status, func(p *page) { p.standing(status) }, standingAnnotations(status))
}

// standingAnnotations are what somebody has to look at.
func standingAnnotations(s *rotate.Status) []annotation {
	var list []annotation
	tell := func(level string, c rotate.CredentialStatus, message string) {
		list = append(list, annotation{level: level, title: "roster rotate status", message: c.Node + " " + c.Name + ": " + message})
	}
	for _, c := range s.Credentials {
		if c.Held != "" {
			tell(levelError, c, "held: "+c.Held)
		}
		if text := urgent(c, s.At); text != "" {
			tell(levelWarning, c, text)
		}
		if len(c.Orphans) > 0 {
			tell(levelWarning, c, orphans(c))
		}
	}
	for _, u := range s.Undeclared {
		list = append(list, annotation{level: levelWarning, title: "roster rotate status", message: u.Node + " " + u.Name + ": " + undeclared(u)})
	}
	return list
}

// week is how near the end of a key is a warning.
const week = 7 * 24 * time.Hour

// urgent says that a live key is near its end, "" if it is not.
func urgent(c rotate.CredentialStatus, at time.Time) string {
	if c.Expires == nil || c.Expires.Sub(at) > week {
		return ""
	}
	return "its live key ends on " + c.Expires.Format(time.RFC3339)
}

func orphans(c rotate.CredentialStatus) string {
	return fmt.Sprintf("%s at its provider (%s); roster rotate sweep ends what is left over", count(len(c.Orphans), "key")+" left over", strings.Join(c.Orphans, ", "))
}

func undeclared(u rotate.Undeclared) string {
	text := fmt.Sprintf("no manifest renews it any more, and its %s, generation %d, may still be valid as %s at its provider", u.Type, u.Generation, u.Key)
	if u.Expires != nil {
		text += " until " + u.Expires.Format(time.RFC3339)
	}
	return text + ": end it there, or declare it again"
}

func (p *page) standing(s *rotate.Status) {
	rows := make([][]painted, len(s.Credentials))
	for i, c := range s.Credentials {
		rows[i] = []painted{{c.Node, plain}, {c.Name, bold}, {c.Type, dim}, {age(c, s.At), plain}, phase(c), {next(c.Next), dim}}
	}
	p.table("", rows)
	for _, c := range s.Credentials {
		p.details(c)
	}
	for _, u := range s.Undeclared {
		p.line("%s %s: %s", u.Node, painted{u.Name, bold}, painted{undeclared(u), red})
	}
	if len(rows)+len(s.Undeclared) > 0 {
		p.line("")
	}
	for _, e := range s.Expiring {
		style := plain
		if e.Days <= 7 {
			style = red
		}
		p.line("expire within %d days: %s", e.Days, painted{strings.Join(e.Credentials, ", "), style})
	}
	due, held := dueAndHeld(s)
	p.line("%s, %d due, %d held", painted{count(len(s.Credentials), "credential"), bold}, due, held)
}

// dueAndHeld counts what there is to do, and what waits for a person.
func dueAndHeld(s *rotate.Status) (due, held int) {
	for _, c := range s.Credentials {
		if c.Due {
			due++
		}
		if c.Held != "" {
			held++
		}
	}
	return due, held
}

// details are lines about one credential.
func (p *page) details(c rotate.CredentialStatus) {
	tell := func(style style, format string, values ...any) {
		p.line("%s %s: %s", c.Node, painted{c.Name, bold}, painted{fmt.Sprintf(format, values...), style})
	}
	if c.Held != "" {
		tell(red, "held: %s", c.Held)
	}
	if c.Cause != "" {
		tell(plain, "the last failure: %s", c.Cause)
	}
	if c.Holder != "" && c.Lease != nil {
		tell(plain, "run %s has it until %s, the %d. time that one takes it up", c.Holder, c.Lease.Format(time.RFC3339), c.Attempt)
	}
	if c.Overlap != nil {
		tell(plain, "the key before it is accepted until %s at least", c.Overlap.Format(time.RFC3339))
	}
	if len(c.Missing) > 0 {
		tell(yellow, "not acknowledged by %s", strings.Join(c.Missing, ", "))
	}
	if len(c.Orphans) > 0 {
		tell(red, "%s", orphans(c))
	}
	if c.Foreign > 0 {
		tell(dim, "%s at its provider that roster does not know and leaves alone", count(c.Foreign, "key"))
	}
	if c.Unchecked != "" {
		tell(red, "its provider could not be asked: %s", c.Unchecked)
	}
	if c.Secretless != "" {
		tell(dim, "%s", c.Secretless)
	}
}

// age says how old the live key is, and how long it has.
func age(c rotate.CredentialStatus, at time.Time) string {
	if c.Created == nil {
		return "none yet"
	}
	const day = 24 * time.Hour
	text := fmt.Sprintf("generation %d, %s old", c.Generation, count(int(at.Sub(*c.Created)/day), "day"))
	if c.Expires != nil {
		text += fmt.Sprintf(", expires in %d", c.Expires.Sub(at)/day)
	}
	return text
}

// phase says what is going on.
func phase(c rotate.CredentialStatus) painted {
	switch {
	case c.Held != "":
		return painted{"held", red}
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

// MarkdownStanding writes where credentials stand for the page of a run, with a
// timeline.
func MarkdownStanding(w io.Writer, s *rotate.Status, most int) error {
	m := &markdown{most: most}
	due, held := dueAndHeld(s)
	m.line("### %s %s, %d due, %d held", sealOf(held == 0), count(len(s.Credentials), "credential"), due, held)
	if len(s.Credentials) > 0 {
		m.line("")
		m.table("node", "credential", "type", "age", "where it stands", "next")
	}
	rows(m, s.Credentials, func(c rotate.CredentialStatus) []string {
		at := ""
		if c.Next != nil {
			at = code(c.Next.Format(time.RFC3339))
		}
		stands := code(phase(c).text)
		if c.Held != "" {
			stands = "held: " + code(c.Held)
		}
		if len(c.Missing) > 0 && !strings.HasPrefix(c.Waits, "acknowledgement") {
			stands += ", not acknowledged by " + code(strings.Join(c.Missing, ", "))
		}
		return []string{code(c.Node), code(c.Name), code(c.Type), age(c, s.At), stands, at}
	})
	m.timeline(s)
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
