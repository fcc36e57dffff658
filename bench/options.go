// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// options are the command line.
type options struct {
	sizes   []int
	count   int
	seed    uint64
	only    []string // names of tools; empty: all
	roster  string   // binary to measure; "" to build one
	schemas string
	keep    bool
	result  string
	limits  limits
}

// limits are the bars: the allowed cost of roster at barSize manifests, absolute or
// as a share of another tool's cost.
type limits struct {
	cpuKubeconform, cpuConftest, cpuAjv float64
	wallAjv                             float64
	peakMiB                             float64
	startMs                             float64
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var sizes, only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&sizes, "n", "1000,10000", "numbers of manifests, separated by commas")
	flags.IntVar(&o.count, "count", 5, "runs of each tool")
	flags.Uint64Var(&o.seed, "seed", 1, "seed of the generated registry")
	flags.StringVar(&only, "only", "", "tools to run, separated by commas (default all: "+strings.Join(toolNames(), ",")+")")
	flags.StringVar(&o.roster, "roster", "", "measure this binary instead of building ./cmd/roster")
	flags.StringVar(&o.schemas, "schemas", "schema/v1", "folder of the JSON Schemas")
	flags.StringVar(&o.result, "o", "bench/out/result.json", "file for the result as JSON")
	flags.BoolVar(&o.keep, "keep", false, "keep the generated registries and say where they are")
	o.limits.add(flags)
	if err := flags.Parse(args); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	if flags.NArg() > 0 || o.count < 1 {
		return o, fmt.Errorf("%w: arguments are not allowed, and -count must be at least 1", errUsage)
	}
	var err error
	if o.sizes, err = parseSizes(sizes); err != nil {
		return o, err
	}
	o.only, err = parseOnly(only)
	return o, err
}

func (l *limits) add(flags *flag.FlagSet) {
	flags.Float64Var(&l.cpuKubeconform, "cpu-kubeconform", 0.75, "bar: CPU as a share of kubeconform's")
	flags.Float64Var(&l.cpuConftest, "cpu-conftest", 0.40, "bar: CPU as a share of conftest's")
	flags.Float64Var(&l.cpuAjv, "cpu-ajv", 1.0, "bar: CPU as a share of ajv's")
	flags.Float64Var(&l.wallAjv, "wall-ajv", 0.7, "bar: wall time as a share of ajv's")
	flags.Float64Var(&l.peakMiB, "peak", 48, "bar: peak memory in MiB")
	flags.Float64Var(&l.startMs, "start", 12, "bar: CPU of roster version in ms")
}

func parseSizes(list string) ([]int, error) {
	var sizes []int
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < smallest {
			return nil, fmt.Errorf("%w: invalid number %[3]q in -n; the minimum is %[2]d", errUsage, smallest, text)
		}
		sizes = append(sizes, n)
	}
	return sizes, nil
}

func parseOnly(list string) ([]string, error) {
	if list == "" {
		return toolNames(), nil
	}
	only := strings.Split(list, ",")
	for _, name := range only {
		if !slices.Contains(toolNames(), name) {
			return nil, fmt.Errorf("%w: unknown tool %q in -only; allowed: %s", errUsage, name, strings.Join(toolNames(), ", "))
		}
	}
	return only, nil
}
