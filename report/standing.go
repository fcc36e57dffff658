// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/appofapps/roster/rotate"
)

// Standing writes the status of credentials.
func Standing() Result[*rotate.Status] {
	text := plainly(writeStatus)
	return append(Result[*rotate.Status]{asText(text), asJSON(itself[*rotate.Status])}, annotated(text, standingNotes)...)
}

// standingNotes is an annotation for each credential that needs a person.
func standingNotes(s *rotate.Status) []annotation {
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

// week is the remaining life of a key that causes a warning.
const week = 7 * 24 * time.Hour

// urgent says that a live key expires soon, "" if it does not.
func urgent(c rotate.CredentialStatus, at time.Time) string {
	if c.Expires == nil || c.Expires.Sub(at) > week {
		return ""
	}
	return "its live key expires on " + c.Expires.Format(time.RFC3339)
}

func orphans(c rotate.CredentialStatus) string {
	return fmt.Sprintf("%s at its provider (%s); to revoke: roster rotate sweep", Count(len(c.Orphans), "orphaned key"), strings.Join(c.Orphans, ", "))
}

func undeclared(u rotate.Undeclared) string {
	text := fmt.Sprintf("no manifest renews it any more, and its %s, generation %d, may still be valid as %s at its provider", u.Type, u.Generation, u.Key)
	if u.Expires != nil {
		text += " until " + u.Expires.Format(time.RFC3339)
	}
	return text + ": revoke it there, or declare it again"
}

func writeStatus(p *page, s *rotate.Status) {
	rows := make([][]painted, len(s.Credentials))
	for i, c := range s.Credentials {
		rows[i] = []painted{{c.Node, plain}, {c.Name, bold}, {c.Type, dim}, {age(c, s.At), plain}, phase(c), {next(c.Next), dim}}
	}
	p.table("", rows)
	for _, c := range s.Credentials {
		writeDetails(p, c)
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
	p.line("%s, %d due, %d held", painted{Count(len(s.Credentials), "credential"), bold}, due, held)
}

// dueAndHeld counts the due and the held credentials.
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

// writeDetails adds lines about one credential.
func writeDetails(p *page, c rotate.CredentialStatus) {
	tell := func(style style, format string, values ...any) {
		p.line("%s %s: %s", c.Node, painted{c.Name, bold}, painted{fmt.Sprintf(format, values...), style})
	}
	if c.Held != "" {
		tell(red, "held: %s", c.Held)
	}
	if c.Cause != "" {
		tell(plain, "last failure: %s", c.Cause)
	}
	if c.Holder != "" && c.Lease != nil {
		tell(plain, "run %s holds its lease until %s, attempt %d", c.Holder, c.Lease.Format(time.RFC3339), c.Attempt)
	}
	if c.Overlap != nil {
		tell(plain, "the previous key is accepted until at least %s", c.Overlap.Format(time.RFC3339))
	}
	if len(c.Missing) > 0 {
		tell(yellow, "not acknowledged by %s", strings.Join(c.Missing, ", "))
	}
	if len(c.Orphans) > 0 {
		tell(red, "%s", orphans(c))
	}
	if c.Foreign > 0 {
		tell(dim, "%s at its provider that roster did not create and never touches", Count(c.Foreign, "key"))
	}
	if c.Unchecked != "" {
		tell(red, "its provider did not answer: %s", c.Unchecked)
	}
	if c.Secretless != "" {
		tell(dim, "%s", c.Secretless)
	}
}

// age describes the age and the remaining life of the live key.
func age(c rotate.CredentialStatus, at time.Time) string {
	if c.Created == nil {
		return "none yet"
	}
	const day = 24 * time.Hour
	text := fmt.Sprintf("generation %d, %s old", c.Generation, Count(int(at.Sub(*c.Created)/day), "day"))
	if c.Expires != nil {
		text += fmt.Sprintf(", expires in %d", c.Expires.Sub(at)/day)
	}
	return text
}

// phase describes the state of the rotation.
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
		return painted{"up to date", green}
	}
}

// MarkdownStanding writes the status of credentials with a timeline, as a page of at
// most so many bytes.
func MarkdownStanding(w io.Writer, s *rotate.Status, most int) error {
	m := &markdown{most: most}
	due, held := dueAndHeld(s)
	m.line("### %s %s, %d due, %d held", sealOf(held == 0), Count(len(s.Credentials), "credential"), due, held)
	if len(s.Credentials) > 0 {
		m.line("")
		m.table("node", "credential", "type", "age", "status", "next")
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
