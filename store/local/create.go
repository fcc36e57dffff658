// SPDX-License-Identifier: Apache-2.0

package local

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/internal/atomicfile"
)

// create makes an empty store at path, unless something is there. Folders are
// flushed in either case: the process that made the file may have been killed
// before it did.
func create(path string) error {
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return err
	}
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = place(path)
	}
	return errors.Join(err, atomicfile.SyncFolder(folder))
}

// place makes a store as a whole under another name and links it to path. So a
// file at path is never half made, and of two processes that make one at once
// the second finds the first's; a rename would throw away what the first has
// committed since. A process that is killed on the way leaves a file ".new"
// beside it, which nobody reads.
func place(path string) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.new") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temporary.Name())) }()
	if err := errors.Join(temporary.Close(), format(temporary.Name())); err != nil {
		return err
	}
	if err := os.Link(temporary.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// format makes an empty file an empty store.
func format(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoStatistics: true})
	if err != nil {
		return err
	}
	return errors.Join(db.Update(mark), db.Close())
}

// makeFolder makes a folder that is not there, and those above it, each for its
// owner only and flushed.
func makeFolder(path string) error {
	above := filepath.Dir(path)
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrNotExist) && above != path {
		if err := makeFolder(above); err != nil {
			return err
		}
		err = os.Mkdir(path, 0o700)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return atomicfile.SyncFolder(above)
}
