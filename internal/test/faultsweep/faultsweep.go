// SPDX-License-Identifier: Apache-2.0

// Package faultsweep checks what a program leaves on the disk when it is interrupted.
// Start with Sweep. It runs the real program as a separate process: once undisturbed to
// find the system calls that write, then once for each of these calls and each mode of
// interruption. Scenario.Check checks every outcome.
//
// Kills are real, and strace injects errors through the kernel's tracing interface, so
// the program needs no test hooks. It works only on Linux. Only tests import it.
package faultsweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// errUnavailable is returned if strace is not installed or lacks the permission to
// trace.
var errUnavailable = errors.New("fault injection is not available")

// Program is the program under test.
type Program struct {
	Args []string // its path first
	Env  []string // added to this process's environment
	Dir  string
}

// Pin locks a program under test to one thread. The program must call it first: strace
// counts calls per thread, so all calls that write must come from one thread.
func Pin() { runtime.LockOSThread() }

// Point is a system call that writes: the Nth call of its name in the thread.
type Point struct {
	Syscall string
	N       int
	Text    string // the call in strace's format, from the undisturbed run
	talk    bool   // the call writes to standard output or error
	thread  string
}

func (p Point) String() string { return fmt.Sprintf("%s #%d %s", p.Syscall, p.N, p.Text) }

// Result is the result of a run.
type Result struct {
	Point    Point
	Mode     Mode
	Stdout   string
	Stderr   string
	ExitCode int            // -1 if it was killed
	Signal   syscall.Signal // what killed it, or 0
}

// Available returns an error if programs cannot be traced.
func Available(ctx context.Context) error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("%w on %s", errUnavailable, runtime.GOOS)
	}
	out, err := exec.CommandContext(ctx, "strace", "-f", "-o", os.DevNull, "true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: strace: %w: %s", errUnavailable, err, bytes.TrimSpace(out))
	}
	return nil
}

// Run runs the program, interrupted at a point with a mode. fired is false if the
// program did not reach the point.
func (p Program) Run(ctx context.Context, point Point, mode Mode) (result Result, fired bool, err error) {
	result, log, err := p.strace(ctx, append(mode.options(point), "-s", "0")...)
	calls := parse(log)
	result.Point, result.Mode = point, mode
	for _, c := range calls {
		if c.Syscall == point.Syscall && c.N == point.N && c.talk == point.talk {
			fired = fired || c.injected || mode.kills()
		}
	}
	if mode.kills() {
		fired = fired && result.Signal == mode.signal
	}
	return result, fired, err
}

// Points runs the program undisturbed, and returns its system calls that write.
func (p Program) Points(ctx context.Context) ([]Point, Result, error) {
	result, log, err := p.strace(ctx, faster, "-s", "0")
	if err != nil {
		return nil, result, err
	}
	calls := parse(log)
	points := make([]Point, 0, len(calls))
	for _, c := range calls {
		if c.thread != calls[0].thread {
			return nil, result, fmt.Errorf("the program writes from two threads (%s, %s); call Pin first", calls[0], c)
		}
		points = append(points, c.Point)
	}
	return points, result, nil
}

// strace runs the program and returns the log of its calls.
func (p Program) strace(ctx context.Context, options ...string) (Result, string, error) {
	folder, err := os.MkdirTemp("", "faultsweep")
	if err != nil {
		return Result{}, "", err
	}
	defer func() { _ = os.RemoveAll(folder) }() // a leftover does no harm
	log := filepath.Join(folder, "log")
	args := append([]string{"-f", "-y", "-o", log, "-e", "trace=" + traced}, options...)
	cmd := exec.CommandContext(ctx, "strace", append(append(args, "--"), p.Args...)...)
	cmd.Dir = p.Dir
	cmd.Env = append(cmd.Environ(), p.Env...)
	result, err := wait(cmd)
	if err != nil {
		return result, "", err
	}
	if result.ExitCode == 128+int(realtime) { // strace ends like its program, except for signals of C libraries
		result.ExitCode, result.Signal = -1, realtime
	}
	text, err := os.ReadFile(log)
	return result, string(text), err
}

// RunPlain runs the program undisturbed and without tracing.
func (p Program) RunPlain(ctx context.Context) (Result, error) {
	cmd := exec.CommandContext(ctx, p.Args[0], p.Args[1:]...)
	cmd.Dir = p.Dir
	cmd.Env = append(cmd.Environ(), p.Env...)
	return wait(cmd)
}

// RunLimited runs the program without tracing, with a limit for the size of files: a
// write across the limit is short, and one beyond it fails.
func (p Program) RunLimited(ctx context.Context, limit int64) (Result, error) {
	args := append([]string{"--fsize=" + strconv.FormatInt(limit, 10), "--"}, p.Args...)
	cmd := exec.CommandContext(ctx, "prlimit", args...)
	cmd.Dir = p.Dir
	cmd.Env = append(cmd.Environ(), p.Env...)
	return wait(cmd)
}

// wait runs a command. A failed or killed command is a result, not an error.
func wait(cmd *exec.Cmd) (Result, error) {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	result := Result{Stdout: stdout.String(), Stderr: stderr.String()}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return result, fmt.Errorf("run %s: %w", cmd.Path, err)
	}
	result.ExitCode = cmd.ProcessState.ExitCode()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signal() > 0 {
		result.Signal = status.Signal()
	}
	return result, nil
}
