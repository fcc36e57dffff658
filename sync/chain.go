// SPDX-License-Identifier: Apache-2.0

package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/store"
)

// chain is the end of one app's audit trail, with the events that a commit
// adds to it.
type chain struct {
	head   audit.Head
	etag   string // of the stored head, "" if there is none
	events []store.Operation
}

// openChain reads the head of a partition's chain.
func (w *writer) openChain(ctx context.Context, g group) (*chain, error) {
	doc, err := w.store.Read(ctx, store.Key{Container: g.container, Partition: g.partition, ID: headID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &chain{}, nil
	case err != nil:
		return nil, fmt.Errorf("read chain head: %w", err)
	}
	head, err := decodeHead(doc)
	return &chain{head: head, etag: doc.ETag}, err
}

// add appends an event.
func (c *chain) add(event audit.Event) error {
	event, body, head, err := audit.Next(c.head, event)
	if err != nil {
		return fmt.Errorf("append to the audit trail: %w", err)
	}
	c.head = head
	c.events = append(c.events, store.Operation{Document: store.Document{
		ID: store.EventID(event.Seq), Type: store.TypeEvent, Body: body,
	}})
	return nil
}

// headOperation replaces, or for a new chain creates, the head.
func (c *chain) headOperation() (store.Operation, error) {
	doc, err := headDocument(c.head)
	return store.Operation{Document: doc, IfMatch: c.etag}, err
}

// event describes one change for the trail.
func (w *writer) event(g group, c plan.Change) (audit.Event, error) {
	e := w.newEvent(g.domain, g.partition, eventType(c.Action))
	e.Node, e.Owner = c.Node, c.Subject().Owner
	e.Added, e.Removed = c.Added, c.Removed
	var err error
	if c.Before != nil {
		if e.Before, err = c.Before.Bytes(); err != nil {
			return e, err
		}
	}
	if c.After != nil {
		e.After, err = c.After.Bytes()
	}
	return e, err
}

func (w *writer) newEvent(domain, app, kind string) audit.Event {
	return audit.Event{
		Type: kind, Time: w.config.Now().UTC().Format(time.RFC3339Nano),
		Domain: domain, App: app,
		Actor: w.config.Actor, Source: w.config.Source, Tool: w.config.Tool,
		Operation: w.config.Operation,
		Manifest:  w.plan.Bound.Manifest, Policy: w.plan.Bound.Policy, Plan: w.plan.Digest,
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
