// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/internal/test/faultsweep"
	"github.com/appofapps/roster/store/local"
)

// TestCrashPower records what commits write, then takes the power away: with
// every flush as the last one that came through, and of what was written after
// it every part or none. The program runs undisturbed; or is killed before each
// flush and started again, so that the second process builds upon what the first
// has not flushed; or each flush fails and it goes on.
func TestCrashPower(t *testing.T) {
	if err := faultsweep.Available(t.Context()); err != nil {
		if required() {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	bases, seeds := []int{5}, 1
	if required() {
		bases, seeds = []int{1, 12, 40}, 2
	}
	for _, base := range bases {
		t.Run(fmt.Sprintf("after %d", base), func(t *testing.T) {
			p := newPower(t, base)
			points, _, err := program("series", p.copy(t), p.last).Points(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			p.visit(t, p.record(t, faultsweep.Point{}, faultsweep.Mode{}), 1)
			flushes := 0
			for _, point := range points {
				if point.Syscall != "fdatasync" && point.Syscall != "fsync" {
					continue
				}
				flushes++
				if !required() && flushes%3 != 2 { // a third of them, the newest page's among them
					continue
				}
				for _, mode := range faultsweep.Modes() {
					if mode.Name == "kill before" || mode.Name == "EIO" {
						p.visit(t, p.record(t, point, mode), seeds)
					}
				}
			}
			t.Logf("%d flushes, %d images of the disk", flushes, p.images)
			if flushes < 9 || p.images < 400 {
				t.Error("that is fewer than there were before")
			}
		})
	}
}

// power is a store at a commit, and what it may become when three more are made.
type power struct {
	base, last int
	content    []byte
	images     int
}

func newPower(t *testing.T, base int) *power {
	t.Helper()
	path := filepath.Join(t.TempDir(), "original.db")
	if result, err := program("series", path, base).RunPlain(t.Context()); err != nil || result.ExitCode != 0 {
		t.Fatalf("prepare: %+v, error %v", result, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &power{base: base, last: base + 3, content: content}
}

// copy copies the store to a new folder.
func (p *power) copy(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "registry.db")
	if err := os.WriteFile(path, p.content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// recording is the list of effects on the file at path.
type recording struct {
	name    string
	path    string
	effects []faultsweep.Effect
}

// record runs the program, cut at a point, and once more to its end.
func (p *power) record(t *testing.T, point faultsweep.Point, mode faultsweep.Mode) recording {
	t.Helper()
	r := recording{name: fmt.Sprintf("%s at %s", mode.Name, point), path: p.copy(t)}
	series := program("series", r.path, p.last)
	first, _, err := series.Record(t.Context(), point, mode)
	if err != nil {
		t.Fatalf("%s: %v", r.name, err)
	}
	second, result, err := series.Record(t.Context(), faultsweep.Point{}, faultsweep.Mode{})
	if err != nil || result.ExitCode != 0 {
		t.Fatalf("%s, then again: %+v, error %v", r.name, result, err)
	}
	r.effects = slices.Concat(first, second)
	return r
}

// visit checks every image that a recording can leave.
func (p *power) visit(t *testing.T, r recording, seeds int) {
	t.Helper()
	type image struct{ content, words string }
	var all []image
	seen := map[image]bool{}
	for seed := range seeds {
		err := faultsweep.PowerFailures(r.path, p.content, r.effects, uint64(seed), func(content []byte, words string) error {
			if i := (image{string(content), words}); !seen[i] {
				seen[i] = true
				all = append(all, i)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	p.images += len(all)
	dir := t.TempDir()
	_, err := parallel.Map(t.Context(), runtime.GOMAXPROCS(0), len(all), func(_ context.Context, i int) (int, error) {
		path := filepath.Join(dir, strconv.Itoa(i))
		if err := p.check(path, all[i].content, all[i].words); err != nil {
			return 0, fmt.Errorf("%s: image %d: %w", r.name, i, err)
		}
		return 0, os.Remove(path)
	})
	if err != nil {
		t.Error(err)
	}
}

// check opens an image, holds it against what had been said, and goes on with
// it.
func (p *power) check(path, content, words string) (err error) {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	acknowledged := p.base
	for _, parts := range said.FindAllStringSubmatch(words, -1) {
		if parts[1] == "ack" || parts[1] == "at" {
			acknowledged, _ = strconv.Atoi(parts[2])
		}
	}
	n, err := verify(path)
	if err != nil {
		return err
	}
	if n < acknowledged || n > acknowledged+1 {
		return fmt.Errorf("commit %d was acknowledged, the store is at %d", acknowledged, n)
	}
	return goOn(path)
}

// goOn makes one more commit.
func goOn(path string) (err error) {
	st, err := local.Open(context.Background(), path, local.Config{})
	if err != nil {
		return err
	}
	n, etags, err := position(st)
	if err == nil {
		_, err = st.Commit(context.Background(), numbered(n+1, etags))
	}
	if err = errors.Join(err, st.Close()); err != nil {
		return fmt.Errorf("commit %d more: %w", n+1, err)
	}
	if err := checkPages(path); err != nil {
		return fmt.Errorf("after commit %d: %w", n+1, err)
	}
	return nil
}
