// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/store"
)

// Commit writes all operations or none, and returns when they are on the disk.
//
// bbolt writes the pages of a transaction beside the old ones and flushes them,
// then the page that makes them count, and flushes that. It does not say which
// of the four failed, so the file is opened again, and what is seen is flushed:
// if that shows what was there before, nothing was written, and the error is the
// system's; if it shows more, the outcome is ErrUnknownOutcome to the caller,
// and reading tells it. If the file cannot be opened and flushed the store takes
// no more calls.
func (s *Store) Commit(ctx context.Context, commit store.Commit) ([]string, error) {
	if err := commit.Check(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(ctx); err != nil {
		return nil, err
	}
	w := &writer{commit: commit}
	err := protect(func() error { return s.handle.db.Update(w.write) })
	switch {
	case err == nil:
		return w.etags, nil
	case errors.Is(err, store.ErrConflict), s.config.ReadOnly:
		return nil, fmt.Errorf("commit to %s/%s: %w", commit.Container, commit.Partition, err)
	}
	return nil, fmt.Errorf("commit to %s/%s: %w", commit.Container, commit.Partition,
		s.reopen(context.WithoutCancel(ctx), w.before, err))
}

// reopen opens the file again after a write that failed for a cause, and
// returns what is to be said of the outcome. before is the number of the last
// etag that the write began from. For a moment the lock is not held: a process
// that used it has only done what it could have done before or after us.
func (s *Store) reopen(ctx context.Context, before uint64, cause error) error {
	if errors.Is(cause, errPanic) {
		s.handle.abandon()
	} else if err := s.handle.db.Close(); err != nil {
		cause = errors.Join(cause, err)
	}
	var err error
	if s.handle, err = acquire(ctx, s.path, Config{Wait: s.config.Wait}); err != nil {
		s.broken = fmt.Errorf("%w: %w", errBroken, errors.Join(cause, err))
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, s.broken)
	}
	var now uint64
	err = s.handle.db.View(func(tx *bbolt.Tx) error {
		now = tx.Bucket([]byte(systemBucket)).Sequence()
		return nil
	})
	if err != nil || now != before {
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, errors.Join(cause, err))
	}
	return cause
}

// writer carries one commit.
type writer struct {
	commit store.Commit
	before uint64 // number of the last etag
	etags  []string
}

func (w *writer) write(tx *bbolt.Tx) error {
	system := tx.Bucket([]byte(systemBucket))
	w.before = system.Sequence()
	history := stamp(system.Get([]byte(historyKey)), w.commit)
	shelf, err := makeShelf(tx, w.commit.Container)
	if err != nil {
		return err
	}
	for i, o := range w.commit.Operations {
		before, err := shelf.admit(w.commit.Partition, o)
		if err != nil {
			return err
		}
		doc := o.Document
		doc.ETag = fmt.Sprintf("%d-%s", w.before+uint64(i)+1, hex.EncodeToString(history[:8]))
		if err := shelf.put(w.commit.Partition, doc, before); err != nil {
			return err
		}
		w.etags = append(w.etags, doc.ETag)
	}
	if err := system.Put([]byte(historyKey), history); err != nil {
		return err
	}
	return system.SetSequence(w.before + uint64(len(w.etags)))
}

// admit holds an operation against the document that is there, and returns that.
func (s shelf) admit(partition string, o store.Operation) (store.Document, error) {
	before, err := s.get(partition, o.Document.ID)
	switch {
	case errors.Is(err, store.ErrNotFound) && o.IfMatch == "":
		return before, nil
	case errors.Is(err, store.ErrNotFound):
		return before, fmt.Errorf("%w: document %s to replace is not there", store.ErrConflict, o.Document.ID)
	case err != nil:
		return before, err
	case o.IfMatch == "":
		return before, fmt.Errorf("%w: document %s to create exists", store.ErrConflict, o.Document.ID)
	case o.IfMatch != before.ETag:
		return before, fmt.Errorf("%w: document %s has another etag", store.ErrConflict, o.Document.ID)
	}
	return before, nil
}

// stamp returns the digest of a history that goes on with a commit. Its
// beginning is part of every etag: after an older copy of the file was put back
// the numbers come again, and a plan from before must not fit what is then
// written under them.
func stamp(history []byte, commit store.Commit) []byte {
	text := fmt.Appendf(nil, "%x %q %q", history, commit.Container, commit.Partition)
	for _, o := range commit.Operations {
		d := o.Document
		text = fmt.Appendf(text, " %q %q %q %q %t %d:", d.ID, o.IfMatch, d.Type, d.Digest, d.Deleted, len(d.Body))
		text = append(text, d.Body...)
	}
	sum := sha256.Sum256(text)
	return sum[:]
}
