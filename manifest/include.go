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

// A glob is an include pattern cut into segments. "**" stands for any number
// of folders, everything else is path.Match inside one segment.
type glob struct {
	text     String
	segments []string
	matched  bool
}

// parseGlob admits patterns that can only name files inside the registry.
func parseGlob(text String) (*glob, string) {
	segments := strings.Split(text.Value, "/")
	for _, s := range segments {
		if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "\\\x00") {
			return nil, "leaves the registry or is not a relative path"
		}
		if strings.Contains(s, "**") && s != "**" {
			return nil, `has "**" beside other characters`
		}
		if _, err := path.Match(s, ""); err != nil {
			return nil, "has an unclosed bracket"
		}
	}
	return &glob{text: text, segments: segments}, ""
}

// match reports whether the whole path matches, and prefix whether something
// below it could.
func (g *glob) match(segments []string) (whole, prefix bool) {
	return matchSegments(g.segments, segments)
}

func matchSegments(pattern, name []string) (whole, prefix bool) {
	switch {
	case len(name) == 0:
		return len(pattern) == 0 || (len(pattern) == 1 && pattern[0] == "**"), len(pattern) > 0
	case len(pattern) == 0:
		return false, false
	case pattern[0] == "**":
		whole, prefix = matchSegments(pattern[1:], name)
		if !whole {
			w, p := matchSegments(pattern, name[1:])
			whole, prefix = w, p || prefix
		}
		return whole, prefix
	}
	if ok, err := path.Match(pattern[0], name[0]); err != nil || !ok {
		return false, false
	}
	return matchSegments(pattern[1:], name[1:])
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
	for _, text := range globs {
		g, reason := parseGlob(text)
		if reason != "" {
			in.object(text, ruleInclude, finding.Error, "include "+finding.Quote(text.Value)+" "+reason,
				"write a path relative to the registry such as apps/*/app.yaml")
			continue
		}
		in.globs = append(in.globs, g)
	}
	for _, base := range in.bases() {
		if err := in.walk(ctx, base); err != nil {
			return nil, nil, err
		}
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

// bases returns the folders to walk: the literal beginnings of the globs, none
// of them inside another.
func (in *includer) bases() []string {
	var all []string
	for _, g := range in.globs {
		n := 0
		for n < len(g.segments)-1 && !strings.ContainsAny(g.segments[n], `*?[`) {
			n++
		}
		all = append(all, path.Join(append([]string{"."}, g.segments[:n]...)...))
	}
	slices.Sort(all)
	return slices.CompactFunc(all, func(parent, child string) bool {
		return parent == "." || parent == child || strings.HasPrefix(child, parent+"/")
	})
}

func (in *includer) walk(ctx context.Context, base string) error {
	err := fs.WalkDir(in.fsys, base, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // the glob's "names no file" says it
		case err != nil:
			return fmt.Errorf("read folder %s: %w", name, err)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if in.entries++; in.entries > in.limits.Entries {
			return fmt.Errorf("%w: more than %d below %s; narrow include", errTooManyEntries, in.limits.Entries, base)
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
		if name != "." && (entry.Name() == ".git" || !in.reaches(name)) {
			return fs.SkipDir
		}
		return nil
	}
	segments := strings.Split(name, "/")
	for _, g := range in.globs {
		whole, prefix := g.match(segments)
		switch {
		case !entry.Type().IsRegular() && (whole || prefix):
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

// reaches reports whether a glob can name something below the folder.
func (in *includer) reaches(folder string) bool {
	segments := strings.Split(folder, "/")
	return slices.ContainsFunc(in.globs, func(g *glob) bool {
		_, prefix := g.match(segments)
		return prefix
	})
}

func describe(mode fs.FileMode) string {
	if mode&fs.ModeSymlink != 0 {
		return "symbolic link"
	}
	return "file that is not regular"
}
