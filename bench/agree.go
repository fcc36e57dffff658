// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// A registry is what the tools run on.
type registry struct {
	dir     string
	bytes   int64
	planted map[string]string // file -> its flaw
}

func newRegistry(files []file) registry {
	r := registry{planted: map[string]string{}}
	for _, f := range files {
		r.bytes += int64(len(f.text))
		if f.flaw != "" {
			r.planted[f.path] = f.flaw
		}
	}
	return r
}

// checkFlags runs a tool once, and returns errDisagree unless it flags exactly the
// files with a flaw. So all tools flag the same files.
func (w *workshop) checkFlags(ctx context.Context, t tool, r registry) error {
	_, printed, err := w.execute(ctx, t.name, t.command(r))
	if err != nil {
		return err
	}
	files, err := t.flagged(printed)
	if err != nil {
		return fmt.Errorf("read output of %s: %w", t.name, err)
	}
	flagged := map[string]string{}
	for _, f := range files {
		if rel, err := filepath.Rel(r.dir, f); err == nil && filepath.IsAbs(f) {
			f = rel
		}
		flagged[filepath.ToSlash(f)] = "no flaw"
	}
	missed, extra := without(r.planted, flagged), without(flagged, r.planted)
	if len(missed)+len(extra) > 0 {
		return fmt.Errorf("%w: %s passes %s and flags %s", errDisagree, t.name, describe(missed), describe(extra))
	}
	return nil
}

// without returns the entries of a that b lacks, as sorted "file (flaw)".
func without(a, b map[string]string) []string {
	var only []string
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if _, both := b[name]; !both {
			only = append(only, name+" ("+a[name]+")")
		}
	}
	return only
}

func describe(files []string) string {
	const shown = 20
	if len(files) == 0 {
		return "no other file"
	}
	text := fmt.Sprintf("%d files wrongly:", len(files))
	return text + "\n  " + strings.Join(files[:min(shown, len(files))], "\n  ") + "\n "
}
