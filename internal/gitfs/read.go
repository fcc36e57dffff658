// SPDX-License-Identifier: Apache-2.0

package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// find returns the entry at a path.
func (f *FS) find(op, name string) (*entry, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if e, there := f.entries[name]; there {
		return e, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}

// errNotFollowed is returned for a link or a submodule.
var errNotFollowed = errors.New("link or submodule, which is not followed")

// regular returns the file or folder at a path. Errors: errNotFollowed,
// fs.ErrNotExist.
func (f *FS) regular(op, name string) (*entry, error) {
	e, err := f.find(op, name)
	if err == nil && !e.mode.IsRegular() && !e.mode.IsDir() {
		return nil, &fs.PathError{Op: op, Path: name, Err: errNotFollowed}
	}
	return e, err
}

// Lstat describes the entry at a path, which may be a link or a submodule.
func (f *FS) Lstat(name string) (fs.FileInfo, error) {
	e, err := f.find("lstat", name)
	if err != nil {
		return nil, err // not a nil *entry in an fs.FileInfo
	}
	return e, nil
}

// Stat describes a file or a folder.
func (f *FS) Stat(name string) (fs.FileInfo, error) {
	e, err := f.regular("stat", name)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// ReadLink returns an error for every path, because links are not followed.
func (f *FS) ReadLink(name string) (string, error) {
	return "", &fs.PathError{Op: "readlink", Path: name, Err: errNotFollowed}
}

// ReadDir returns the entries of a folder, by name.
func (f *FS) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := f.regular("readdir", name)
	if err == nil && !e.IsDir() {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a folder")}
	}
	if err != nil {
		return nil, err
	}
	return append([]fs.DirEntry(nil), f.folders[name]...), nil
}

// ReadFile returns the content of a file.
func (f *FS) ReadFile(name string) ([]byte, error) {
	e, err := f.regular("open", name)
	if err == nil && e.IsDir() {
		err = &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	if err != nil {
		return nil, err
	}
	content, err := f.object(e)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return content, nil
}

// Open opens a file or a folder. A file's content is fetched by the first Read.
func (f *FS) Open(name string) (fs.File, error) {
	e, err := f.regular("open", name)
	if err != nil {
		return nil, err
	}
	return &file{fsys: f, path: name, entry: e}, nil
}

// file is an open file or folder.
type file struct {
	fsys    *FS
	path    string
	entry   *entry
	content *bytes.Reader // nil until it is read
	listed  int           // entries of a folder that were returned
}

var _ fs.ReadDirFile = (*file)(nil)

// Stat describes the file or folder.
func (f *file) Stat() (fs.FileInfo, error) { return f.entry, nil }

// Close does nothing: nothing is open.
func (f *file) Close() error { return nil }

// Read reads the next bytes of the content.
func (f *file) Read(p []byte) (int, error) {
	if f.content == nil {
		content, err := f.fsys.ReadFile(f.path)
		if err != nil {
			return 0, err
		}
		f.content = bytes.NewReader(content)
	}
	return f.content.Read(p)
}

// ReadDir returns the next n entries of a folder; see fs.ReadDirFile.
func (f *file) ReadDir(n int) ([]fs.DirEntry, error) {
	list, err := f.fsys.ReadDir(f.path)
	if err != nil {
		return nil, err
	}
	list = list[f.listed:]
	if n > 0 {
		if len(list) == 0 {
			return nil, io.EOF
		}
		list = list[:min(n, len(list))]
	}
	f.listed += len(list)
	return list, nil
}

// object returns the content of an object.
func (f *FS) object(e *entry) ([]byte, error) {
	if e.absent {
		return nil, f.git.lacking(context.Background(), errMissing)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.objects == nil {
		started, err := f.git.objects(context.Background()) // an fs.FS has no context; Close ends it
		if err != nil {
			return nil, err
		}
		f.objects = started
	}
	content, err := f.objects.read(e.object, e.size)
	if errors.Is(err, errMissing) {
		err = f.git.lacking(context.Background(), err)
	}
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", e.object, err)
	}
	return content, nil
}
