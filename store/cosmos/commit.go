// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/store"
)

// Commit writes all operations or none, as one transactional batch. Errors:
// store.ErrInvalid, store.ErrConflict, store.ErrThrottled, store.ErrNoContainer,
// store.ErrDenied; store.ErrUnknownOutcome only if reading back was in vain, too.
func (s *Store) Commit(ctx context.Context, commit store.Commit) ([]string, error) {
	if err := commit.Check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	batch, err := s.batch(commit)
	if err != nil {
		return nil, err
	}
	w := &write{store: s, commit: commit, batch: batch}
	err = retry.Do(ctx, s.budget, w.attempt)
	if err != nil {
		return nil, fmt.Errorf("commit to %s/%s: %w", commit.Container, commit.Partition, err)
	}
	return w.etags, nil
}

// batch puts the operations into one, none of them an upsert or a delete.
func (s *Store) batch(commit store.Commit) (azcosmos.TransactionalBatch, error) {
	var batch azcosmos.TransactionalBatch
	c, err := s.container(commit.Container)
	if err != nil {
		return batch, err
	}
	batch = c.NewTransactionalBatch(azcosmos.NewPartitionKeyString(commit.Partition))
	size := 0
	for _, o := range commit.Operations {
		body, err := encode(commit.Partition, o.Document)
		if err != nil {
			return batch, err
		}
		size += len(body) + len(o.Document.ID) + len(o.IfMatch) + operationFrame
		if o.IfMatch == "" {
			batch.CreateItem(body, nil)
			continue
		}
		etag := azcore.ETag(o.IfMatch)
		batch.ReplaceItem(o.Document.ID, body, &azcosmos.TransactionalBatchItemOptions{IfMatchETag: &etag})
	}
	if size > store.MaxCommit {
		return batch, fmt.Errorf("%w: %d bytes on the wire, at most %d go into one", store.ErrInvalid, size, store.MaxCommit)
	}
	return batch, nil
}

// operationFrame is what stands around the body, the id and the etag of one
// operation of a batch.
const operationFrame = len(`{"operationType":"Replace","ifMatch":"\"\"","id":"","resourceBody":},`)

// write is one commit on its way.
type write struct {
	store  *Store
	commit store.Commit
	batch  azcosmos.TransactionalBatch
	lost   bool // an earlier attempt's outcome was unknown: what conflicts may be our own
	etags  []string
}

// attempt sends the batch once, and finds out what became of it.
func (w *write) attempt(ctx context.Context) error {
	err := w.send(ctx)
	a := readAnswer(err)
	switch {
	case err == nil, errors.Is(err, store.ErrConflict) && !w.lost, errors.Is(err, store.ErrDenied):
		return err
	case unsent(err), a.refusal():
		return w.store.explain(w.commit.Container, err)
	case a.status == http.StatusTooManyRequests: // turned down before it began
		w.store.renew()
		return retry.Later(w.store.explain(w.commit.Container, err), a.after)
	}
	w.lost = true
	return w.lookUp(ctx, err)
}

// send is one request. It returns no error only for a batch of which the service
// says of each operation that it was done; a conflict only if it says so.
func (w *write) send(ctx context.Context) error {
	c, err := w.store.container(w.commit.Container)
	if err != nil {
		return err
	}
	resp, err := c.ExecuteTransactionalBatch(ctx, w.batch, &azcosmos.TransactionalBatchOptions{
		EnableContentResponseOnWrite: true, // without it there may be no results to look at
	})
	if err != nil {
		return err
	}
	w.store.sessions.note(w.commit.Container, resp.SessionToken)
	if status := failed(resp); status != 0 {
		return judge(resp, status)
	}
	if !resp.Success || len(resp.OperationResults) != len(w.commit.Operations) {
		return fmt.Errorf("%d results for %d operations", len(resp.OperationResults), len(w.commit.Operations))
	}
	w.etags = make([]string, len(resp.OperationResults))
	for i, r := range resp.OperationResults {
		w.etags[i] = string(r.ETag)
	}
	return nil
}

// failed returns the status of the operation that stopped a batch, the first one
// that was not stopped by another; 0 if none failed.
func failed(resp azcosmos.TransactionalBatchResponse) int {
	stopped := 0
	for _, r := range resp.OperationResults {
		if r.StatusCode >= http.StatusBadRequest && (stopped == 0 || stopped == http.StatusFailedDependency) {
			stopped = int(r.StatusCode)
		}
	}
	return stopped
}

// judge reads the status of the operation that stopped a batch. Only an answer
// of 207 says that all was undone.
func judge(resp azcosmos.TransactionalBatchResponse, status int) error {
	if resp.Success {
		return fmt.Errorf("an operation of a batch failed with %d, and the batch is said to be done", status)
	}
	switch status {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusNotFound:
		return fmt.Errorf("%w: status %d", store.ErrConflict, status)
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("%w: status %d for an operation of the batch; roster doctor says which role is missing", store.ErrDenied, status)
	default:
		return fmt.Errorf("an operation of the batch failed with status %d", status)
	}
}
