// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// report prints the survivors and the counts, and returns how many survived.
func report(w io.Writer, o options, results []result) (int, error) {
	survivors := 0
	for _, r := range results {
		if r.lives() {
			survivors++
		}
	}
	if o.json {
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return survivors, enc.Encode(results)
	}
	for _, r := range results {
		switch {
		case r.lives():
			fmt.Fprintf(w, "%s\n       %s\n", r.mutant, r.Outcome)
		case o.keep:
			fmt.Fprintf(w, "%s\n       %s by %s\n       %s\n", r.mutant, r.Outcome, r.Test, r.Said)
		}
	}
	fmt.Fprintln(w)
	for _, name := range append(packagesOf(results), "") {
		fmt.Fprintln(w, counts(results, name))
	}
	return survivors, nil
}

func (r result) lives() bool { return r.Outcome == survived || r.Outcome == unreached }

func packagesOf(results []result) []string {
	var names []string
	for _, r := range results {
		if !slices.Contains(names, r.Package) {
			names = append(names, r.Package)
		}
	}
	return names
}

// counts is one line of the table: a package, or all of them for an empty name.
func counts(results []result, name string) string {
	all, by := 0, map[outcome]int{}
	for _, r := range results {
		if name == "" || r.Package == name {
			all++
			by[r.Outcome]++
		}
	}
	var parts []string
	for _, o := range []outcome{killed, crashed, timedOut, survived, unreached} {
		parts = append(parts, fmt.Sprintf("%d %s", by[o], o))
	}
	if name == "" {
		name = "all"
	}
	found := all - by[survived] - by[unreached]
	return fmt.Sprintf("%-10s %5.1f %%  %d of %d: %s", name, 100*float64(found)/float64(all), found, all, strings.Join(parts, ", "))
}
