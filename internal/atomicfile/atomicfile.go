// SPDX-License-Identifier: Apache-2.0

// Package atomicfile writes files completely or not at all, and durably. Start
// with Write.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes content to the file at path. It writes a temporary file in the same
// folder, flushes it to the disk, renames it to path, and flushes the folder. A
// reader sees the old content or the new content, even after a crash.
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
		return fmt.Errorf("replace %s: %w", path, err)
	}
	return SyncFolder(folder)
}

// SyncFolder flushes the entries of a folder to the disk. It does nothing where the
// system has no such operation, as on Windows, or where the process lacks the
// permission to read the folder.
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
