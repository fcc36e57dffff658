// SPDX-License-Identifier: Apache-2.0

package local

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/store"
)

// Commit writes all operations or none, and returns when they are on the disk.
//
// bbolt writes the pages of a transaction beside the old ones and flushes them,
// then writes and flushes the page that activates them. It does not report which
// of the four steps failed, so Commit opens the file again and flushes it. If the
// content is the one from before, nothing was written, and the error is that of the
// system. Otherwise the error is ErrUnknownOutcome, and the caller reads the
// documents to find out. If the file cannot be opened and flushed, the store refuses
// all further calls.
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

// reopen opens the file again after a failed write, and returns the error to report.
// before is the history that the write started from. Another process can get the
// lock in between, which is no different from getting it before or after.
func (s *Store) reopen(ctx context.Context, before []byte, cause error) error {
	cause = errors.Join(cause, s.handle.close(cause))
	s.handle = nil
	var err error
	if !errors.Is(cause, errPanic) {
		s.handle, err = acquire(ctx, s.path, Config{Wait: s.config.Wait})
	}
	if s.handle == nil {
		s.broken = fmt.Errorf("%w: %w", errBroken, errors.Join(cause, err))
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, s.broken)
	}
	var now []byte
	err = protect(func() error {
		return s.handle.db.View(func(tx *bbolt.Tx) error {
			now = bytes.Clone(historyOf(tx))
			return nil
		})
	})
	if err != nil || !bytes.Equal(now, before) {
		return fmt.Errorf("%w: %w", store.ErrUnknownOutcome, errors.Join(cause, err))
	}
	return cause
}

// writer is the state of one commit.
type writer struct {
	commit store.Commit
	before []byte // history
	etags  []string
}

func (w *writer) write(tx *bbolt.Tx) error {
	w.before = bytes.Clone(historyOf(tx))
	history := stamp(w.before, w.commit)
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
		doc.ETag = fmt.Sprintf("%x-%d", history[:16], i)
		if err := shelf.put(w.commit.Partition, doc, before); err != nil {
			return err
		}
		w.etags = append(w.etags, doc.ETag)
	}
	return tx.Bucket([]byte(systemBucket)).Put([]byte(historyKey), history)
}

func historyOf(tx *bbolt.Tx) []byte { return tx.Bucket([]byte(systemBucket)).Get([]byte(historyKey)) }

// admit checks an operation against the stored document, and returns that document.
func (s shelf) admit(partition string, o store.Operation) (store.Document, error) {
	before, err := s.get(partition, o.Document.ID)
	switch {
	case errors.Is(err, store.ErrNotFound) && o.IfMatch == "":
		return before, nil
	case errors.Is(err, store.ErrNotFound):
		return before, fmt.Errorf("%w: document %s to replace does not exist", store.ErrConflict, o.Document.ID)
	case err != nil:
		return before, err
	case o.IfMatch == "":
		return before, fmt.Errorf("%w: document %s to create already exists", store.ErrConflict, o.Document.ID)
	case o.IfMatch != before.ETag:
		return before, fmt.Errorf("%w: document %s has another etag", store.ErrConflict, o.Document.ID)
	}
	return before, nil
}

// stamp returns the digest of a history after a commit. Etags are made from it. An
// etag never repeats, even if an older copy of the file was restored, unless exactly
// the same commits follow.
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
