// SPDX-License-Identifier: Apache-2.0

package faultsweep

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/parallel"
)

// patience is the timeout of one run.
const patience = time.Minute

// Scenario is a program with its initial state and the check of its outcome. Its
// functions are called concurrently, each time for another folder.
type Scenario struct {
	Prepare   func(dir string) error           // fills an empty folder; may be nil
	Program   func(dir string) Program         // the program to run in the folder
	Check     func(dir string, r Result) error // also called after the undisturbed run, whose Mode has no name
	MinPoints int                              // the sweep fails with fewer points
	MustSee   []string                         // system calls that must be among the points
	Sample    int                              // number of runs, evenly spread; 0 for all
	Required  bool                             // fail instead of skip if programs cannot be traced
}

// job is one run of a sweep.
type job struct {
	point Point
	mode  Mode
}

// Sweep interrupts the program at every system call that writes, in every mode, and
// checks each outcome.
func Sweep(t *testing.T, s Scenario) {
	t.Helper()
	if err := Available(t.Context()); err != nil {
		if s.Required {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	points := s.points(t)
	jobs := s.jobs(points)
	base := t.TempDir()
	failures, err := parallel.Map(t.Context(), runtime.GOMAXPROCS(0), len(jobs), func(ctx context.Context, i int) (string, error) {
		if err := s.run(ctx, filepath.Join(base, strconv.Itoa(i)), jobs[i]); err != nil {
			return fmt.Sprintf("%s at %s: %v", jobs[i].mode.Name, jobs[i].point, err), nil
		}
		return "", nil
	})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for i, failure := range failures {
		count[jobs[i].mode.Name]++
		if failure != "" {
			t.Error(failure)
		}
	}
	for _, mode := range Modes() {
		if count[mode.Name] == 0 {
			t.Errorf("mode %q was never tried", mode.Name)
		}
	}
	t.Logf("%d points, %d runs: %s", len(points), len(jobs), summary(count))
}

// points finds the points of interruption, and checks the undisturbed run.
func (s Scenario) points(t *testing.T) []Point {
	t.Helper()
	dir := t.TempDir()
	if s.Prepare != nil {
		if err := s.Prepare(dir); err != nil {
			t.Fatalf("prepare: %v", err)
		}
	}
	points, result, err := s.Program(dir).Points(t.Context())
	if err == nil {
		err = s.Check(dir, result)
	}
	if err != nil {
		t.Fatalf("undisturbed run: %v\n%s", err, result.Stderr)
	}
	if len(points) < s.MinPoints {
		t.Fatalf("the program writes at %d points, there were %d before: is everything still traced?", len(points), s.MinPoints)
	}
	for _, name := range s.MustSee {
		if !slices.ContainsFunc(points, func(p Point) bool { return p.Syscall == name }) {
			t.Fatalf("no %s among the %d points: the scenario does not cover what it was made for", name, len(points))
		}
	}
	return points
}

// jobs returns every point with every mode that applies, or a sample of each mode.
func (s Scenario) jobs(points []Point) []job {
	var all []job
	for _, mode := range Modes() {
		for _, point := range points {
			if mode.applies == nil || mode.applies(point) {
				all = append(all, job{point, mode})
			}
		}
	}
	if s.Sample == 0 || s.Sample >= len(all) {
		return all
	}
	var sample []job
	for i := range s.Sample {
		sample = append(sample, all[i*len(all)/s.Sample])
	}
	return sample
}

// run runs one job in a new folder.
func (s Scenario) run(ctx context.Context, dir string, j job) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if s.Prepare != nil {
		if err := s.Prepare(dir); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
	}
	result, fired, err := s.Program(dir).Run(ctx, j.point, j.mode)
	switch {
	case err != nil:
		return err
	case !fired:
		return fmt.Errorf("did not happen; exit code %d, signal %v\n%s", result.ExitCode, result.Signal, result.Stderr)
	}
	if err := s.Check(dir, result); err != nil {
		return fmt.Errorf("%w\nexit code %d, signal %v, standard error: %s", err, result.ExitCode, result.Signal, result.Stderr)
	}
	return os.RemoveAll(dir)
}

func summary(count map[string]int) string {
	var parts []string
	for name, n := range count {
		parts = append(parts, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
