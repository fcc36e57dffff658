// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// result is the result of all measurements.
type result struct {
	Go         string            `json:"go"`
	Platform   string            `json:"platform"`
	Processors int               `json:"processors"` // that tools may use
	Seed       uint64            `json:"seed"`
	Versions   map[string]string `json:"versions"`
	Sizes      []sizeResult      `json:"sizes"`
	Start      []usage           `json:"start,omitempty"` // of roster version
	Bars       []bar             `json:"bars"`
}

// sizeResult is the result on one registry.
type sizeResult struct {
	N      int          `json:"n"`
	Bytes  int64        `json:"bytes"`
	Flawed int          `json:"flawed"`
	Tools  []toolResult `json:"tools"`
}

// toolResult is the runs of one tool on one registry.
type toolResult struct {
	Name string  `json:"name"`
	Runs []usage `json:"runs"`
}

func newResult(o options, tools []tool) *result {
	r := &result{
		Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Processors: min(processors, runtime.NumCPU()), Seed: o.seed, Versions: map[string]string{},
	}
	for _, t := range tools {
		r.Versions[t.name] = t.version
	}
	return r
}

// tool returns the runs of a tool, nil if it did not run.
func (s sizeResult) tool(name string) []usage {
	for _, t := range s.Tools {
		if t.Name == name {
			return t.Runs
		}
	}
	return nil
}

// A metric picks one number of a run.
type metric func(usage) float64

func cpu(u usage) float64  { return u.CPU.Seconds() }
func wall(u usage) float64 { return u.Wall.Seconds() }
func mib(u usage) float64  { return float64(u.Peak) / (1 << 20) }

// summary is the median, minimum and maximum of several runs.
type summary struct{ median, least, most float64 }

func summarise(runs []usage, of metric) summary {
	values := make([]float64, len(runs))
	for i, u := range runs {
		values[i] = of(u)
	}
	slices.Sort(values)
	n := len(values)
	return summary{median: (values[(n-1)/2] + values[n/2]) / 2, least: values[0], most: values[n-1]}
}

// share returns roster's median as a share of another tool's, and false if one of
// them did not run.
func (s sizeResult) share(name string, of metric) (float64, bool) {
	ours, theirs := s.tool(rosterName), s.tool(name)
	if ours == nil || theirs == nil {
		return 0, false
	}
	return summarise(ours, of).median / summarise(theirs, of).median, true
}

func (r *result) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write result: %w", err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// markdown prints the result as Markdown.
func (r *result) markdown(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %d processors, seed %d; medians, and least to most in brackets.\n", r.Go, r.Platform, r.Processors, r.Seed)
	for _, s := range r.Sizes {
		r.table(&b, s)
	}
	if r.Start != nil {
		s := summarise(r.Start, cpu)
		fmt.Fprintf(&b, "\n`roster version`: %.1f ms CPU (%.1f to %.1f, %d runs).\n",
			s.median*1000, s.least*1000, s.most*1000, len(r.Start))
	}
	b.WriteString("\n| bar | measured | at most | |\n|---|---|---|---|\n")
	for _, bar := range r.Bars {
		b.WriteString(bar.row())
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func (r *result) table(b *strings.Builder, s sizeResult) {
	fmt.Fprintf(b, "\n### %d manifests, %.1f MB, %d flawed, %d runs\n\n", s.N, float64(s.Bytes)/1e6, s.Flawed, len(s.Tools[0].Runs))
	b.WriteString("| tool | CPU s | wall s | peak MiB | roster's CPU | roster's wall | roster's peak |\n|---|---|---|---|---|---|---|\n")
	for _, t := range s.Tools {
		fmt.Fprintf(b, "| %s %s |", t.Name, r.Versions[t.Name])
		for _, c := range []struct {
			format string
			of     metric
		}{{"%.2f", cpu}, {"%.2f", wall}, {"%.0f", mib}} {
			m := summarise(t.Runs, c.of)
			fmt.Fprintf(b, " "+c.format+" ("+c.format+" to "+c.format+") |", m.median, m.least, m.most)
		}
		for _, of := range []metric{cpu, wall, mib} {
			if share, both := s.share(t.Name, of); both {
				fmt.Fprintf(b, " %.2fx |", share)
			} else {
				b.WriteString(" - |")
			}
		}
		b.WriteString("\n")
	}
}
