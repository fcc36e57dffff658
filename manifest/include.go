// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleInclude      = "include"
	ruleIncludeEmpty = "include-empty"
	ruleNotRegular   = "not-regular"
)

// RootFile is the manifest that makes a folder a registry.
const RootFile = "roster.yaml"

// What one include may ask of the walk, so that a hostile one costs little for
// each directory entry. Paths of registries are far shorter, and a root with
// more than that many patterns would be longer than its tree.
const (
	maxGlobs    = 256
	maxGlob     = 512 // bytes
	maxSegments = 32  // less than the bits of a match's state
)

// A glob is an include pattern cut into segments. "**" stands for any number of
// folders, none included, or at the end for whatever is below; everything else
// is path.Match inside one segment.
type glob struct {
	text     String
	segments []string
	matched  bool
}

// parseGlob admits patterns that can only name files inside the registry.
func parseGlob(text String) (*glob, string) {
	if len(text.Value) > maxGlob {
		return nil, fmt.Sprintf("is longer than %d bytes", maxGlob)
	}
	segments := strings.Split(text.Value, "/")
	if len(segments) > maxSegments {
		return nil, fmt.Sprintf("has more than %d segments", maxSegments)
	}
	for _, s := range segments {
		if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "\\\x00") {
			return nil, "leaves the registry or is not a relative path"
		}
		if strings.Contains(s, "**") && s != deep {
			return nil, `has "**" beside other characters`
		}
		if _, err := path.Match(s, ""); err != nil {
			return nil, "has an unclosed bracket"
		}
	}
	return &glob{text: text, segments: segments}, ""
}

const deep = "**"

// match reports whether a whole path matches, and whether something below it
// could. It goes through the path once with all the places that it may be at in
// the pattern: bit i is the place before segment i.
func (g *glob) match(names []string) (whole, below bool) {
	places := g.skip(1)
	for _, name := range names {
		places = g.skip(g.step(places, name))
	}
	end := uint64(1) << len(g.segments)
	return places&end != 0, places&^end != 0
}

func (g *glob) step(places uint64, name string) (next uint64) {
	for i, segment := range g.segments {
		here := places & (1 << i)
		if here == 0 {
			continue
		}
		if segment == deep {
			next |= here
			if i == len(g.segments)-1 {
				next |= here << 1
			}
		} else if ok, err := path.Match(segment, name); ok && err == nil {
			next |= here << 1
		}
	}
	return next
}

// skip adds the places behind a "**" that stands for no folder.
func (g *glob) skip(places uint64) uint64 {
	for i, segment := range g.segments[:len(g.segments)-1] {
		if segment == deep {
			places |= places & (1 << i) << 1
		}
	}
	return places
}

// includer walks a registry once and collects the files that its globs name.
type includer struct {
	fsys     fs.FS
	limits   Limits
	globs    []*glob
	files    []string
	entries  int
	findings []finding.Finding
}

// errTooManyEntries ends a walk over a folder that is no registry.
var errTooManyEntries = errors.New("registry holds too many directory entries")

// include returns the files that the root's globs name, sorted and without the
// root itself. Only regular files count; a link that a glob reaches is a
// finding, so that nothing a glob names is left out in silence.
func include(ctx context.Context, fsys fs.FS, globs Strings, limits Limits) ([]string, []finding.Finding, error) {
	in := includer{fsys: fsys, limits: limits}
	for i, text := range globs {
		if i == maxGlobs {
			in.object(text, ruleInclude, finding.Error, fmt.Sprintf("include has more than %d patterns", maxGlobs), "join them")
			break
		}
		g, reason := parseGlob(text)
		if reason != "" {
			in.object(text, ruleInclude, finding.Error, "include "+finding.Quote(text.Value)+" "+reason,
				"write a path relative to the registry such as apps/*/app.yaml")
			continue
		}
		in.globs = append(in.globs, g)
	}
	if err := in.walk(ctx); err != nil {
		return nil, nil, err
	}
	for _, g := range in.globs {
		if !g.matched {
			in.object(g.text, ruleIncludeEmpty, finding.Warning, "include "+finding.Quote(g.text.Value)+" names no file",
				"correct or remove it")
		}
	}
	slices.Sort(in.files)
	return slices.Compact(in.files), in.findings, nil
}

func (in *includer) object(at String, rule string, severity finding.Severity, message, hint string) {
	in.findings = append(in.findings, finding.Finding{
		Rule: rule, Severity: severity, File: RootFile,
		Line: int(at.Pos.Line), Column: int(at.Pos.Column), Message: message, Hint: hint,
	})
}

// walk looks at every entry of the folders in which a glob can name something.
// It begins at the registry itself and follows no link.
func (in *includer) walk(ctx context.Context) error {
	err := fs.WalkDir(in.fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fmt.Errorf("read folder %s: %w", name, err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if in.entries++; in.entries > in.limits.Entries {
			return fmt.Errorf("%w: more than %d; narrow include", errTooManyEntries, in.limits.Entries)
		}
		return in.visit(name, entry)
	})
	if err != nil {
		return fmt.Errorf("include files: %w", err)
	}
	return nil
}

func (in *includer) visit(name string, entry fs.DirEntry) error {
	if entry.IsDir() {
		if len(in.globs) == 0 || name != "." && (entry.Name() == ".git" || !in.reaches(name)) {
			return fs.SkipDir
		}
		return nil
	}
	segments := strings.Split(name, "/")
	regular, folder := entry.Type().IsRegular(), in.mayBeFolder(name, entry)
	for _, g := range in.globs {
		whole, below := g.match(segments)
		switch {
		case !regular && (whole || below && folder):
			in.findings = append(in.findings, finding.Finding{
				Rule: ruleNotRegular, Severity: finding.Error, File: name,
				Message: "include " + finding.Quote(g.text.Value) + " reaches a " + describe(entry.Type()),
				Hint:    "put the file itself into the registry",
			})
			g.matched = true
		case whole:
			g.matched = true
			if name != RootFile {
				in.files = append(in.files, name)
			}
		}
	}
	return nil
}

// mayBeFolder reports whether something can be below an entry that is no folder
// itself: a link to one, or to where this file system does not lead.
func (in *includer) mayBeFolder(name string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return false
	}
	target, err := fs.Stat(in.fsys, name)
	return err != nil || !target.Mode().IsRegular()
}

// reaches reports whether a glob can name something below the folder.
func (in *includer) reaches(folder string) bool {
	segments := strings.Split(folder, "/")
	return slices.ContainsFunc(in.globs, func(g *glob) bool {
		_, below := g.match(segments)
		return below
	})
}

func describe(mode fs.FileMode) string {
	if mode.IsDir() {
		return "folder"
	}
	if mode&fs.ModeSymlink != 0 {
		return "symbolic link"
	}
	return "file that is not regular"
}
