// SPDX-License-Identifier: Apache-2.0

// Package local keeps a registry in one file of the bbolt database, for one
// machine: several processes may read it at once, one may write it. A commit is
// on the disk when Commit returns, and what a new commit builds upon is on the
// disk before it does (see handle.settle), so that neither a killed process nor
// a failed flush nor a lost machine leaves half of one.
//
// The package never waits for another process longer than it was told to, never
// follows a link in the file's place, and never writes to a file that is not a
// roster store. It stands on the store contract and knows nothing of what is
// stored.
//
// What it cannot guard against: bbolt's pages carry no checksum, only the two
// that tell where everything is do. A page that was damaged so that it still has
// the form of a page is read as it is; the digests and hash chains that the
// registry itself keeps are what finds that. Whoever can write the file can also
// craft one that sends bbolt in circles and ends the process.
package local

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/store"
)

// ErrHeld is returned when another process holds the file longer than Open was
// told to wait.
var ErrHeld = errors.New("store is held by another process")

// ErrForeign is returned for a file that is not a roster store.
var ErrForeign = errors.New("not a roster store")

// ErrDamaged is returned for a roster store of which a part is lost.
var ErrDamaged = errors.New("store is damaged")

var (
	errClosed = errors.New("store is closed")
	errBroken = errors.New("store takes no more calls after a failure; run again")
	errPanic  = errors.New("bbolt gave up")
)

// Config says how a store is opened.
type Config struct {
	Wait     time.Duration // for a process that holds the file; default: not at all
	ReadOnly bool          // read beside other readers; the file must exist
	Waiting  func()        // called once when there is somebody to wait for; may be nil
}

// Store is an open file.
type Store struct {
	path   string
	config Config

	// mu is held by each commit alone, to the end of its last flush: a reader
	// never sees what a power failure could still take back.
	mu     sync.RWMutex
	handle *handle // nil: closed or broken
	broken error   // why it is nil, if it was not closed
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the file at path, and makes file and folder first
// unless it is opened to read only. Errors: ErrHeld, ErrForeign, ErrDamaged, the
// context's, or the system's.
func Open(ctx context.Context, path string, config Config) (*Store, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !config.ReadOnly {
		if err := create(path); err != nil {
			return nil, fmt.Errorf("create store: %w", err)
		}
	}
	s := &Store{path: path, config: config}
	var err error
	s.handle, err = acquire(ctx, path, config)
	return s, err
}

// Close gives the file free. It waits for calls that are under way; later ones
// fail.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle == nil {
		return nil
	}
	err := s.handle.close(nil)
	s.handle = nil
	return err
}

// ready reports why the store cannot be used, if so. mu is held.
func (s *Store) ready(ctx context.Context) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.broken != nil:
		return s.broken
	case s.handle == nil:
		return errClosed
	}
	return nil
}

// view runs f in a transaction that reads.
func (s *Store) view(ctx context.Context, f func(tx *bbolt.Tx) error) error {
	err := s.tryView(ctx, f)
	if errors.Is(err, errPanic) {
		s.distrust(err)
	}
	return err
}

func (s *Store) tryView(ctx context.Context, f func(tx *bbolt.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.ready(ctx); err != nil {
		return err
	}
	return protect(func() error { return s.handle.db.View(f) })
}

// distrust ends the use of a database that panicked: it may have kept its locks,
// and the next call would wait for them for ever.
func (s *Store) distrust(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle != nil {
		s.handle, s.broken = nil, fmt.Errorf("%w: %w", errBroken, cause)
	}
}

// protect turns what bbolt does on a damaged page into an error: it panics, or
// it touches memory behind which there is no file any more, which ends the
// process unless SetPanicOnFault makes that a panic as well.
func protect(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%w: %w: %v", ErrDamaged, errPanic, reason)
		}
	}()
	return f()
}
