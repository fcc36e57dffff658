// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An outcome says what became of a mutant.
type outcome string

const (
	// killed: a test failed, and said why.
	killed outcome = "killed"
	// crashed: a test panicked.
	crashed outcome = "crashed"
	// timedOut: a test did not end.
	timedOut outcome = "timed out"
	// unreached: no test gets there.
	unreached outcome = "not reached"
	// survived: every test that gets there passed.
	survived outcome = "survived"
)

// A result is the outcome of one mutant, and the message of the test that ended it.
type result struct {
	mutant

	Outcome outcome `json:"outcome"`
	Test    string  `json:"test,omitempty"`
	Said    string  `json:"said,omitempty"`
}

const (
	// workers run at the same time.
	workers = 2
	// batch is how long tests may take, in sum, that are run in one process.
	batch = 2 * time.Second
	// patience is how much longer a test may take than without a mutant.
	patience = 10
	// grace is added to it, for quick tests on a busy machine.
	grace = 20 * time.Second
)

// try runs the tests for every mutant.
func try(ctx context.Context, tests []test, chosen []mutant, stderr io.Writer) ([]result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results, errs := make([]result, len(chosen)), make([]error, len(chosen))
	next := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				if results[i], errs[i] = judge(ctx, tests, chosen[i]); errs[i] != nil {
					cancel()
				}
				fmt.Fprintf(stderr, "%s  %s\n", chosen[i], results[i].Outcome)
			}
		})
	}
	for i := range chosen {
		next <- i
	}
	close(next)
	group.Wait()
	return results, errors.Join(errs...)
}

// judge runs the tests that reach one mutant, until one of them notices it.
func judge(ctx context.Context, tests []test, m mutant) (result, error) {
	r := result{mutant: m, Outcome: unreached}
	for _, group := range batches(tests, m) {
		r.Outcome = survived
		outcome, out, err := once(ctx, group, m)
		if err != nil {
			return r, err
		}
		if outcome != survived {
			r.Outcome = outcome
			r.Test, r.Said = firstFailure(out)
			return r, nil
		}
	}
	return r, nil
}

// batches returns the tests that reach a mutant in groups of one process each: those
// of the same package first, quick ones before slow ones.
func batches(tests []test, m mutant) [][]test {
	var reach []test
	for _, t := range tests {
		if t.reaches[m.ID] {
			reach = append(reach, t)
		}
	}
	foreign := func(t test) int {
		switch t.pkg {
		case m.Package:
			return 0
		case scenarioPackage:
			return 2
		}
		return 1
	}
	slices.SortStableFunc(reach, func(a, b test) int {
		return cmp.Or(cmp.Compare(foreign(a), foreign(b)), cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.took, b.took))
	})
	var groups [][]test
	var took time.Duration
	for i, t := range reach {
		took += t.took
		if i == 0 || t.pkg != reach[i-1].pkg || took > batch {
			groups, took = append(groups, nil), t.took
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], t)
	}
	return groups
}

// once runs one group of tests with a mutant.
func once(ctx context.Context, group []test, m mutant) (outcome, string, error) {
	limit := grace
	var names []string
	for _, t := range group {
		names, limit = append(names, t.name), limit+patience*t.took
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := group[0].command(timed, strings.Join(names, "|"), "ROSTER_MUTANT="+strconv.Itoa(m.ID), "GOMEMLIMIT=2GiB").CombinedOutput()
	switch text := string(out); {
	case ctx.Err() != nil:
		return survived, "", ctx.Err()
	case timed.Err() != nil:
		return timedOut, text, nil
	case err == nil:
		return survived, "", nil
	case assertion().MatchString(text):
		return killed, text, nil
	default:
		return crashed, text, nil
	}
}

// assertion is a line that a test wrote about its own failure: with the name of a
// file and a line, below a test that failed.
func assertion() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+).*\n(?:\s*--- FAIL: (\S+).*\n)*\s+(\w+_test\.go:\d+: .*)`)
}

// firstFailure returns the name of the first test that failed, and its first line.
func firstFailure(out string) (name, said string) {
	if found := assertion().FindStringSubmatch(out); found != nil {
		return cmp.Or(found[2], found[1]), found[3]
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return "", strings.TrimSpace(line)
		}
	}
	return "", ""
}
