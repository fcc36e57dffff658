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

// grace is how long a lock is waited for before anybody is told: another command
// that only reads is done by then.
const grace = 200 * time.Millisecond

// retryEvery is how often a lock that is held is tried again.
const retryEvery = 50 * time.Millisecond

var errReplaced = errors.New("it was replaced while it was being opened; run again")

// single makes bbolt try the lock once: it gives up when the timeout will be
// over before its next try, and takes 0 for ever.
const single = time.Nanosecond

// handle is an open database, with the file that it works on.
type handle struct {
	db   *bbolt.DB
	file *os.File
}

// acquire opens the file and takes its lock: shared to read, else exclusive.
// bbolt waits without looking at a context, so it is asked for single tries.
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
			return nil, fmt.Errorf("%w: %s: let it finish or end it, then run again", ErrHeld, path)
		}
		if h, err := open(path, config.ReadOnly, single); !errors.Is(err, berrors.ErrTimeout) {
			return h, err
		}
	}
}

// open tries to open the file. bbolt may write to a file by opening it, so that
// one is looked at through a handle that cannot write first.
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
		return nil, fmt.Errorf("%w: %s is not a file of its own (%s)", ErrForeign, path, info.Mode().Type())
	case info.Size() == 0:
		return nil, fmt.Errorf("%w: %s is empty; remove it to begin with a new one", ErrForeign, path)
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

// check refuses what is not, or not wholly, a roster store. The file is locked,
// so it cannot change under it.
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
			return fmt.Errorf("%w: it is cut off at byte %d of %d", ErrDamaged, opened.Size(), tx.Size())
		}
		return checkMark(tx)
	})
}

// settle flushes the page that tells which transaction is the newest. Its writer
// may have been killed before it flushed that page, or may have been told that
// flushing failed, after which the system takes the page for written. Either way
// it is seen here and perhaps not on the disk, and the next transaction
// overwrites pages of the one before: without this a power failure would leave
// neither. Writing the page again makes the system flush it in any case.
func (h *handle) settle() error {
	var slot int64
	if err := h.db.View(func(tx *bbolt.Tx) error {
		slot = int64(tx.ID()) % 2 // two pages take turns
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

// close gives the file free. After a panic nothing is closed: bbolt may have kept
// its own locks and would wait for them for ever. Then the file stays mapped and
// locked until the process ends.
func (h *handle) close(cause error) error {
	if h.db == nil || errors.Is(cause, errPanic) { // bbolt.Open has closed what it opened
		return nil
	}
	return h.db.Close()
}

// explain says in our words what bbolt objects to.
func explain(path string, err error) error {
	var named *fs.PathError
	var system syscall.Errno
	switch {
	case errors.Is(err, berrors.ErrTimeout), errors.As(err, &named):
		return err
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %s is not a bbolt file", ErrForeign, path)
	case errors.Is(err, ErrForeign), errors.Is(err, ErrDamaged), errors.Is(err, errReplaced), errors.As(err, &system):
		return fmt.Errorf("open %s: %w", path, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, path, err) // torn or missing first pages
}
