// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	defaultGear       = "e2e"
	defaultProduction = ""
)

// kind selects the column that a file counts in.
type kind int

const (
	production kind = iota // Go files that are part of a program
	gear                   // Go files that only tests import
	docs                   // documents, and the descriptions in action files
	tests                  // files that end in _test.go
	kinds
)

// kindNames returns the names of the kinds in their order.
func kindNames() [kinds]string {
	return [kinds]string{"production", "gear", "docs", "tests"}
}

// file is one file that a report reads.
type file struct {
	path string // relative to the root, with slashes
	kind kind
	text []byte
}

func (f file) isGo() bool { return strings.HasSuffix(f.path, ".go") }

// tree holds the files of a module, sorted by path.
type tree struct {
	module string // path of the module, as in go.mod
	files  []file
}

// gearRule decides which packages are test gear: those below internal/test, those
// whose name ends in "test", and those that it names.
type gearRule struct {
	names      []string // folders below internal
	production []string // exceptions to the rule on names that end in test
}

func (r gearRule) matches(dir string) bool {
	if slices.Contains(r.production, dir) {
		return false
	}
	below, internal := strings.CutPrefix(dir, "internal/")
	first, _, _ := strings.Cut(below, "/")
	return strings.HasSuffix(path.Base(dir), "test") ||
		internal && (first == "test" || slices.Contains(r.names, first))
}

// readTree reads the files that the reports count. It leaves out hidden
// folders, node_modules and folders with a go.mod of another module.
func readTree(root fs.FS, rule gearRule) (tree, error) {
	var t tree
	mod, err := fs.ReadFile(root, "go.mod")
	if err != nil {
		return t, err
	}
	if t.module = modulePath(string(mod)); t.module == "" {
		return t, errors.New("go.mod has no module line")
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && isForeign(root, name) {
				return fs.SkipDir
			}
			return nil
		}
		kind, counts := classify(name, rule)
		if !counts || !entry.Type().IsRegular() {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if !bytes.ContainsRune(text, 0) { // docs holds pictures, too
			t.files = append(t.files, file{name, kind, text})
		}
		return nil
	})
	slices.SortFunc(t.files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	return t, err
}

func modulePath(mod string) string {
	for line := range strings.Lines(mod) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "module" {
			return strings.Trim(fields[1], `"`)
		}
	}
	return ""
}

func isForeign(root fs.FS, dir string) bool {
	base := path.Base(dir)
	if base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil
}

// classify returns the kind of a file, and false if no report counts it.
func classify(name string, rule gearRule) (kind, bool) {
	dir, base := path.Dir(name), path.Base(name)
	data := slices.Contains(strings.Split(dir, "/"), "testdata")
	switch {
	case strings.HasSuffix(base, ".go"):
		switch {
		case strings.HasSuffix(base, "_test.go"):
			return tests, !data
		case rule.matches(dir):
			return gear, !data
		default:
			return production, !data
		}
	case isLicence(base):
		return 0, false
	case strings.HasSuffix(base, ".md"), strings.HasPrefix(name, "docs/"):
		return docs, true
	default:
		return docs, isAction(base) && !data
	}
}

func isAction(base string) bool { return base == "action.yml" || base == "action.yaml" }

func isLicence(base string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(base), ".")
	return slices.Contains([]string{"LICENSE", "LICENCE", "COPYING", "NOTICE", "THIRD_PARTY_NOTICES"}, stem)
}
