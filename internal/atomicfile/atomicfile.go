// SPDX-License-Identifier: Apache-2.0

// Package atomicfile writes files that are there whole or not at all.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
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
	return syncFolder(folder)
}

// syncFolder flushes the folder's entries, where the system can do that.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil // no folder can be flushed there, and a rename is durable
	}
	d, err := os.Open(folder) //nolint:gosec // the folder that was just written to
	if err != nil {
		return fmt.Errorf("flush folder: %w", err)
	}
	err = d.Sync()
	if errors.Is(err, fs.ErrInvalid) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
