// SPDX-License-Identifier: Apache-2.0

// Package trail writes changes of one app together with their audit events: one
// commit holds the changed documents, an event for each, and the chain's head
// under the etag that was read. A commit whose outcome got lost is looked up by
// its first event, whose id is known beforehand, and never guessed.
//
// It knows no document's meaning; package audit knows the chain's.
package trail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/store"
)

// HeadID is the id of a chain's head in its partition.
const HeadID = "head"

// Chain is the end of one app's audit trail, with the events that a commit adds
// to it.
type Chain struct {
	container, partition string
	head                 audit.Head
	etag                 string // of the stored head, "" if there is none
	events               []store.Operation
}

// Open reads the head of a partition's chain; a partition without one begins it.
func Open(ctx context.Context, st store.Store, container, partition string) (*Chain, error) {
	c := &Chain{container: container, partition: partition}
	doc, err := st.Read(ctx, store.Key{Container: container, Partition: partition, ID: HeadID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("read chain head: %w", err)
	}
	c.etag = doc.ETag
	c.head, err = DecodeHead(doc)
	return c, err
}

// DecodeHead reads a stored head.
func DecodeHead(doc store.Document) (audit.Head, error) {
	var head audit.Head
	if err := json.Unmarshal(doc.Body, &head); err != nil {
		return head, fmt.Errorf("read chain head: %w", err)
	}
	return head, nil
}

// Add appends an event.
func (c *Chain) Add(event audit.Event) error {
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

// Commit writes changed documents with the events that were added, of which
// there is at least one. Errors: store.ErrConflict where another writer was
// faster, and nothing was written; those of the store.
func (c *Chain) Commit(ctx context.Context, st store.Store, changes []store.Operation) error {
	body, err := canon.Marshal(c.head)
	if err != nil {
		return fmt.Errorf("encode chain head: %w", err)
	}
	head := store.Operation{Document: store.Document{ID: HeadID, Type: store.TypeHead, Body: body}, IfMatch: c.etag}
	_, err = st.Commit(ctx, store.Commit{
		Container: c.container, Partition: c.partition, Operations: append(slices.Concat(changes, c.events), head),
	})
	if !errors.Is(err, store.ErrUnknownOutcome) && !errors.Is(err, store.ErrConflict) {
		return err
	}
	first := c.events[0].Document
	stored, readErr := st.Read(ctx, store.Key{Container: c.container, Partition: c.partition, ID: first.ID})
	switch {
	case errors.Is(readErr, store.ErrNotFound) && !errors.Is(err, store.ErrConflict):
		return err // the store has tried for as long as it may: no other plan changes that
	case errors.Is(readErr, store.ErrNotFound):
		return fmt.Errorf("%w: the commit was not written", store.ErrConflict)
	case readErr != nil:
		return fmt.Errorf("%w; and looking for its first event: %w", err, readErr)
	case slices.Equal(stored.Body, first.Body):
		return nil
	default:
		return fmt.Errorf("%w: another writer's commit is there", store.ErrConflict)
	}
}
