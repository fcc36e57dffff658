// SPDX-License-Identifier: Apache-2.0

// Command mutate plants small bugs in the packages that judge, one at a time, and
// says which of them no test finds.
//
//	go run -C tools ./mutate [--seed N] [--sample N] [--only IDS] [--dir DIR] [--json] [PACKAGE...]
//
// A mutant changes one operator: a condition is negated, a comparison is shifted by
// one or reversed, and is exchanged with or, plus with minus. All mutants of the
// sample are compiled into the tests once; the environment variable ROSTER_MUTANT
// chooses the one that is active. Only tests that reach a mutant are run for it, the
// quick ones first.
//
// A mutant is killed by a test that fails and says why. One that makes
// a test panic or run out of time is counted apart.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

// Exit codes.
const (
	exitDone     = 0
	exitSurvived = 1
	exitUsage    = 2
	exitFailed   = 3
)

const usage = `usage: go run -C tools ./mutate [flags] [PACKAGE...]

Plants bugs in packages of the module in --dir, and lists those that no test of
these packages and no pull-request scenario finds.

`

// options are the parsed arguments.
type options struct {
	seed     uint64
	sample   int
	only     map[int]bool
	dir      string
	json     bool
	keep     bool
	list     bool
	packages []string
}

// judging are the packages whose answers decide about access: verdict and all that
// it is made of, and what checks the trail.
func judging() []string {
	return []string{"verdict", "policy", "validate", "plan", "guardrail", "grant", "bounds", "audit", "ledger"}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run executes the command and returns its exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitDone
	}
	if err != nil {
		fmt.Fprintln(stderr, "mutate:", err)
		return exitUsage
	}
	survived, err := mutate(ctx, o, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "mutate:", err)
		return exitFailed
	}
	if survived > 0 {
		return exitSurvived
	}
	return exitDone
}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{only: map[int]bool{}}
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, usage)
		flags.PrintDefaults()
	}
	flags.Uint64Var(&o.seed, "seed", 1, "choose another sample")
	flags.IntVar(&o.sample, "sample", 300, "number of mutants; 0 plants all")
	flags.StringVar(&o.dir, "dir", "..", "folder of the module's go.mod")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	flags.BoolVar(&o.list, "list", false, "list the sample, and plant nothing")
	flags.BoolVar(&o.keep, "v", false, "print every mutant, not survivors alone")
	only := flags.String("only", "", "plant these numbers alone, for example 12,40")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, fmt.Errorf("%w; --help lists the flags", err)
	}
	for _, text := range strings.FieldsFunc(*only, func(r rune) bool { return r == ',' }) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return o, fmt.Errorf("--only %s: not a number", text)
		}
		o.only[n] = true
	}
	if o.packages = flags.Args(); len(o.packages) == 0 {
		o.packages = judging()
	}
	return o, nil
}

// mutate plants the sample and returns how many mutants survived.
func mutate(ctx context.Context, o options, stdout, stderr io.Writer) (int, error) {
	all, err := find(ctx, o.dir, o.packages)
	if err != nil {
		return 0, err
	}
	chosen := sample(all, o)
	fmt.Fprintf(stderr, "%d of %d mutants, seed %d\n", len(chosen), len(all), o.seed)
	if o.list {
		for _, m := range chosen {
			fmt.Fprintln(stdout, m)
		}
		return 0, nil
	}
	work, err := os.MkdirTemp("", "mutate-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	tests, err := build(ctx, o, work, chosen, stderr)
	if err != nil {
		return 0, err
	}
	results, err := try(ctx, tests, chosen, stderr)
	if err != nil {
		return 0, err
	}
	return report(stdout, o, results)
}
