// SPDX-License-Identifier: Apache-2.0

// Package rootfs opens a folder as an fs.FS whose paths and links never lead
// outside. Start with Open. Every path goes through an os.Root, which follows no
// link out of the folder.
//
// An FS keeps folders with subfolders open. os.Root opens every folder of a path
// again for each file, which is most of the cost of reading a small file.
package rootfs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
)

// maxKept limits the folders kept open. It is more than a registry has folders with
// subfolders, and far less than a process can have open files.
const maxKept = 128

// FS is a folder. Its methods are safe for concurrent use.
type FS struct {
	root fs.FS // of top

	mu   sync.RWMutex // guards kept
	top  *os.Root
	kept map[string]*os.Root // by path
}

var (
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// Open opens the folder dir. Close the FS when done.
func Open(dir string) (*FS, error) {
	top, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open folder: %w", err)
	}
	return &FS{root: top.FS(), top: top, kept: map[string]*os.Root{}}, nil
}

// Close closes the folder and all folders kept open.
func (f *FS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	for _, folder := range f.kept {
		err = errors.Join(err, folder.Close())
	}
	clear(f.kept)
	return errors.Join(err, f.top.Close())
}

// Open opens a file or folder.
func (f *FS) Open(name string) (fs.File, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err // not a nil *os.File in an fs.File
	}
	return file, nil
}

func (f *FS) open(name string) (*os.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	folder, rest := f.nearest(name)
	file, err := folder.Open(rest)
	if err != nil {
		return nil, named(err, name)
	}
	return file, nil
}

// named returns an error about a relative path as an error about the whole path.
func named(err error, name string) error {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		failed.Path = name
	}
	return err
}

// nearest returns the deepest open folder above a path, and the path below it.
func (f *FS) nearest(name string) (folder *os.Root, rest string) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for at := path.Dir(name); at != "."; at = path.Dir(at) {
		if folder, ok := f.kept[at]; ok {
			return folder, name[len(at)+1:]
		}
	}
	return f.top, name
}

// ReadDir returns the entries of a folder, by name. It keeps the folder open if it
// has subfolders.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	entries, err := file.ReadDir(-1)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	if name != "." && slices.ContainsFunc(entries, fs.DirEntry.IsDir) {
		f.keep(name)
	}
	return entries, nil
}

// keep keeps a folder open if fewer than maxKept are. It ignores errors, because the
// folder's files can be opened from the folder above.
func (f *FS) keep(name string) {
	above, rest := f.nearest(name)
	folder, err := above.OpenRoot(rest)
	if err != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, twice := f.kept[name]; twice || len(f.kept) == maxKept {
		_ = folder.Close() // it was only read
		return
	}
	f.kept[name] = folder
}

// Stat describes the file or folder at a path, after following links.
func (f *FS) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.root, name) }

// Lstat describes the entry at a path. It does not follow a link.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrInvalid}
	}
	folder, rest := f.nearest(name)
	info, err := folder.Lstat(rest)
	if err != nil {
		return nil, named(err, name)
	}
	return info, nil
}

// ReadLink returns the target of a link.
func (f *FS) ReadLink(name string) (string, error) { return fs.ReadLink(f.root, name) }
