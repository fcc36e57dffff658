// SPDX-License-Identifier: Apache-2.0

package faultsweep_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/appofapps/roster/internal/test/faultsweep"
)

// child is the variable that makes this test binary the program under test. Its value
// is the folder to work in.
const child = "ROSTER_FAULTSWEEP_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(child); dir != "" {
		os.Exit(write(dir))
	}
	os.Exit(m.Run())
}

// write writes a file of two lines, and prints a message after each.
func write(dir string) int {
	faultsweep.Pin()
	f, err := os.OpenFile(filepath.Join(dir, "file"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	for _, text := range []string{"one\n", "two\n"} {
		if _, err = f.WriteString(text); err == nil {
			err = f.Sync()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 3
		}
		fmt.Print(text)
	}
	return 0
}

func program(dir string) faultsweep.Program {
	return faultsweep.Program{Args: []string{os.Args[0]}, Env: []string{child + "=" + dir, "GORACE=atexit_sleep_ms=0"}}
}

func available(t *testing.T) {
	t.Helper()
	if err := faultsweep.Available(t.Context()); err != nil {
		t.Skip(err)
	}
}

func TestPoints(t *testing.T) {
	t.Parallel()
	available(t)
	points, result, err := program(t.TempDir()).Points(t.Context())
	if err != nil || result.ExitCode != 0 || result.Stdout != "one\ntwo\n" {
		t.Fatalf("result %+v, error %v", result, err)
	}
	var names []string
	for _, p := range points {
		names = append(names, p.Syscall)
	}
	if got, want := strings.Join(names, " "), "openat write fsync write write fsync write"; got != want {
		t.Errorf("points are %q, want %q", got, want)
	}
}

// Each mode interrupts the second write to the file, which the kernel has completed as
// far as the mode says.
func TestModes(t *testing.T) {
	t.Parallel()
	available(t)
	points, _, err := program(t.TempDir()).Points(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range faultsweep.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			result, fired, err := program(dir).Run(t.Context(), points[4], mode)
			if err != nil || !fired {
				t.Fatalf("fired %t, error %v", fired, err)
			}
			text, err := os.ReadFile(filepath.Join(dir, "file"))
			if err != nil {
				t.Fatal(err)
			}
			wantText, wantSignal, wantWords := "one\n", syscall.Signal(0), ""
			switch mode.Name {
			case "kill before":
				wantSignal = syscall.SIGKILL
			case "kill after":
				wantText, wantSignal = "one\ntwo\n", syscall.Signal(34)
			case "ENOSPC":
				wantWords = syscall.ENOSPC.Error()
			case "EIO":
				wantWords = syscall.EIO.Error()
			case "ENOSPC from there on", "EIO from there on": // no more words either
			default:
				t.Fatalf("mode %q has no expectation", mode.Name)
			}
			if string(text) != wantText || result.Signal != wantSignal || !strings.Contains(result.Stderr, wantWords) {
				t.Errorf("file %q, signal %v, standard error %q; want %q, %v, %q", text, result.Signal, result.Stderr, wantText, wantSignal, wantWords)
			}
			if result.Stdout != "one\n" {
				t.Errorf("it said %q, want only the first line", result.Stdout)
			}
			if wantSignal == 0 && result.ExitCode != 3 {
				t.Errorf("exit code %d, want 3", result.ExitCode)
			}
		})
	}
}

func TestRunLimited(t *testing.T) {
	t.Parallel()
	available(t)
	dir := t.TempDir()
	result, err := program(dir).RunLimited(t.Context(), 6)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "file"))
	if err != nil || string(text) != "one\ntw" || result.ExitCode != 3 {
		t.Errorf("file %q, exit code %d, error %v; want the first six bytes and 3", text, result.ExitCode, err)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	faultsweep.Sweep(t, faultsweep.Scenario{
		Program: program,
		Check: func(dir string, r faultsweep.Result) error {
			text, err := os.ReadFile(filepath.Join(dir, "file"))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
			if !strings.HasPrefix(string(text), r.Stdout) {
				return fmt.Errorf("it said %q, the file has %q", r.Stdout, text)
			}
			return nil
		},
		MinPoints: 7,
		MustSee:   []string{"openat", "write", "fsync"},
	})
}
