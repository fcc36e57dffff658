// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/appofapps/roster/internal/test/faultsweep"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

// required makes a machine on which no fault can be injected a failure.
func required() bool { return os.Getenv("ROSTER_REQUIRE_FAULTS") == "1" }

// sampled bounds a sweep in a plain test run; the whole of it is for make faults.
func sampled(runs int) int {
	switch {
	case required():
		return 0
	case testing.Short():
		return runs / 2
	}
	return runs
}

// TestCrashCreate cuts the making of a store in a folder that is not there, and
// its first two commits, at every system call that writes.
func TestCrashCreate(t *testing.T) {
	faultsweep.Sweep(t, faultsweep.Scenario{
		Program:   func(dir string) faultsweep.Program { return program("series", inside(dir), 2) },
		Check:     func(dir string, r faultsweep.Result) error { return checkSeries(inside(dir), 0, 2, r) },
		MinPoints: 41,
		MustSee:   []string{"openat", "mkdirat", "linkat", "unlinkat", "pwrite64", "ftruncate", "fdatasync", "fsync", "write"},
		Sample:    sampled(60),
		Required:  required(),
	})
}

// TestCrashCommit cuts commits to stores of many sizes, among them some that
// make the file grow, split pages and need several pages for one body.
func TestCrashCommit(t *testing.T) {
	bases := []int{1, 2, 4, 30}
	if required() {
		bases = nil
		for i := range 20 {
			bases = append(bases, 2*i+1)
		}
	}
	var heard words
	for _, base := range bases {
		t.Run(fmt.Sprintf("after %d", base), func(t *testing.T) {
			original, last := filepath.Join(t.TempDir(), "original.db"), base+3
			if result, err := program("series", original, base).RunPlain(t.Context()); err != nil || result.ExitCode != 0 {
				t.Fatalf("prepare: %+v, error %v", result, err)
			}
			faultsweep.Sweep(t, faultsweep.Scenario{
				Prepare: func(dir string) error {
					content, err := os.ReadFile(original)
					if err != nil {
						return err
					}
					return os.WriteFile(filepath.Join(dir, "registry.db"), content, 0o600)
				},
				Program: func(dir string) faultsweep.Program {
					return program("series", filepath.Join(dir, "registry.db"), last)
				},
				Check: func(dir string, r faultsweep.Result) error {
					heard.listen(r)
					return checkSeries(filepath.Join(dir, "registry.db"), base, last, r)
				},
				MinPoints: 40,
				MustSee:   []string{"pwrite64", "fdatasync", "fsync", "write"},
				Sample:    sampled(40),
				Required:  required(),
			})
		})
	}
	heard.check(t)
}

// words counts what the programs said, so that no way out of a commit is left
// untried.
type words struct{ refused, lost, lookedUp atomic.Int64 }

func (w *words) listen(r faultsweep.Result) {
	for word, n := range map[string]*atomic.Int64{"refused ": &w.refused, "lost ": &w.lost, "looked up ": &w.lookedUp} {
		n.Add(int64(strings.Count(r.Stdout+r.Stderr, word)))
	}
}

func (w *words) check(t *testing.T) {
	t.Helper()
	t.Logf("commits that were refused: %d, lost: %d, found by looking: %d", w.refused.Load(), w.lost.Load(), w.lookedUp.Load())
	if !t.Failed() && faultsweep.Available(t.Context()) == nil && (w.refused.Load() == 0 || w.lost.Load() == 0 || w.lookedUp.Load() == 0) {
		t.Error("one of them was never seen")
	}
}

func inside(dir string) string { return filepath.Join(dir, "new", "folder", "registry.db") }

var said = regexp.MustCompile(`(?m)^(at|ack|refused|lost) (\d+)$`)

// checkSeries holds what is in the file against what the program said before it
// was cut, and then lets the program finish.
func checkSeries(path string, base, last int, r faultsweep.Result) error {
	acknowledged, word := base, ""
	for _, parts := range said.FindAllStringSubmatch(r.Stdout, -1) {
		if word = parts[1]; word == "ack" || word == "at" {
			acknowledged, _ = strconv.Atoi(parts[2])
		}
	}
	n, err := verify(path)
	if errors.Is(err, fs.ErrNotExist) && base == 0 {
		n, err = 0, nil
	}
	switch {
	case err != nil:
		return err
	case n < acknowledged:
		return fmt.Errorf("commit %d was acknowledged, the store is at %d", acknowledged, n)
	case n > acknowledged+1:
		return fmt.Errorf("commit %d was the last to be acknowledged, the store is at %d", acknowledged, n)
	case n > acknowledged && word == "refused":
		return fmt.Errorf("nothing was written of commit %d, it was said, but the store is at it", n)
	case r.Signal == 0 && n > acknowledged && word != "lost":
		return fmt.Errorf("the program ended, acknowledged %d, and said nothing of commit %d", acknowledged, n)
	case r.ExitCode == 0 && n != last:
		return fmt.Errorf("the program says it is done, the store is at %d of %d", n, last)
	}
	return finish(path, last)
}

// finish runs the program undisturbed: it goes on from anywhere.
func finish(path string, last int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	result, err := program("series", path, last).RunPlain(ctx)
	if err != nil || result.ExitCode != 0 {
		return fmt.Errorf("run again: %+v, error %w", result, err)
	}
	n, err := verify(path)
	if err == nil && n != last {
		err = fmt.Errorf("run again, the store is at %d of %d", n, last)
	}
	return err
}

// verify opens the file, checks every page of it and all that the series has
// written, and returns the number of commits.
func verify(path string) (n int, err error) {
	if err := checkPages(path); err != nil {
		return 0, err
	}
	st, err := local.Open(context.Background(), path, local.Config{Wait: 10 * time.Second, ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if n, _, err = position(st); err != nil {
		return 0, err
	}
	return n, checkContent(st, n)
}

// checkPages has bbolt look at every page, as it is on the disk.
func checkPages(path string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 10 * time.Second})
	if err != nil {
		return fmt.Errorf("open with bbolt: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(func(tx *bbolt.Tx) error {
		for problem := range tx.Check() {
			err = errors.Join(err, problem)
		}
		return err
	})
}

// checkContent checks that a store holds commits 1 to n, each whole, and nothing
// else.
func checkContent(st store.Store, n int) error {
	want := map[string]store.Document{}
	for i := 1; i <= n; i++ {
		for _, o := range numbered(i, nil).Operations {
			want[o.Document.ID] = o.Document
		}
	}
	etags, found := map[string]bool{}, 0
	for _, kind := range []store.Type{store.TypeEvent, store.TypeRegistration, store.TypeHead} {
		docs, err := st.List(context.Background(), container, partition, kind)
		if err != nil {
			return err
		}
		for _, doc := range docs {
			w := want[doc.ID]
			if string(doc.Body) != string(w.Body) || doc.Digest != w.Digest || doc.Type != w.Type {
				return fmt.Errorf("%s of commit %d is %.60q with digest %s, want %.60q", doc.ID, n, doc.Body, doc.Digest, w.Body)
			}
			if doc.ETag == "" || etags[doc.ETag] {
				return fmt.Errorf("etag %q of %s is another document's too", doc.ETag, doc.ID)
			}
			etags[doc.ETag] = true
			found++
		}
	}
	if found != len(want) {
		return fmt.Errorf("%d documents after commit %d, want %d", found, n, len(want))
	}
	entries, err := st.Entries(context.Background(), container, store.TypeRegistration)
	if err == nil && len(entries) != min(n, registrations) {
		err = fmt.Errorf("%d entries after commit %d", len(entries), n)
	}
	return err
}
