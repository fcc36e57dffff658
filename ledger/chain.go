// SPDX-License-Identifier: Apache-2.0

package ledger

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

// headID is the id of a chain's head in its partition.
const headID = "head"

// Chain is the end of one app's audit trail, with the events that the next
// commit appends. Get one with Open.
type Chain struct {
	container, partition string
	head                 audit.Head
	etag                 string // of the stored head, "" before the first commit
	events               []store.Operation
}

// Open reads the head of a partition's chain. A partition without a head gets a
// new chain. Errors: those of the store.
func Open(ctx context.Context, st store.Store, container, partition string) (*Chain, error) {
	c := &Chain{container: container, partition: partition}
	var err error
	c.head, c.etag, err = readHead(ctx, st, container, partition)
	return c, err
}

// readHead returns the stored head and its etag, or zero values for a new chain.
func readHead(ctx context.Context, st store.Store, container, partition string) (head audit.Head, etag string, err error) {
	doc, err := st.Read(ctx, store.Key{Container: container, Partition: partition, ID: headID})
	switch {
	case errors.Is(err, store.ErrNotFound):
		return head, "", nil
	case err != nil:
		return head, "", fmt.Errorf("read chain head: %w", err)
	}
	if err := json.Unmarshal(doc.Body, &head); err != nil {
		return audit.Head{}, doc.ETag, fmt.Errorf("%w: %w", errHead, err)
	}
	return head, doc.ETag, nil
}

// errHead is returned for a stored head that cannot be parsed.
var errHead = errors.New("invalid chain head")

// Add appends an event to those that the next Commit writes. It fills in ID, Seq
// and Prev.
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

// Commit writes changes and the added events atomically, and returns the new etag
// of each change. At least one event must have been added. An etag is empty if,
// after a lost outcome, another writer has replaced the document or it cannot be read.
// Errors: store.ErrConflict if another writer was faster and nothing was written;
// the errors of the store.
func (c *Chain) Commit(ctx context.Context, st store.Store, changes []store.Operation) ([]string, error) {
	body, err := canon.Marshal(c.head)
	if err != nil {
		return nil, fmt.Errorf("encode chain head: %w", err)
	}
	head := store.Operation{Document: store.Document{ID: headID, Type: store.TypeHead, Body: body}, IfMatch: c.etag}
	etags, err := st.Commit(ctx, store.Commit{
		Container: c.container, Partition: c.partition, Operations: append(slices.Concat(changes, c.events), head),
	})
	switch {
	case err == nil:
		return etags[:len(changes)], nil
	case !errors.Is(err, store.ErrUnknownOutcome) && !errors.Is(err, store.ErrConflict):
		return nil, err
	}
	return c.lookUp(ctx, st, changes, err)
}

// lookUp finds out whether a commit that failed with cause was written, by
// reading its first event. If it was, lookUp returns the new etags: a failure to read
// one does not make the commit a failure.
func (c *Chain) lookUp(ctx context.Context, st store.Store, changes []store.Operation, cause error) ([]string, error) {
	first := c.events[0].Document
	stored, err := st.Read(ctx, store.Key{Container: c.container, Partition: c.partition, ID: first.ID})
	switch {
	case errors.Is(err, store.ErrNotFound) && !errors.Is(cause, store.ErrConflict):
		return nil, cause // the store has used up its retries; a new plan would not help
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("%w: the commit was not written", store.ErrConflict)
	case err != nil:
		return nil, fmt.Errorf("%w; look up its first event: %w", cause, err)
	case !slices.Equal(stored.Body, first.Body):
		return nil, fmt.Errorf("%w: another writer committed first", store.ErrConflict)
	}
	etags := make([]string, len(changes))
	for i, change := range changes {
		doc, err := st.Read(ctx, store.Key{Container: c.container, Partition: c.partition, ID: change.Document.ID})
		if err == nil && slices.Equal(doc.Body, change.Document.Body) {
			etags[i] = doc.ETag
		}
	}
	return etags, nil
}
