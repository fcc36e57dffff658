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

// create creates an empty store at path, unless the path exists. It flushes the
// folders in both cases, because the process that created the file may have been
// killed before it did.
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

// place creates a complete store under another name and links it to path. So the
// file at path is always complete, and of two concurrent processes the second uses
// the store of the first; a rename would discard what the first has committed. A
// killed process leaves a file ".new", which nobody reads.
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

// format writes an empty store to an empty file.
func format(path string) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoStatistics: true})
	if err != nil {
		return err
	}
	return errors.Join(db.Update(mark), db.Close())
}

// makeFolder creates a missing folder and its missing parents, accessible to the
// owner only, and flushes each.
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
