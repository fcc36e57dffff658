// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

// bboltFile makes a file of another program.
func bboltFile(t *testing.T, path string, options bbolt.Options, fill func(tx *bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &options)
	if err == nil {
		err = errors.Join(db.Update(fill), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestForeignFiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	other := func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket([]byte("members"))
		return err
	}
	newer := func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("_store"))
		if err != nil {
			return err
		}
		return b.Put([]byte("format"), []byte("roster store 2"))
	}
	content := func(b []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	noise := make([]byte, 1<<16)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	for name, write := range map[string]func(t *testing.T, path string){
		"empty":             content(nil),
		"text":              content([]byte("apiVersion: roster/v1\n")),
		"pages of zeros":    content(make([]byte, 1<<16)),
		"noise":             content(noise),
		"another program's": func(t *testing.T, path string) { bboltFile(t, path, bbolt.Options{}, other) },
		// bbolt writes to such a file by opening it.
		"another program's without a list of free pages": func(t *testing.T, path string) {
			bboltFile(t, path, bbolt.Options{NoFreelistSync: true}, other)
		},
		"a newer roster's": func(t *testing.T, path string) { bboltFile(t, path, bbolt.Options{}, newer) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "registry.db")
			write(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, readOnly := range []bool{false, true} {
				if _, err := local.Open(t.Context(), path, local.Config{ReadOnly: readOnly}); !errors.Is(err, local.ErrForeign) {
					t.Errorf("read only %t: error %v, want %v", readOnly, err, local.ErrForeign)
				}
			}
			if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
				t.Errorf("the file was changed; error %v", err)
			}
			db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: time.Second})
			if err == nil {
				err = db.Close()
			}
			if errors.Is(err, berrors.ErrTimeout) {
				t.Error("the file was refused, but is still locked")
			}
		})
	}
}

// A path that is not a regular file is neither opened, followed nor waited for.
func TestForeignThings(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege here")
	}
	dir, target := t.TempDir(), filled(t, 1)
	for name, err := range map[string]error{
		"link":     os.Symlink(target, filepath.Join(dir, "link")),
		"dangling": os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "dangling")),
		"folder":   os.Mkdir(filepath.Join(dir, "folder"), 0o700),
		"fifo":     exec.CommandContext(t.Context(), "mkfifo", filepath.Join(dir, "fifo")).Run(),
	} {
		if err != nil {
			t.Fatal(err)
		}
		for _, readOnly := range []bool{false, true} {
			if _, err := local.Open(t.Context(), filepath.Join(dir, name), local.Config{ReadOnly: readOnly}); !errors.Is(err, local.ErrForeign) {
				t.Errorf("%s, read only %t: error %v, want %v", name, readOnly, err, local.ErrForeign)
			}
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("the link was followed and its target made")
	}
}

// A file of which the end is missing is told from a whole one, wherever it ends.
func TestCutOff(t *testing.T) {
	t.Parallel()
	original, err := os.ReadFile(filled(t, 8))
	if err != nil {
		t.Fatal(err)
	}
	used := usedBytes(t, original)
	path := filepath.Join(t.TempDir(), "registry.db")
	for size := 1; size < used; size += 1021 { // no divisor of a page
		if err := os.WriteFile(path, original[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		for _, readOnly := range []bool{false, true} {
			_, err := local.Open(t.Context(), path, local.Config{ReadOnly: readOnly})
			// Less than a page tells nothing of what it was.
			if !errors.Is(err, local.ErrDamaged) && (size >= 8192 || !errors.Is(err, local.ErrForeign)) {
				t.Errorf("cut off at %d of %d, read only %t: error %v, want %v", size, used, readOnly, err, local.ErrDamaged)
			}
		}
	}
}

func usedBytes(t *testing.T, content []byte) (size int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		size = int(tx.Size())
		return nil
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return size
}

// Whatever happens to one page, calls return: with an error, or with what is
// right because the page was not in use, or one of bbolt's two first pages was
// good enough. A page that still looks like one cannot be told from a good one;
// here that is only a page that became empty, so documents may be missing.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	const commits, size = 6, 4096
	original, err := os.ReadFile(filled(t, commits))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	outcomes := map[string]int{}
	for page := 0; (page+1)*size <= usedBytes(t, original); page++ {
		for name, damage := range map[string]func(b []byte){
			"zeros": func(b []byte) { clear(b) },
			"ones": func(b []byte) {
				for i := range b {
					b[i] = 0xff
				}
			},
			"noise": func(b []byte) {
				for i := range b {
					b[i] = byte(random.Uint32())
				}
			},
			"noise behind its head": func(b []byte) {
				for i := 16; i < len(b); i++ {
					b[i] = byte(random.Uint32())
				}
			},
			"another page": func(b []byte) { copy(b, original[(page+3)%8*size:][:size]) },
		} {
			path := filepath.Join(t.TempDir(), "registry.db")
			content := append([]byte{}, original...)
			damage(content[page*size:][:size])
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			outcome := useDamaged(t, path, commits)
			outcomes[outcome]++
			if outcome == "other" {
				t.Errorf("page %d, %s: see above", page, name)
			}
		}
	}
	t.Log(outcomes)
	if outcomes["refused"] == 0 || outcomes["whole"] == 0 {
		t.Errorf("not every outcome was seen: %v", outcomes)
	}
}

// useDamaged opens a store, reads all of it and commits.
func useDamaged(t *testing.T, path string, commits int) string {
	t.Helper()
	st, err := local.Open(t.Context(), path, local.Config{})
	if err != nil {
		if errors.Is(err, local.ErrDamaged) || errors.Is(err, local.ErrForeign) {
			return "refused"
		}
		t.Errorf("Open: %v", err)
		return "other"
	}
	defer func() { _ = st.Close() }() // must return
	n, etags, err := position(st)
	if err == nil {
		err = checkContent(st, n)
	}
	if err == nil {
		if _, err = st.Commit(t.Context(), numbered(n+1, etags)); err == nil && n == commits {
			return "whole"
		}
	}
	if err == nil {
		return "the transaction before" // the newest of the two first pages is lost
	}
	return "an error"
}

// A file that shrinks while it is open makes the process touch memory behind
// which nothing is.
func TestCutOffWhileOpen(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file that is mapped cannot be cut here")
	}
	for _, size := range []int64{0, 8192} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			path := filled(t, 8)
			st := open(t, path, local.Config{})
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
			_, _, err := position(st)
			if !errors.Is(err, local.ErrDamaged) {
				t.Errorf("Read: error %v, want %v", err, local.ErrDamaged)
			}
			if _, err := st.Entries(t.Context(), container, store.TypeRegistration); err == nil {
				t.Error("the store is used after it broke")
			}
			if _, err := st.Commit(t.Context(), numbered(9, nil)); err == nil || errors.Is(err, store.ErrConflict) {
				t.Errorf("Commit: error %v", err)
			}
		})
	}
}

// A commit that finds the file cut off says that it does not know, or that the
// store is damaged, and returns.
func TestCommitToAFileThatWasCutOff(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file that is mapped cannot be cut here")
	}
	path := filled(t, 8)
	st := open(t, path, local.Config{})
	_, etags, err := position(st)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 8192); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Commit(t.Context(), numbered(9, etags)); !errors.Is(err, local.ErrDamaged) {
		t.Errorf("Commit: error %v, want %v", err, local.ErrDamaged)
	}
	if _, err := st.Read(t.Context(), store.Key{}); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("Read after it: error %v", err)
	}
}
