// SPDX-License-Identifier: Apache-2.0

// Package local stores a registry in one file of the bbolt database, for one
// machine. Start with Open. Several processes can read the file at once, or one can
// write it.
//
// A commit is on the disk when Commit returns. The commit before it is on the disk
// before a new one starts (see handle.settle), so a killed process, a failed flush
// or a power failure never leaves half a commit.
//
// The package never waits for another process longer than Config.Wait, never
// follows a link in the place of the file, and never writes to a file that is not a
// roster store.
//
// Limits: apart from the two root pages, bbolt's pages have no checksum. A damaged
// page that still has the form of a page is read as it is; the digests and hash
// chains of the registry reveal it. A person with write access to the file can craft
// one that sends bbolt into an endless loop and ends the process.
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

// ErrHeld is returned when another process holds the file longer than Config.Wait.
var ErrHeld = errors.New("store in use by another process")

// ErrForeign is returned for a file that is not a roster store.
var ErrForeign = errors.New("not a roster store")

// ErrDamaged is returned for a roster store with missing or invalid parts.
var ErrDamaged = errors.New("damaged store")

var (
	errClosed = errors.New("closed store")
	errBroken = errors.New("store closed after a failure; run again")
	errPanic  = errors.New("panic in bbolt")
)

// Config configures Open.
type Config struct {
	Wait     time.Duration // for another process that holds the file; default 0
	ReadOnly bool          // share the file with other readers; it must exist
	Waiting  func()        // called once if Open has to wait; may be nil
}

// Store is an open file.
type Store struct {
	path   string
	config Config

	// mu is held exclusively by a commit until its last flush, so a reader never
	// sees data that a power failure could still undo.
	mu     sync.RWMutex
	handle *handle // nil if closed or broken
	broken error   // why handle is nil; nil after Close
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the file at path. It creates file and folder if they do
// not exist, unless the store is read-only. Errors: ErrHeld, ErrForeign, ErrDamaged,
// those of ctx, and those of the system.
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

// Close releases the file. It waits for running calls; later calls fail.
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

// ready returns an error if the store is closed or broken. The caller holds mu.
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

// view runs f in a read transaction.
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

// distrust stops the use of a database that panicked: it may still hold its locks,
// and the next call would wait for them forever.
func (s *Store) distrust(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handle != nil {
		s.handle, s.broken = nil, fmt.Errorf("%w: %w", errBroken, cause)
	}
}

// protect returns an error when bbolt panics on a damaged page, or accesses mapped
// memory beyond the end of the file. The latter would end the process; with
// SetPanicOnFault it is a panic too.
func protect(f func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%w: %w: %v", ErrDamaged, errPanic, reason)
		}
	}()
	return f()
}
