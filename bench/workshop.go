// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

// benchDir is the folder of the program's files, relative to the repository's root,
// which is the working directory.
const benchDir = "bench"

// workshop is the environment of a benchmark: its folders and the writer for
// progress. All paths are absolute, because the tools run in work.
type workshop struct {
	self    string // this program
	bench   string // its source folder
	schemas string
	roster  string // binary to measure, "" to build one
	work    string // temporary
	keep    bool
	talk    io.Writer
}

func openWorkshop(o options, talk io.Writer) (*workshop, error) {
	w := &workshop{roster: o.roster, keep: o.keep, talk: talk}
	var err error
	if w.self, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	for _, p := range []struct {
		to   *string
		path string
	}{{&w.bench, benchDir}, {&w.schemas, o.schemas}, {&w.roster, o.roster}} {
		if p.path == "" {
			continue
		}
		if _, err := os.Stat(p.path); err != nil {
			return nil, fmt.Errorf("%w: %w; run it from the repository's root", errUsage, err)
		}
		if *p.to, err = filepath.Abs(p.path); err != nil {
			return nil, fmt.Errorf("resolve %s: %w", p.path, err)
		}
	}
	if w.work, err = os.MkdirTemp("", "roster-bench-"); err != nil {
		return nil, fmt.Errorf("create a temporary folder: %w", err)
	}
	return w, nil
}

func (w *workshop) close() error {
	if w.keep {
		w.log("registries and outputs are kept in %s", w.work)
		return nil
	}
	return os.RemoveAll(w.work)
}

func (w *workshop) log(format string, args ...any) {
	_, _ = fmt.Fprintf(w.talk, "bench: "+format+"\n", args...)
}

// lay writes a registry to the workshop, and returns its folder.
func (w *workshop) lay(files []file, n int) (string, error) {
	dir := filepath.Join(w.work, "registry-"+strconv.Itoa(n))
	return dir, writeFiles(dir, files)
}

// need returns the path of a program that must be installed.
func need(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("%w: %w; install it, or exclude the tool that needs it with -only", errMissing, err)
	}
	return path, nil
}

// fetch runs a command that may need the network.
func (w *workshop) fetch(ctx context.Context, dir string, env []string, command ...string) error {
	w.log("%v", command)
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir, c.Env = dir, slices.Concat(os.Environ(), env)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: run %v: %w; check the network\n%s", errMissing, command, err, tail(string(out)))
	}
	return nil
}

// goInstall returns the binary of an exact version of a Go program. It builds the
// binary once, and keeps it below bench/out.
func (w *workshop) goInstall(ctx context.Context, program, version string) (string, error) {
	name := filepath.Base(program)
	bin := filepath.Join(w.bench, "out", "bin", name+"@"+version)
	path := filepath.Join(bin, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, w.fetch(ctx, w.work, []string{"GOBIN=" + bin}, "go", "install", program+"@"+version)
}
