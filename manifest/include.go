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
	"sync/atomic"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/parallel"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleInclude      = "include"
	ruleIncludeEmpty = "include-empty"
	ruleNotRegular   = "not-regular"
)

// RootFile is the manifest that makes a folder a registry.
const RootFile = "roster.yaml"

// includer walks a registry once and collects the files that its globs name.
type includer struct {
	fsys     fs.FS
	limits   Limits
	workers  int
	exact    bool // names that differ in case are different files
	globs    []*glob
	files    []string
	entries  atomic.Int64 // seen so far, by all workers
	findings []finding.Finding
}

// errTooManyEntries ends a walk over a folder that is no registry.
var errTooManyEntries = errors.New("registry holds too many directory entries")

// include returns the files that the root's globs name, sorted and without the
// root itself. Only regular files count; a link that a glob reaches is a
// finding, so that nothing a glob names is left out in silence.
func include(ctx context.Context, fsys fs.FS, globs Strings, limits Limits, workers int) ([]string, []finding.Finding, error) {
	in := includer{fsys: fsys, limits: limits, workers: workers}
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
			in.object(g.text, ruleIncludeEmpty, finding.Warning, "include "+finding.Quote(g.text.Value)+" matches no file",
				"correct or remove it")
		}
	}
	slices.Sort(in.files)
	return slices.Compact(in.files), in.findings, nil
}

// Includes reports whether a file of this path would be a manifest of the registry:
// the root, or one that an include names.
func (r *Root) Includes(name string) bool {
	segments := strings.Split(name, "/")
	return name == RootFile || slices.ContainsFunc(r.Spec.Include, func(text String) bool {
		g, reason := parseGlob(text)
		if reason != "" {
			return false
		}
		at := g.begin()
		for _, segment := range segments {
			at = g.enter(at, segment)
		}
		return g.whole(at)
	})
}

func (in *includer) object(at String, rule string, severity finding.Severity, message, hint string) {
	in.findings = append(in.findings, finding.Finding{
		Rule: rule, Severity: severity, File: RootFile,
		Line: int(at.Pos.Line), Column: int(at.Pos.Column), Message: message, Hint: hint,
	})
}

// A folder is one that a glob may name something in.
type folder struct {
	path string
	at   []places // by glob
}

// An entry is a name in a folder, and the kind of file there.
type entry struct {
	name string
	mode fs.FileMode
}

// walk looks at every entry of the folders in which a glob can name something,
// level by level, the folders of a level side by side. It begins at the registry
// itself and follows no link.
func (in *includer) walk(ctx context.Context) error {
	// A list of names says exactly which files there are; asking for one does so
	// only where another case is another file.
	_, err := fs.Lstat(in.fsys, strings.ToUpper(RootFile))
	in.exact = errors.Is(err, fs.ErrNotExist)
	top := folder{path: ".", at: make([]places, len(in.globs))}
	for i, g := range in.globs {
		top.at[i] = g.begin()
	}
	level := []folder{top}
	if len(in.globs) == 0 {
		level = nil
	}
	for len(level) > 0 {
		lists, err := parallel.Map(ctx, in.workers, len(level), func(_ context.Context, i int) ([]entry, error) {
			return in.look(level[i])
		})
		if err != nil {
			return fmt.Errorf("include files: %w", err)
		}
		var next []folder
		for i, list := range lists {
			for _, e := range list {
				if below, found := in.visit(level[i], e); found {
					next = append(next, below)
				}
			}
		}
		level = next
	}
	return nil
}

// look returns the entries of a folder: all, or those that globs can name.
func (in *includer) look(f folder) ([]entry, error) {
	names, few := in.literals(f)
	if few {
		return in.probe(f, names)
	}
	list, err := fs.ReadDir(in.fsys, f.path)
	if err != nil {
		return nil, fmt.Errorf("read folder %s: %w", f.path, err)
	}
	entries := make([]entry, len(list))
	for i, e := range list {
		entries[i] = entry{e.Name(), e.Type()}
	}
	return entries, in.count(len(entries))
}

// literals returns the only names that any glob can match in a folder.
func (in *includer) literals(f folder) ([]string, bool) {
	if !in.exact {
		return nil, false
	}
	var all []string
	for i, g := range in.globs {
		names, few := g.literals(f.at[i])
		if !few {
			return nil, false
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	return slices.Compact(all), true
}

// probe returns those of some names that are in a folder.
func (in *includer) probe(f folder, names []string) ([]entry, error) {
	var entries []entry
	for _, name := range names {
		info, err := fs.Lstat(in.fsys, path.Join(f.path, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("look at %s: %w", path.Join(f.path, name), err)
		}
		entries = append(entries, entry{name, info.Mode().Type()})
	}
	return entries, in.count(len(names))
}

func (in *includer) count(entries int) error {
	if in.entries.Add(int64(entries)) > int64(in.limits.Entries) {
		return fmt.Errorf("%w: more than %d; narrow include", errTooManyEntries, in.limits.Entries)
	}
	return nil
}

// visit takes in a file that a glob names, and returns a folder in which one can
// name something.
func (in *includer) visit(f folder, e entry) (below folder, found bool) {
	name := path.Join(f.path, e.name)
	if e.mode.IsDir() {
		return in.enter(f, e, name)
	}
	regular, leads := e.mode.IsRegular(), in.mayBeFolder(name, e)
	for i, g := range in.globs {
		at := g.enter(f.at[i], e.name)
		switch {
		case !regular && (g.whole(at) || g.below(at) && leads):
			in.findings = append(in.findings, finding.Finding{
				Rule: ruleNotRegular, Severity: finding.Error, File: name,
				Message: "include " + finding.Quote(g.text.Value) + " matches a " + describe(e.mode),
				Hint:    "copy the file itself into the registry",
			})
			g.matched = true
		case g.whole(at):
			g.matched = true
			if name != RootFile {
				in.files = append(in.files, name)
			}
		}
	}
	return folder{}, false
}

// enter returns a folder of a folder, unless no glob can name anything in it.
func (in *includer) enter(f folder, e entry, name string) (below folder, found bool) {
	if e.name == ".git" {
		return folder{}, false
	}
	below = folder{path: name, at: make([]places, len(in.globs))}
	for i, g := range in.globs {
		below.at[i] = g.enter(f.at[i], e.name)
		found = found || g.below(below.at[i])
	}
	return below, found
}

// mayBeFolder reports whether something can be below an entry that is no folder
// itself: a link to one, or to where this file system does not lead.
func (in *includer) mayBeFolder(name string, e entry) bool {
	if e.mode&fs.ModeSymlink == 0 {
		return false
	}
	target, err := fs.Stat(in.fsys, name)
	return err != nil || !target.Mode().IsRegular()
}

func describe(mode fs.FileMode) string {
	if mode.IsDir() {
		return "folder"
	}
	if mode&fs.ModeSymlink != 0 {
		return "symbolic link"
	}
	return "special file"
}
