// SPDX-License-Identifier: Apache-2.0

// Package gitfs opens a folder in one revision of its git repository as an fs.FS.
// Start with Open. It reads git's objects, so it needs no checkout, and the working
// copy does not matter. Links and submodules are listed, but cannot be opened.
package gitfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ErrNoGit is returned if the program git is not found.
var ErrNoGit = errors.New("no git program found")

// ErrNoRepository is returned for a folder outside of any git repository.
var ErrNoRepository = errors.New("not a git repository")

// ErrNoRevision is returned for a revision that does not exist in the repository.
var ErrNoRevision = errors.New("no such revision")

// FS is a folder in one revision. Its methods are safe for concurrent use.
type FS struct {
	commit  string
	git     git
	entries map[string]*entry // by path; "." is the folder itself
	folders map[string][]fs.DirEntry

	mu      sync.Mutex // guards objects, which answers one question at a time
	objects *objects   // nil until the first file is read
}

var (
	_ fs.ReadDirFS  = (*FS)(nil)
	_ fs.ReadFileFS = (*FS)(nil)
	_ fs.StatFS     = (*FS)(nil)
	_ fs.ReadLinkFS = (*FS)(nil)
)

// Open opens a folder in a revision: a commit id, a full ref, HEAD, or a name that only
// one ref has, each also with ~N and ^N. If the folder does not exist in the revision,
// the FS is empty. Close the FS when done. Errors: ErrNoGit, ErrNoRepository,
// ErrNoRevision, ErrAmbiguous, ErrLink, ErrSubmodule, ErrOwner, ErrConfig, ErrPartial.
func Open(ctx context.Context, dir, revision string) (*FS, error) {
	f := &FS{git: git{dir}, entries: map[string]*entry{}, folders: map[string][]fs.DirEntry{}}
	prefix, err := f.git.way(ctx)
	if err != nil {
		return nil, err
	}
	if f.commit, err = f.git.resolve(ctx, revision); err != nil {
		return nil, err
	}
	if err := f.list(ctx, prefix); err != nil {
		return nil, fmt.Errorf("list revision %s: %w", revision, f.git.lacking(ctx, err))
	}
	return f, nil
}

// Commit returns the id of the commit.
func (f *FS) Commit() string { return f.commit }

// Close ends the process that reads the objects.
func (f *FS) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.objects == nil {
		return nil
	}
	err := f.objects.close()
	f.objects = nil
	return err
}

// list reads the entries of the revision below a folder.
func (f *FS) list(ctx context.Context, prefix string) error {
	f.entries["."] = &entry{name: ".", mode: fs.ModeDir | 0o555}
	f.folders["."] = nil
	tree, err := f.git.tree(ctx, f.commit, prefix)
	if err != nil || tree == "" {
		return err
	}
	out, err := f.git.output(ctx, "ls-tree", "--full-tree", "-r", "-t", "-l", "-z", tree)
	if err != nil {
		return f.listWithoutSizes(ctx, tree, err)
	}
	return f.fill(out)
}

// fill adds the lines of git ls-tree.
func (f *FS) fill(out []byte) error {
	for line := range bytes.SplitSeq(bytes.TrimSuffix(out, []byte{0}), []byte{0}) {
		if len(line) == 0 {
			continue
		}
		if err := f.add(string(line)); err != nil {
			return err
		}
	}
	for _, list := range f.folders {
		slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return nil
}

// listWithoutSizes lists a tree some of whose files the clone does not have. git ls-tree
// -l wants the size of each, so the sizes are asked for apart. because is returned if the
// tree itself cannot be read.
func (f *FS) listWithoutSizes(ctx context.Context, tree string, because error) error {
	out, err := f.git.output(ctx, "ls-tree", "--full-tree", "-r", "-t", "-z", tree)
	if err != nil {
		return because
	}
	if err := f.fill(out); err != nil {
		return err
	}
	missing, err := f.git.missing(ctx, tree)
	if err != nil {
		return err
	}
	var names bytes.Buffer
	files := map[string][]*entry{}
	for _, e := range f.entries {
		if e.absent = missing[e.object]; e.mode.IsRegular() && !e.absent {
			files[e.object] = append(files[e.object], e)
			names.WriteString(e.object + "\n")
		}
	}
	sizes, err := f.git.answer(ctx, names.Bytes(), "cat-file", "--batch-check")
	for line := range strings.Lines(string(sizes)) {
		if fields := strings.Fields(line); len(fields) == 3 {
			for _, e := range files[fields[0]] {
				e.size, _ = strconv.ParseInt(fields[2], 10, 64)
			}
		}
	}
	return err
}

// missing returns the objects below a tree that the clone does not have. git cat-file
// ends when it is asked for one that a partial clone could fetch.
func (g git) missing(ctx context.Context, tree string) (map[string]bool, error) {
	out, err := g.output(ctx, "rev-list", "--objects", "--missing=print", "--no-walk", tree)
	list := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if object, found := strings.CutPrefix(strings.TrimSpace(line), "?"); found {
			list[object] = true
		}
	}
	return list, err
}

// add parses one line of git ls-tree -z: "mode type object\tpath", with -l
// "mode type object size\tpath".
func (f *FS) add(line string) error {
	meta, name, found := strings.Cut(line, "\t")
	fields := strings.Fields(meta)
	if !found || len(fields) < 3 {
		return fmt.Errorf("parse line %q of git ls-tree", line)
	}
	if !fs.ValidPath(name) {
		return nil // no file system would show it
	}
	e := &entry{name: path.Base(name), object: fields[2], mode: modeOf(fields[0])}
	if len(fields) > 3 {
		e.size, _ = strconv.ParseInt(fields[3], 10, 64) // "-" of what has no size
	}
	f.entries[name] = e
	if e.mode.IsDir() {
		f.folders[name] = nil
	}
	above := path.Dir(name)
	f.folders[above] = append(f.folders[above], fs.FileInfoToDirEntry(e))
	return nil
}

// modeOf parses the mode of a tree entry (gitformat-index, "mode"): a file, a
// folder, a link or a submodule.
func modeOf(mode string) fs.FileMode {
	switch mode {
	case "040000":
		return fs.ModeDir | 0o555
	case "100644", "100664":
		return 0o444
	case "100755":
		return 0o555
	case "120000":
		return fs.ModeSymlink | 0o444
	default:
		return fs.ModeIrregular
	}
}

// entry is a file, folder, link or submodule.
type entry struct {
	name   string
	object string
	mode   fs.FileMode
	size   int64 // 0 if absent
	absent bool  // the clone does not have the content
}

var _ fs.FileInfo = (*entry)(nil)

func (e *entry) Name() string       { return e.name }
func (e *entry) Size() int64        { return e.size }
func (e *entry) Mode() fs.FileMode  { return e.mode }
func (e *entry) ModTime() time.Time { return time.Time{} } // git stores no times
func (e *entry) IsDir() bool        { return e.mode.IsDir() }
func (e *entry) Sys() any           { return nil }
