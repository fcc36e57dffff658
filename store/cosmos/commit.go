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
// store.ErrDenied; store.ErrUnknownOutcome if reading back failed too.
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

// batch returns the operations as one batch of creates and replaces.
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
		return batch, fmt.Errorf("%w: %d bytes on the wire; the limit is %d", store.ErrInvalid, size, store.MaxCommit)
	}
	return batch, nil
}

// operationFrame is the size in bytes of an operation of a batch without its body,
// id and etag.
const operationFrame = len(`{"operationType":"Replace","ifMatch":"\"\"","id":"","resourceBody":},`)

// write is a commit in progress.
type write struct {
	store  *Store
	commit store.Commit
	batch  azcosmos.TransactionalBatch
	lost   bool // the outcome of an earlier attempt is unknown, so a conflict may be with itself
	etags  []string
}

// attempt sends the batch once, and looks up an unknown outcome.
func (w *write) attempt(ctx context.Context) error {
	err := w.send(ctx)
	a := readAnswer(err)
	switch {
	case err == nil, errors.Is(err, store.ErrConflict) && !w.lost, errors.Is(err, store.ErrDenied):
		return err
	case unsent(err), a.refusal():
		return w.store.explain(w.commit.Container, err)
	case a.status == http.StatusTooManyRequests: // refused before it started
		w.store.renew()
		return retry.Later(w.store.explain(w.commit.Container, err), a.after)
	}
	w.lost = true
	return w.lookUp(ctx, err)
}

// send sends one request. It returns nil only if the service reported success for
// every operation of the batch, and a conflict only if the service reported one.
func (w *write) send(ctx context.Context) error {
	c, err := w.store.container(w.commit.Container)
	if err != nil {
		return err
	}
	resp, err := c.ExecuteTransactionalBatch(ctx, w.batch, &azcosmos.TransactionalBatchOptions{
		EnableContentResponseOnWrite: true, // otherwise the results may be missing
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

// failed returns the status of the operation that failed first and so stopped the
// batch; 0 if none failed.
func failed(resp azcosmos.TransactionalBatchResponse) int {
	stopped := 0
	for _, r := range resp.OperationResults {
		if r.StatusCode >= http.StatusBadRequest && (stopped == 0 || stopped == http.StatusFailedDependency) {
			stopped = int(r.StatusCode)
		}
	}
	return stopped
}

// judge returns the error for the status of the operation that stopped a batch. The
// batch was undone only if the answer is 207.
func judge(resp azcosmos.TransactionalBatchResponse, status int) error {
	if resp.Success {
		return fmt.Errorf("contradictory answer: an operation failed with status %d, and the batch succeeded", status)
	}
	switch status {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusNotFound:
		return fmt.Errorf("%w: status %d", store.ErrConflict, status)
	case http.StatusForbidden, http.StatusUnauthorized:
		return fmt.Errorf("%w: status %d for an operation of the batch; roster doctor shows the missing role", store.ErrDenied, status)
	default:
		return fmt.Errorf("an operation of the batch failed with status %d", status)
	}
}
