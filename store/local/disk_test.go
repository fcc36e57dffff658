// SPDX-License-Identifier: Apache-2.0

package local_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

// TestCrashShortWrite has writes end in the midst of a page: the size of files
// is limited to each page of the store and a part of the next, so that the write
// across it is really short, and the next one fails.
func TestCrashShortWrite(t *testing.T) {
	if _, err := exec.LookPath("prlimit"); err != nil || runtime.GOOS != "linux" {
		if required() {
			t.Fatal("prlimit is not there")
		}
		t.Skip("prlimit is not there")
	}
	const base, last, page = 7, 10, 4096
	content, err := os.ReadFile(filled(t, base))
	if err != nil {
		t.Fatal(err)
	}
	var limits []int64
	for at := 0; at < len(content)+2*page; at += page {
		for _, part := range []int{40, 512, 2048} { // in the midst of the entry that counts, behind it, half
			limits = append(limits, int64(at+part))
		}
	}
	if !required() {
		limits = append(limits[:12], limits[len(limits)-12:]...) // the first pages, and the last ones
	}
	dir := t.TempDir()
	cut, err := parallel.Map(t.Context(), runtime.GOMAXPROCS(0), len(limits), func(ctx context.Context, i int) (bool, error) {
		path := filepath.Join(dir, fmt.Sprintf("%d.db", limits[i]))
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return false, err
		}
		result, err := program("series", path, last).RunLimited(ctx, limits[i])
		if err == nil {
			err = checkSeries(path, base, last, result)
		}
		if err != nil {
			err = fmt.Errorf("limit %d: %w; standard error: %s", limits[i], err, result.Stderr)
		}
		return result.ExitCode != 0, err
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, happened := range cut {
		if happened {
			n++
		}
	}
	t.Logf("%d limits, %d of them cut the program", len(limits), n)
	if n < len(limits)/5 { // the rest limits pages that these commits do not write
		t.Error("that is too few: are files limited at all?")
	}
}

// TestCrashFullDisk fills real file systems of many sizes.
func TestCrashFullDisk(t *testing.T) {
	const last = 40
	step := 8
	if required() {
		step = 1
	}
	full := 0
	for pages := 6; pages < 60; pages += step {
		dir := t.TempDir()
		mount(t, dir, pages)
		path := filepath.Join(dir, "registry.db")
		result, err := program("series", path, last).RunPlain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if result.ExitCode != 0 {
			full++
			if !strings.Contains(result.Stderr, "no space left on device") {
				t.Errorf("%d pages: the error does not say why: %s", pages, result.Stderr)
			}
		}
		command(t, "mount", "-o", "remount,size=64m", dir) // space is made, and it goes on
		if err := checkSeries(path, 0, last, result); err != nil {
			t.Errorf("%d pages: %v; standard error: %s", pages, err, result.Stderr)
		}
	}
	t.Logf("%d file systems ran full", full)
	if full < 4 {
		t.Error("that is too few")
	}
}

// mount makes dir a file system of so many pages in memory, or skips the test
// where that is not allowed.
func mount(t *testing.T, dir string, pages int) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root on Linux may mount a small file system")
	}
	size := fmt.Sprintf("size=%dk", pages*4)
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("a small file system cannot be mounted here: %s", bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %s", out)
		}
	})
}

func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, out)
	}
}

// TestCrashStorm kills a process that commits as fast as it can, again and
// again, at times that nothing foresees, and each time goes on where it was.
func TestCrashStorm(t *testing.T) {
	kills := 20
	if required() {
		kills = 50
	}
	path := filepath.Join(t.TempDir(), "registry.db")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	n := 0
	for range kills {
		p := program("series", path, 1_000_000)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(10+random.IntN(90))*time.Millisecond)
		result, err := p.RunPlain(ctx) // the end of the context is a SIGKILL
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		next, err := verify(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // killed before it had made the store
		}
		if err != nil {
			t.Fatalf("after a kill at commit %d: %v", n, err)
		}
		acknowledged := n
		for _, parts := range said.FindAllStringSubmatch(result.Stdout, -1) {
			if parts[1] == "at" || parts[1] == "ack" {
				_, _ = fmt.Sscan(parts[2], &acknowledged)
			}
		}
		if next < acknowledged || next > acknowledged+1 {
			t.Fatalf("commit %d was acknowledged, the store is at %d", acknowledged, next)
		}
		n = next
	}
	t.Logf("%d kills, %d commits", kills, n)
	if n < kills {
		t.Errorf("only %d commits in %d lives: nothing was tested", n, kills)
	}
}

// A commit for which the disk has no room is refused with the system's reason,
// and the store is used on.
func TestNoSpace(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, 30)
	st := open(t, filepath.Join(dir, "registry.db"), local.Config{})
	etags, n := map[string]string{}, 0
	for n < 100 {
		_, err := st.Commit(t.Context(), numbered(n+1, etags))
		if err != nil {
			if errors.Is(err, store.ErrUnknownOutcome) || !strings.Contains(err.Error(), "no space left on device") {
				t.Errorf("error %v, want the system's", err)
			}
			break
		}
		n++
		if _, etags, err = position(st); err != nil {
			t.Fatal(err)
		}
	}
	if n == 0 || n == 100 {
		t.Fatalf("the disk was full after %d commits", n)
	}
	if err := checkContent(st, n); err != nil {
		t.Errorf("after the refused commit: %v", err)
	}
	command(t, "mount", "-o", "remount,size=64m", dir)
	if _, err := st.Commit(t.Context(), numbered(n+1, etags)); err != nil {
		t.Fatalf("once there is room: %v", err)
	}
	if err := checkContent(st, n+1); err != nil {
		t.Error(err)
	}
}
