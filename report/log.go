// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/ledger"
)

// Log writes the events of the trail.
func Log() Result[*ledger.AuditLog] {
	return Result[*ledger.AuditLog]{asText(plainly(writeLog)), asJSON(func(log *ledger.AuditLog) any {
		whole := *log
		whole.Events = orEmpty(log.Events)
		return whole
	})}
}

// writeLog writes a line for each event, with the access that it added and removed at
// the end.
func writeLog(p *page, log *ledger.AuditLog) {
	rows := make([][]painted, len(log.Events))
	for i, e := range log.Events {
		rows[i] = []painted{
			{seconds(e.Time), dim},
			{e.Type, eventStyle(e.Type)},
			{cmp.Or(e.Node, e.Domain+"/"+e.App), bold},
			{actorOf(e.Actor), plain},
			{sourceOf(e.Source), plain},
			{accessOf(e), plain},
		}
	}
	p.table("", rows)
	if len(log.Events) == 0 {
		p.line("no events")
	} else {
		p.line("")
		p.line("%s", Count(len(log.Events), "event"))
	}
}

// seconds is a time without fractions of a second. JSON has them.
func seconds(moment string) string {
	at, err := time.Parse(time.RFC3339Nano, moment)
	if err != nil {
		return moment
	}
	return at.UTC().Format(time.RFC3339)
}

func eventStyle(kind string) style {
	switch kind {
	case audit.RegistrationCreated:
		return green
	case audit.RegistrationDeleted:
		return red
	default:
		return yellow
	}
}

// actorOf names the actor: by name, else by id.
func actorOf(a audit.Actor) string { return a.Kind + ":" + cmp.Or(a.Name, a.ID, "unknown") }

// sourceOf names the origin of a change: repository, revision, and pull request or
// run.
func sourceOf(s audit.Source) string {
	if s.Repository == "" {
		return s.System
	}
	text := s.Repository
	if s.SHA != "" {
		text += "@" + first(s.SHA, revisionShown)
	}
	switch {
	case s.PullRequest > 0:
		text += fmt.Sprintf(" #%d", s.PullRequest)
	case s.RunID != "":
		text += " run " + s.RunID
	}
	return text
}

// revisionShown is the length of a revision in the log.
const revisionShown = 12

// first returns at most so many characters of a text.
func first(s string, most int) string { return s[:offset(s, most)] }

func accessOf(e audit.Event) string {
	var changes []string
	for _, scope := range e.Added {
		changes = append(changes, "+"+scope)
	}
	for _, scope := range e.Removed {
		changes = append(changes, "-"+scope)
	}
	return strings.Join(changes, " ")
}
