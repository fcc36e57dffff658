// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// ruleLimits makes the limits of some golden registries small, so that they are
// passed by small files.
func ruleLimits(rule string) manifest.Limits {
	switch rule {
	case "file-too-large":
		return manifest.Limits{File: 500}
	case "yaml-limit":
		return manifest.Limits{Depth: 6, Nodes: 50, Scalar: 60}
	}
	return manifest.Limits{}
}

// TestGolden reads two registries for each rule: in testdata/RULE/ok there is
// nothing to object to, and in testdata/RULE/err what testdata/RULE/err.out
// says, each finding on one line.
func TestGolden(t *testing.T) {
	t.Parallel()
	for _, rule := range ruleNames(t) {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			if rule == "not-regular" && runtime.GOOS == "windows" {
				t.Skip("git makes files of links there")
			}
			folder := filepath.Join("testdata", rule)
			if got := loadFolder(t, filepath.Join(folder, "ok"), ruleLimits(rule)); got != "" {
				t.Errorf("ok is not silent:\n%s", got)
			}
			got := loadFolder(t, filepath.Join(folder, "err"), ruleLimits(rule))
			if !strings.Contains(got, " ["+rule+"]\n") {
				t.Errorf("err does not break the rule:\n%s", got)
			}
			out := filepath.Join(folder, "err.out")
			if *update {
				if err := os.WriteFile(out, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("err (-want +got):\n%s", diff)
			}
		})
	}
}

// loadFolder reads a registry from disk and returns its findings.
func loadFolder(t *testing.T, folder string, limits manifest.Limits) string {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	}()
	_, findings, err := manifest.Load(t.Context(), root.FS(), manifest.Options{Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if source, err := os.ReadFile(filepath.Join(folder, f.File)); err == nil {
			checkPositions(t, string(source), []finding.Finding{f})
		}
	}
	return lines(findings)
}

// lines writes one finding per line, as a compiler would.
func lines(findings []finding.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s: %s [%s]\n", f.Position(), f.Severity, f.Sentence(), f.Rule)
	}
	return b.String()
}

// ruleNames returns the values of the package's constants whose names begin with
// rule.
func ruleNames(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "rule") {
				return true
			}
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			rules = append(rules, text)
			return true
		})
	}
	slices.Sort(rules)
	if len(slices.Compact(slices.Clone(rules))) != len(rules) || len(rules) < 30 {
		t.Fatalf("rules are not what they seem: %v", rules)
	}
	return rules
}

func TestEveryGoldenFolderIsARule(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	rules := ruleNames(t)
	for _, e := range entries {
		if e.IsDir() && e.Name() != "fuzz" && !slices.Contains(rules, e.Name()) {
			t.Errorf("testdata/%s is not a rule", e.Name())
		}
	}
}
