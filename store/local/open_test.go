// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

// filled makes a store with n commits of the series and returns its path.
func filled(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registry.db")
	st, err := local.Open(t.Context(), path, local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	etags := map[string]string{}
	for i := 1; i <= n && err == nil; i++ {
		if _, err = st.Commit(t.Context(), numbered(i, etags)); err == nil {
			_, etags, err = position(st)
		}
	}
	if err = errors.Join(err, st.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// holder starts a process that holds a store until the returned function ends
// it.
func holder(t *testing.T, path string, readOnly int) (release func()) {
	t.Helper()
	p := program("hold", path, readOnly)
	cmd := exec.CommandContext(t.Context(), p.Args[0])
	cmd.Env = append(cmd.Environ(), p.Env...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if words, err := bufio.NewReader(stdout).ReadString('\n'); words != "held\n" {
		t.Fatalf("the other process says %q, error %v", words, err)
	}
	release = func() {
		_ = stdin.Close() // a second time it is closed already
		_ = cmd.Wait()
	}
	t.Cleanup(release)
	return release
}

func TestHeldByAnotherProcess(t *testing.T) {
	t.Parallel()
	path := filled(t, 1)
	holder(t, path, 0)
	for _, readOnly := range []bool{false, true} {
		waited := 0
		begun := time.Now()
		st, err := local.Open(t.Context(), path, local.Config{Wait: 300 * time.Millisecond, ReadOnly: readOnly, Waiting: func() { waited++ }})
		if !errors.Is(err, local.ErrHeld) || st != nil && err == nil {
			t.Fatalf("read only %t: error %v, want %v", readOnly, err, local.ErrHeld)
		}
		if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "run again") {
			t.Errorf("the error neither names the file nor says what to do: %v", err)
		}
		if waited != 1 {
			t.Errorf("read only %t: Waiting was called %d times, want once", readOnly, waited)
		}
		if took := time.Since(begun); took < 300*time.Millisecond || took > 10*time.Second {
			t.Errorf("read only %t: waited %v, was told to wait 300ms", readOnly, took)
		}
	}
}

func TestHeldAndNotWaitedFor(t *testing.T) {
	t.Parallel()
	path := filled(t, 1)
	holder(t, path, 1)
	_, err := local.Open(t.Context(), path, local.Config{Waiting: func() { t.Error("Waiting was called") }})
	if !errors.Is(err, local.ErrHeld) {
		t.Fatalf("error %v, want %v", err, local.ErrHeld)
	}
}

func TestWaitEndsWithTheHolder(t *testing.T) {
	t.Parallel()
	path := filled(t, 2)
	release := holder(t, path, 0)
	st := open(t, path, local.Config{Wait: time.Minute, Waiting: release})
	if n, _, err := position(st); n != 2 || err != nil {
		t.Errorf("at commit %d, error %v; want 2", n, err)
	}
}

func TestWaitEndsWithTheContext(t *testing.T) {
	t.Parallel()
	path := filled(t, 1)
	holder(t, path, 0)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := local.Open(ctx, path, local.Config{Wait: time.Minute, Waiting: cancel})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want %v", err, context.Canceled)
	}
	if _, err := local.Open(ctx, filepath.Join(t.TempDir(), "new", "registry.db"), local.Config{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a store was made although the context had ended: error %v", err)
	}
}

func TestReadersShare(t *testing.T) {
	t.Parallel()
	path := filled(t, 3)
	holder(t, path, 1)
	first := open(t, path, local.Config{ReadOnly: true})
	second := open(t, path, local.Config{ReadOnly: true})
	for _, st := range []*local.Store{first, second} {
		if err := checkContent(st, 3); err != nil {
			t.Error(err)
		}
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Commit(t.Context(), numbered(4, nil)); err == nil || errors.Is(err, store.ErrUnknownOutcome) {
		t.Errorf("Commit to a store that is open to read: error %v, want a plain one", err)
	}
	if err := checkContent(first, 3); err != nil {
		t.Errorf("after the refused commit: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("reading changed the file; error %v", err)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes here")
	}
	path := filepath.Join(t.TempDir(), "a", "b", "registry.db")
	open(t, path, local.Config{})
	for name, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): fs.ModeDir | 0o700, filepath.Dir(filepath.Dir(path)): fs.ModeDir | 0o700} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the store are left %v, error %v", left, err)
	}
}

func TestReadOnlyMakesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new", "registry.db")
	if _, err := local.Open(t.Context(), path, local.Config{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want %v", err, fs.ErrNotExist)
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	st := open(t, filepath.Join(t.TempDir(), "registry.db"), local.Config{})
	if err := errors.Join(st.Close(), st.Close()); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if _, err := st.Read(t.Context(), store.Key{}); err == nil || errors.Is(err, store.ErrNotFound) {
		t.Errorf("Read of a closed store: error %v", err)
	}
	if _, err := st.Commit(t.Context(), numbered(1, nil)); err == nil || errors.Is(err, store.ErrUnknownOutcome) {
		t.Errorf("Commit to a closed store: error %v", err)
	}
}

// Two that make a store at once both get the same one.
func TestMadeTwiceAtOnce(t *testing.T) {
	t.Parallel()
	for range 10 {
		path := filepath.Join(t.TempDir(), "registry.db")
		done := make(chan error, 2)
		for name := range 2 {
			go func() { done <- leave(t.Context(), path, name) }()
		}
		if err := errors.Join(<-done, <-done); err != nil {
			t.Fatal(err)
		}
		docs, err := open(t, path, local.Config{}).List(t.Context(), container, partition, store.TypeEvent)
		if err != nil || len(docs) != 2 {
			t.Fatalf("%d of 2 documents are there, error %v", len(docs), err)
		}
	}
}

func leave(ctx context.Context, path string, name int) error {
	st, err := local.Open(ctx, path, local.Config{Wait: time.Minute})
	if err != nil {
		return err
	}
	doc := store.Document{ID: store.EventID(int64(name)), Type: store.TypeEvent, Body: []byte(`1`)}
	_, err = st.Commit(ctx, store.Commit{Container: container, Partition: partition, Operations: []store.Operation{{Document: doc}}})
	return errors.Join(err, st.Close())
}

// An etag from before an older copy of the file was put back fits nothing that
// is written afterwards, unless that is the same again.
func TestETagsAfterAnOlderCopyIsPutBack(t *testing.T) {
	t.Parallel()
	path := filled(t, 3)
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again := func(body string) string {
		if err := os.WriteFile(path, older, 0o600); err != nil {
			t.Fatal(err)
		}
		st := open(t, path, local.Config{})
		_, etags, err := position(st)
		if err != nil {
			t.Fatal(err)
		}
		c := numbered(4, etags)
		c.Operations[0].Document.Body = []byte(body)
		written, err := st.Commit(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		return written[0]
	}
	first, other, same := again(`1`), again(`2`), again(`1`)
	if first == other {
		t.Errorf("two histories both have the etag %s", first)
	}
	if first != same {
		t.Errorf("one history has the etags %s and %s", first, same)
	}
}
