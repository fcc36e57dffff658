// SPDX-License-Identifier: Apache-2.0

// Package atomicfile writes files that are there whole or not at all, and makes
// them last.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts content into the file at path: into a temporary file beside it,
// flushed to the disk, renamed over it, and the folder flushed. A reader sees
// the old content or the new one, also after a crash.
func Write(path string, content []byte, mode fs.FileMode) (err error) {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("create temporary file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return fmt.Errorf("write %s: %w", f.Name(), err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("put %s in place: %w", path, err)
	}
	return SyncFolder(folder)
}

// SyncFolder flushes a folder's entries, where the system can do that and allows
// it: Windows does not, and a folder above may be somebody else's.
func SyncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the folder that the caller names
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	err = folder.Sync()
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrInvalid) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
