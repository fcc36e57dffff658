// SPDX-License-Identifier: Apache-2.0

// Command bench compares the speed of roster with other tools that check manifests
// against JSON Schemas. It measures whole processes on one generated registry with
// the same schemas. It fails if the tools do not flag the same files, or if roster
// misses one of its bars. README.md explains what it measures and what it leaves out.
//
//	go run ./bench [-n 1000,10000] [-count 5] [-only roster,ajv] [-keep]
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
)

// Exit codes.
const (
	exitDone    = 0
	exitMissed  = 1 // a bar was missed, or the tools disagree
	exitMissing = 2 // wrong usage, or a tool is not available
	exitFailed  = 3
)

var (
	errUsage    = errors.New("wrong usage")
	errMissing  = errors.New("a tool is missing")
	errDisagree = errors.New("the tools do not flag the same files")
	errMissed   = errors.New("a bar was missed")
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		os.Exit(measureChild(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	os.Exit(exitCode(err))
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errMissed), errors.Is(err, errDisagree):
		return exitMissed
	case errors.Is(err, errUsage), errors.Is(err, errMissing):
		return exitMissing
	default:
		return exitFailed
	}
}

// run runs the whole benchmark: tools, registries, runs, report, bars.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	w, err := openWorkshop(o, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()

	tools, err := w.tools(ctx, o.only)
	if err != nil {
		return err
	}
	result := newResult(o, tools)
	for _, n := range o.sizes {
		size, err := w.measureSize(ctx, tools, n, o)
		if err != nil {
			return err
		}
		result.Sizes = append(result.Sizes, size)
	}
	if result.Start, err = w.measureStart(ctx, tools); err != nil {
		return err
	}
	result.Bars = judge(o.limits, result)
	if err := result.save(o.result); err != nil {
		return err
	}
	if err := result.markdown(stdout); err != nil {
		return err
	}
	if slices.ContainsFunc(result.Bars, bar.missed) {
		return errMissed
	}
	return nil
}

// measureSize generates a registry of n files and runs every tool on it: once to
// check that all flag the same files, then count times in rotation, so that noise on
// the machine affects all of them.
func (w *workshop) measureSize(ctx context.Context, tools []tool, n int, o options) (sizeResult, error) {
	files, err := generate(n, o.seed)
	if err != nil {
		return sizeResult{}, err
	}
	r := newRegistry(files)
	r.dir, err = w.lay(files, n)
	if err != nil {
		return sizeResult{}, err
	}
	size := sizeResult{N: n, Bytes: r.bytes, Flawed: len(r.planted)}
	for _, t := range tools {
		w.log("%d manifests: warming up %s", n, t.name)
		if err := w.checkFlags(ctx, t, r); err != nil {
			return size, err
		}
		size.Tools = append(size.Tools, toolResult{Name: t.name})
	}
	for round := range o.count {
		w.log("%d manifests: round %d of %d", n, round+1, o.count)
		for i, t := range tools {
			u, _, err := w.execute(ctx, t.name, t.command(r))
			if err != nil {
				return size, err
			}
			size.Tools[i].Runs = append(size.Tools[i].Runs, u)
		}
	}
	return size, nil
}

// startRuns is the number of runs that measure the start of roster.
const startRuns = 20

// measureStart measures "roster version", the cost of a process that does nothing.
// It does nothing if roster is not among the tools.
func (w *workshop) measureStart(ctx context.Context, tools []tool) ([]usage, error) {
	at := slices.IndexFunc(tools, func(t tool) bool { return t.name == rosterName })
	if at < 0 {
		return nil, nil
	}
	var runs []usage
	for i := range 1 + startRuns {
		u, _, err := w.execute(ctx, rosterName, []string{tools[at].program, "version"})
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first one warms up
			runs = append(runs, u)
		}
	}
	return runs, nil
}
