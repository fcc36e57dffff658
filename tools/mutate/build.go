// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// scenarios are the tests outside of the packages that count: pull requests on a
// whole registry.
const (
	scenarioPackage = "internal/cli"
	scenarioTest    = "TestPulls"
)

// A test is one top-level test of a compiled test program.
type test struct {
	program string
	dir     string
	pkg     string
	name    string
	took    time.Duration
	reaches map[int]bool
}

// build compiles the tests of all packages with the mutants in them, and runs every
// test once without an active mutant. A test that fails then is an error.
func build(ctx context.Context, o options, work string, chosen []mutant, stderr io.Writer) ([]test, error) {
	overlay, err := writeOverlay(work, chosen)
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(o.dir)
	if err != nil {
		return nil, err
	}
	var tests []test
	for _, pkg := range append(append([]string{}, o.packages...), scenarioPackage) {
		program := filepath.Join(work, strings.ReplaceAll(pkg, "/", "-")+".test")
		cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, "./"+pkg)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build the tests of %s: %w\n%s", pkg, err, out)
		}
		if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
			continue
		}
		found, err := measure(ctx, test{program: program, dir: filepath.Join(root, pkg), pkg: pkg}, work)
		if err != nil {
			return nil, err
		}
		var took time.Duration
		for _, t := range found {
			took += t.took
		}
		fmt.Fprintf(stderr, "%s: %d tests, %.1f s\n", pkg, len(found), took.Seconds())
		tests = append(tests, found...)
	}
	return tests, nil
}

// writeOverlay writes the changed files, and what tells the compiler to take them.
func writeOverlay(work string, chosen []mutant) (string, error) {
	files := map[string][]mutant{}
	for _, m := range chosen {
		files[m.site.path] = append(files[m.site.path], m)
	}
	replace, texts := map[string]string{}, map[string]string{}
	for path, mutants := range files {
		source, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		texts[path] = plant(string(source), mutants)
		pkg := filepath.Base(filepath.Dir(path))
		texts[filepath.Join(filepath.Dir(path), "mutant_runtime.go")] = fmt.Sprintf(runtime, pkg)
	}
	for path, text := range texts {
		target := filepath.Join(work, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(target, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = target
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(work, "overlay.json")
	return overlay, os.WriteFile(overlay, text, 0o600)
}

// measure runs every test of a program alone: how long it takes, and which mutants
// it reaches.
func measure(ctx context.Context, of test, work string) ([]test, error) {
	names, err := list(ctx, of)
	if err != nil {
		return nil, err
	}
	var tests []test
	for _, name := range names {
		t := of
		t.name, t.reaches = name, map[int]bool{}
		record := filepath.Join(work, "reached")
		if err := os.RemoveAll(record); err != nil {
			return nil, err
		}
		begin := time.Now()
		cmd := t.command(ctx, name, "ROSTER_MUTANT_REACHED="+record)
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s of %s fails without a mutant: %w\n%s", name, t.pkg, err, tail(out))
		}
		t.took = time.Since(begin)
		lines, err := os.ReadFile(record)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, line := range bytes.Fields(lines) {
			n, err := strconv.Atoi(string(line))
			if err != nil {
				return nil, err
			}
			t.reaches[n] = true
		}
		tests = append(tests, t)
	}
	return tests, nil
}

// list returns the names of a program's tests, examples and fuzz targets.
func list(ctx context.Context, t test) ([]string, error) {
	if t.pkg == scenarioPackage {
		return []string{scenarioTest}, nil
	}
	cmd := exec.CommandContext(ctx, t.program, "-test.list", "^(Test|Example|Fuzz)")
	cmd.Dir = t.dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the tests of %s: %w", t.pkg, err)
	}
	return strings.Fields(string(out)), nil
}

// command runs tests of the program whose names a pattern has, until one fails.
func (t test) command(ctx context.Context, pattern string, env ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, t.program, "-test.run", "^("+pattern+")$", "-test.failfast", "-test.v=false")
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	return cmd
}

// tail returns the last lines of what a program said.
func tail(out []byte) []byte {
	const most = 4000
	return out[max(0, len(out)-most):]
}
