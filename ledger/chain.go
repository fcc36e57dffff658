// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

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
	events               []audit.Event
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

// Add appends an event to those that the next Commit writes. Commit fills in ID, Seq,
// Prev and Documents.
func (c *Chain) Add(event audit.Event) { c.events = append(c.events, event) }

// Commit writes changes and the added events atomically, and returns the new etag
// of each change. At least one event must have been added; the last one names every
// document with its digest. An etag is empty if, after a lost outcome, another writer
// has replaced the document or it cannot be read. Errors: store.ErrConflict if another
// writer was faster and nothing was written; the errors of the store.
func (c *Chain) Commit(ctx context.Context, st store.Store, changes []store.Operation) ([]string, error) {
	events, head, err := c.encode(changes)
	if err != nil {
		return nil, err
	}
	etags, err := st.Commit(ctx, store.Commit{
		Container: c.container, Partition: c.partition, Operations: append(slices.Concat(changes, events), head),
	})
	switch {
	case err == nil:
		return etags[:len(changes)], nil
	case !errors.Is(err, store.ErrUnknownOutcome) && !errors.Is(err, store.ErrConflict):
		return nil, err
	}
	return lookUp{c, changes, events[0].Document, err}.etags(ctx, st)
}

// encode returns the operations of the added events and of the new head.
func (c *Chain) encode(changes []store.Operation) (events []store.Operation, head store.Operation, err error) {
	end := c.head
	for i, event := range c.events {
		if i == len(c.events)-1 {
			event.Documents = documentsOf(changes)
		}
		var body []byte
		if event, body, end, err = audit.Next(end, event); err != nil {
			return nil, head, fmt.Errorf("append to the audit trail: %w", err)
		}
		events = append(events, store.Operation{Document: store.Document{ID: store.EventID(event.Seq), Type: store.TypeEvent, Body: body}})
	}
	body, err := canon.Marshal(end)
	if err != nil {
		return nil, head, fmt.Errorf("encode chain head: %w", err)
	}
	return events, store.Operation{Document: store.Document{ID: headID, Type: store.TypeHead, Body: body}, IfMatch: c.etag}, nil
}

// documentsOf names the documents that a commit writes.
func documentsOf(changes []store.Operation) []audit.Document {
	var list []audit.Document
	for _, o := range changes {
		list = append(list, DocumentOf(o.Document))
	}
	slices.SortFunc(list, func(a, b audit.Document) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// DocumentOf names a document as the trail does.
func DocumentOf(doc store.Document) audit.Document {
	return audit.Document{ID: doc.ID, Type: string(doc.Type), Digest: canon.Sum(doc.Body), Deleted: doc.Deleted}
}

// lookUp is a commit whose outcome is not known, and the error that it ended with.
type lookUp struct {
	chain   *Chain
	changes []store.Operation
	first   store.Document // the first event
	cause   error
}

// etags finds out whether the commit was written, by reading its first event. If it
// was, etags returns the new etags: a failure to read one does not make the commit a
// failure.
func (l lookUp) etags(ctx context.Context, st store.Store) ([]string, error) {
	stored, err := st.Read(ctx, store.Key{Container: l.chain.container, Partition: l.chain.partition, ID: l.first.ID})
	switch {
	case errors.Is(err, store.ErrNotFound) && !errors.Is(l.cause, store.ErrConflict):
		return nil, l.cause // the store has used up its retries; a new plan would not help
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("%w: the commit was not written", store.ErrConflict)
	case err != nil:
		return nil, fmt.Errorf("%w; look up its first event: %w", l.cause, err)
	case !slices.Equal(stored.Body, l.first.Body):
		return nil, fmt.Errorf("%w: another writer committed first", store.ErrConflict)
	}
	etags := make([]string, len(l.changes))
	for i, change := range l.changes {
		doc, err := st.Read(ctx, store.Key{Container: l.chain.container, Partition: l.chain.partition, ID: change.Document.ID})
		if err == nil && slices.Equal(doc.Body, change.Document.Body) {
			etags[i] = doc.ETag
		}
	}
	return etags, nil
}
