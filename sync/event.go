// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/plan"
)

// event returns the audit event of one change.
func (w *writer) event(g group, c plan.Change) audit.Event {
	e := w.newEvent(g.domain, g.partition, eventType(c.Action))
	e.Node, e.Owner = c.Node, c.Subject().Owner
	e.Added, e.Removed = c.Added, c.Removed
	if c.Before != nil {
		e.Before = c.Before.Bytes()
	}
	if c.After != nil {
		e.After = c.After.Bytes()
	}
	return e
}

func (w *writer) newEvent(domain, app, kind string) audit.Event {
	return audit.Event{
		Type: kind, Time: w.config.Now().UTC().Format(time.RFC3339Nano),
		Domain: domain, App: app,
		Actor: w.config.Actor, Source: w.config.Source, Tool: w.config.Tool,
		Operation: w.config.Operation,
		Manifest:  w.plan.Inputs.Manifest, Policy: w.plan.Inputs.Policy, Plan: w.plan.Digest,
	}
}

func eventType(action plan.Action) string {
	switch action {
	case plan.Create:
		return audit.RegistrationCreated
	case plan.Update:
		return audit.RegistrationUpdated
	default:
		return audit.RegistrationDeleted
	}
}
