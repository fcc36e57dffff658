// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/store"
)

// errNotWritten is the outcome of a commit that left nothing in the store.
var errNotWritten = errors.New("not written")

// errOvertaken is the outcome of a commit that can no longer be found out: its
// documents equal neither the old nor the new versions.
var errOvertaken = errors.New("same documents changed by another writer")

// lookUp finds out the outcome of a batch after a lost answer: this batch was
// written, another writer's was, or none, in which case the batch can be sent again.
// If the first attempt is still running, one of the two attempts conflicts and fails
// as a whole; if that is the second, its outcome is looked up too.
func (w *write) lookUp(ctx context.Context, cause error) error {
	err := w.readBack(ctx)
	conflict := errors.Is(cause, store.ErrConflict)
	switch {
	case err == nil, errors.Is(err, store.ErrConflict):
		return err
	case errors.Is(err, errNotWritten) && conflict:
		return cause
	case errors.Is(err, errNotWritten) && ctx.Err() == nil:
		w.store.renew()
		return retry.Later(fmt.Errorf("%w: nothing was found when it was looked up after: %w",
			store.ErrUnknownOutcome, w.store.explain(w.commit.Container, cause)), readAnswer(cause).after)
	}
	return fmt.Errorf("%w: %w; look it up: %w", store.ErrUnknownOutcome, w.store.explain(w.commit.Container, cause), err)
}

// readBack compares the stored documents with those of the commit. If the commit has
// events, they decide, because events are never replaced. Errors: errNotWritten,
// store.ErrConflict, errOvertaken, and those of reading.
func (w *write) readBack(ctx context.Context) error {
	stored, err := w.stored(ctx)
	if err != nil {
		return err
	}
	var events, all tally
	etags := make([]string, len(stored))
	for i, o := range w.commit.Operations {
		ours := stored[i].ETag != o.IfMatch && sameDocument(stored[i], o.Document)
		if ours {
			etags[i] = stored[i].ETag
		}
		all.add(ours, stored[i].ETag == o.IfMatch)
		if o.Document.Type == store.TypeEvent && o.IfMatch == "" {
			events.add(ours, false)
		}
	}
	decisive := all
	if events.count > 0 {
		decisive = events
	}
	switch {
	case decisive.ours == decisive.count:
		w.etags = etags
		return nil
	case events.count > 0:
		return fmt.Errorf("%w: another writer's events were stored first", store.ErrConflict)
	case all.untouched == all.count:
		return errNotWritten
	}
	return errOvertaken
}

// tally counts the documents that equal the new version and those that equal the old
// one.
type tally struct{ count, ours, untouched int }

func (t *tally) add(ours, untouched bool) {
	t.count++
	if ours {
		t.ours++
	}
	if untouched {
		t.untouched++
	}
}

// stored reads the documents of the commit as one batch of reads, at the write
// region and at one point in time. Errors: errNotWritten if one of the documents
// does not exist, because the commit would have written all.
func (w *write) stored(ctx context.Context) (docs []store.Document, err error) {
	err = w.store.ask(ctx, w.commit.Container, func(ctx context.Context, c *azcosmos.ContainerClient) error {
		batch := c.NewTransactionalBatch(azcosmos.NewPartitionKeyString(w.commit.Partition))
		for _, o := range w.commit.Operations {
			batch.ReadItem(o.Document.ID, nil)
		}
		resp, err := c.ExecuteTransactionalBatch(ctx, batch, nil)
		if err != nil {
			return err
		}
		docs, err = w.documents(resp)
		return err
	})
	return docs, err
}

func (w *write) documents(resp azcosmos.TransactionalBatchResponse) ([]store.Document, error) {
	switch status := failed(resp); status {
	case 0:
	case http.StatusNotFound:
		return nil, errNotWritten
	default:
		return nil, fmt.Errorf("a read of a batch failed with status %d", status)
	}
	if len(resp.OperationResults) != len(w.commit.Operations) {
		return nil, fmt.Errorf("%d results for %d reads", len(resp.OperationResults), len(w.commit.Operations))
	}
	docs := make([]store.Document, 0, len(resp.OperationResults))
	for _, r := range resp.OperationResults {
		doc, err := decode(r.ResourceBody)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

func sameDocument(a, b store.Document) bool {
	return a.ID == b.ID && a.Type == b.Type && a.Digest == b.Digest && a.Deleted == b.Deleted && bytes.Equal(a.Body, b.Body)
}
