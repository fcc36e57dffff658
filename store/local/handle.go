// SPDX-License-Identifier: Apache-2.0

package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// grace is how long acquire waits for a lock before it calls Config.Waiting. Another
// command that only reads is usually done by then.
const grace = 200 * time.Millisecond

// retryEvery is the interval between attempts to get a lock.
const retryEvery = 50 * time.Millisecond

var errReplaced = errors.New("file replaced while it was opened; run again")

// single makes bbolt try the lock once: it gives up if the timeout would be over
// before the next attempt. A timeout of 0 would mean forever.
const single = time.Nanosecond

// handle is an open database and its file.
type handle struct {
	db   *bbolt.DB
	file *os.File
}

// acquire opens the file and gets its lock: shared to read, else exclusive. bbolt
// would wait without checking the context, so acquire makes single attempts.
func acquire(ctx context.Context, path string, config Config) (*handle, error) {
	h, err := open(path, config.ReadOnly, grace)
	if !errors.Is(err, berrors.ErrTimeout) {
		return h, err
	}
	if config.Wait > 0 && config.Waiting != nil {
		config.Waiting()
	}
	patience, cancel := context.WithTimeout(ctx, config.Wait)
	defer cancel()
	again := time.NewTicker(retryEvery)
	defer again.Stop()
	for {
		select {
		case <-again.C:
		case <-patience.Done():
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %s: wait for that process or end it, then run again", ErrHeld, path)
		}
		if h, err := open(path, config.ReadOnly, single); !errors.Is(err, berrors.ErrTimeout) {
			return h, err
		}
	}
}

// open tries to open the file. Because bbolt may write to a file when opening it,
// open first checks the file through a read-only handle.
func open(path string, readOnly bool, timeout time.Duration) (*handle, error) {
	h, err := openAs(path, true, timeout)
	if readOnly || err != nil {
		return h, err
	}
	if err := h.db.Close(); err != nil {
		return nil, err
	}
	if h, err = openAs(path, false, timeout); err != nil {
		return nil, err
	}
	if err := protect(h.settle); err != nil {
		return nil, errors.Join(fmt.Errorf("flush store %s: %w", path, err), h.close(err))
	}
	return h, nil
}

func openAs(path string, readOnly bool, timeout time.Duration) (*handle, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a regular file (%s)", ErrForeign, path, info.Mode().Type())
	case info.Size() == 0:
		return nil, fmt.Errorf("%w: %s is empty; remove it to create a new store", ErrForeign, path)
	}
	h := &handle{}
	options := &bbolt.Options{
		ReadOnly: readOnly, Timeout: timeout, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			h.file, err = os.OpenFile(name, flag&^os.O_CREATE, mode) //nolint:gosec // the file that the caller names
			return h.file, err
		},
	}
	err = protect(func() (err error) {
		if h.db, err = bbolt.Open(path, 0o600, options); err != nil {
			return err
		}
		return h.check(path)
	})
	if err != nil {
		return nil, errors.Join(explain(path, err), h.close(err))
	}
	return h, nil
}

// check checks that the file is a complete roster store. The file is locked, so it
// does not change. Errors: ErrForeign, ErrDamaged.
func (h *handle) check(path string) error {
	opened, err := h.file.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(opened, named) {
		return errReplaced
	}
	return h.db.View(func(tx *bbolt.Tx) error {
		if opened.Size() < tx.Size() {
			return fmt.Errorf("%w: truncated at byte %d of %d", ErrDamaged, opened.Size(), tx.Size())
		}
		return checkMark(tx)
	})
}

// settle flushes the root page, which names the newest transaction. Its writer may
// have been killed before flushing it, or its flush may have failed, after which
// the system considers the page clean. In both cases the page is visible but may not
// be on the disk. The next transaction overwrites pages of the one before, so
// without settle a power failure could lose both. Writing the page again makes the
// system flush it.
func (h *handle) settle() error {
	var slot int64
	if err := h.db.View(func(tx *bbolt.Tx) error {
		slot = int64(tx.ID()) % 2 // the two root pages alternate
		return nil
	}); err != nil {
		return err
	}
	page := make([]byte, h.db.Info().PageSize)
	at := slot * int64(len(page))
	if _, err := h.file.ReadAt(page, at); err != nil {
		return err
	}
	if _, err := h.file.WriteAt(page, at); err != nil {
		return err
	}
	return h.file.Sync()
}

// close releases the file. After a panic it does nothing: bbolt may still hold its
// locks and would wait for them forever. The file then stays mapped and locked until
// the process ends.
func (h *handle) close(cause error) error {
	if h.db == nil || errors.Is(cause, errPanic) { // bbolt.Open has closed the file
		return nil
	}
	return h.db.Close()
}

// explain translates an error of bbolt into one of this package.
func explain(path string, err error) error {
	_, isPath := errors.AsType[*fs.PathError](err)
	_, isSystem := errors.AsType[syscall.Errno](err)
	switch {
	case errors.Is(err, berrors.ErrTimeout), isPath:
		return err
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %s is not a bbolt file", ErrForeign, path)
	case errors.Is(err, ErrForeign), errors.Is(err, ErrDamaged), errors.Is(err, errReplaced), isSystem:
		return fmt.Errorf("open %s: %w", path, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err) // torn or missing first pages
}
