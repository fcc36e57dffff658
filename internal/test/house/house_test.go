// SPDX-License-Identifier: Apache-2.0

// Package house holds the repository against its own rules: the floors and the
// rim of ARCHITECTURE.md, headers, sizes.
package house

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "github.com/appofapps/roster"
	root   = "../../.."
)

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}

func (p pkg) name() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

// tables reads the floors and the rim from ARCHITECTURE.md.
func tables(t *testing.T) (floors map[string]int, rim map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	floors, rim = map[string]int{}, map[string][]string{}
	quoted := regexp.MustCompile("`([^`]+)`")
	floorRow := regexp.MustCompile(`^\| F(\d) \| (.*) \|$`)
	rimRow := regexp.MustCompile("^\\| `([^`]+\\.[^`]+/[^`]+)` \\| (`.*`) \\|$")
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if row := floorRow.FindStringSubmatch(line); row != nil {
			floor, _ := strconv.Atoi(row[1])
			for _, name := range quoted.FindAllStringSubmatch(row[2], -1) {
				floors[name[1]] = floor
			}
		}
		if row := rimRow.FindStringSubmatch(line); row != nil {
			for _, name := range quoted.FindAllStringSubmatch(row[2], -1) {
				rim[row[1]] = append(rim[row[1]], name[1])
			}
		}
	}
	if len(floors) < 10 || len(rim) < 4 {
		t.Fatalf("ARCHITECTURE.md gives %d packages and %d modules: its tables were not understood", len(floors), len(rim))
	}
	return floors, rim
}

// gear reports packages that are outside the floors: test gear and programs of
// their own.
func gear(name string) bool {
	for _, folder := range []string{"", "internal/test", "internal/e2e", "bench", "scripts"} {
		if name == folder || folder != "" && strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return false
}

// TestGearStaysOutside holds production code against test gear: only packages
// that end in "test" import it.
func TestGearStaysOutside(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		name := p.name()
		if gear(name) || strings.HasSuffix(name, "test") {
			continue
		}
		for _, imported := range p.Imports {
			if below, ours := strings.CutPrefix(imported, module+"/"); ours && gear(below) {
				t.Errorf("package %s imports test gear %s", name, below)
			}
		}
	}
}

func TestImportsKeepToFloors(t *testing.T) {
	t.Parallel()
	floors, _ := tables(t)
	seen := map[string]bool{}
	for _, p := range list(t) {
		name := p.name()
		if gear(name) {
			continue
		}
		seen[name] = true
		floor, known := floors[name]
		if !known {
			t.Errorf("package %s has no floor in ARCHITECTURE.md", name)
			continue
		}
		for _, imported := range p.Imports {
			below, ours := strings.CutPrefix(imported, module+"/")
			if ours && !gear(below) && floors[below] >= floor {
				t.Errorf("package %s (F%d) imports %s (F%d): only lower floors may be imported", name, floor, below, floors[below])
			}
		}
	}
	for name := range floors {
		if !seen[name] {
			t.Errorf("ARCHITECTURE.md lists %s, which does not exist", name)
		}
	}
}

// TestEveryPackageIsUsed finds a package that no program imports: one that was added
// and not wired in.
func TestEveryPackageIsUsed(t *testing.T) {
	t.Parallel()
	all := map[string]pkg{}
	for _, p := range list(t) {
		all[p.name()] = p
	}
	used := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if used[name] {
			return
		}
		used[name] = true
		for _, imported := range all[name].Imports {
			if below, ours := strings.CutPrefix(imported, module+"/"); ours {
				visit(below)
			}
		}
	}
	visit("cmd/roster")
	visit("catalogue/update")
	for name := range all {
		if !used[name] && !gear(name) && !strings.HasSuffix(name, "test") {
			t.Errorf("no program uses package %s", name)
		}
	}
}

// TestContractsAreTested finds a store, a source or a sink that no test holds against
// its contract.
func TestContractsAreTested(t *testing.T) {
	t.Parallel()
	contracts := []struct{ folder, method, suite string }{
		{"store/", ") Commit(ctx", "storetest.Run"},
		{"provider/", ") Revoke(", "rotatetest.TestSource"},
		{"rotate/sink/", ") Deliver(", "rotatetest.TestSink"},
	}
	found := 0
	for _, p := range list(t) {
		for _, c := range contracts {
			if !strings.HasPrefix(p.name(), c.folder) || strings.HasSuffix(p.name(), "test") || !mentions(t, p.Dir, "*.go", c.method) {
				continue
			}
			found++
			if !mentions(t, p.Dir, "*_test.go", c.suite) {
				t.Errorf("no test of package %s calls %s", p.name(), c.suite)
			}
		}
	}
	if found < 9 {
		t.Errorf("only %d stores, sources and sinks were found", found)
	}
}

// mentions reports whether a file of a folder contains a text.
func mentions(t *testing.T, dir, files, text string) bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, files))
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(paths, func(path string) bool {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(content), text)
	})
}

func TestThirdPartyStaysAtTheRim(t *testing.T) {
	t.Parallel()
	_, rim := tables(t)
	for _, p := range list(t) {
		name := p.name()
		if gear(name) {
			continue
		}
		for _, imported := range p.Imports {
			host, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(host, ".") || strings.HasPrefix(imported, module) {
				continue
			}
			if owners := owners(rim, imported); len(owners) == 0 {
				t.Errorf("package %s imports %s, which ARCHITECTURE.md gives to nobody", name, imported)
			} else if !slices.Contains(owners, name) {
				t.Errorf("package %s imports %s, which belongs to %q", name, imported, owners)
			}
		}
	}
}

func owners(rim map[string][]string, imported string) []string {
	for mod, names := range rim {
		if imported == mod || strings.HasPrefix(imported, mod+"/") {
			return names
		}
	}
	return nil
}

func TestStandardSyncStaysBelow(t *testing.T) {
	t.Parallel()
	floors, _ := tables(t)
	for _, p := range list(t) {
		name := p.name()
		ours := slices.Contains(p.Imports, module+"/sync")
		standard := slices.Contains(p.Imports, "sync")
		if standard && (ours || (floors[name] <= floors["sync"] && !strings.HasPrefix(name, "internal/"))) {
			t.Errorf("package %s imports the standard sync beside or below ours", name)
		}
	}
}

// eachFile visits the Go files of the module.
func eachFile(t *testing.T, visit func(path, text string)) {
	t.Helper()
	for _, p := range list(t) {
		entries, err := filepath.Glob(filepath.Join(p.Dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range entries {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			visit(path, string(text))
		}
	}
}

func TestHeadersAndSizes(t *testing.T) {
	t.Parallel()
	const header = "// SPDX-License-Identifier: Apache-2.0\n"
	unfinished := regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	eachFile(t, func(path, text string) {
		if !strings.HasPrefix(text, header) {
			t.Errorf("%s does not begin with %q", path, header)
		}
		limit := 600
		if strings.HasSuffix(path, "_test.go") {
			limit = 500
		}
		if lines := strings.Count(text, "\n"); lines > limit {
			t.Errorf("%s has %d lines, at most %d are kept readable", path, lines, limit)
		}
		if !strings.HasSuffix(path, "house_test.go") && unfinished.MatchString(text) {
			t.Errorf("%s holds an unfinished mark", path)
		}
	})
}
