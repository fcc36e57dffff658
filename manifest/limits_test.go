// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// TestLimits reads a document that is exactly at each default limit, and one
// that is one beyond it.
func TestLimits(t *testing.T) {
	t.Parallel()
	limits := manifest.DefaultLimits()
	tests := []struct {
		name string
		most int
		of   func(n int) string
		want string
	}{
		{"file", limits.File, func(n int) string { return "a: 1\n#" + strings.Repeat("x", n-6) }, "file is larger than 262144 bytes"},
		{"commas", limits.Commas, func(n int) string { return "a: 1\n# " + strings.Repeat(",", n) }, "file contains more than 65536 commas"},
		{"depth of lists", limits.Depth, func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }, "value is nested deeper than 32 levels"},
		{"depth of mappings", limits.Depth, func(n int) string { return strings.Repeat("{a: ", n-1) + "{}" + strings.Repeat("}", n-1) }, "value is nested deeper than 32 levels"},
		{"depth of keys", limits.Depth, func(n int) string { return strings.Repeat("[", n-2) + "{a: 1}" + strings.Repeat("]", n-2) }, "value is nested deeper than 32 levels"},
		{"nodes of a list", limits.Nodes, func(n int) string { return strings.Repeat("- a\n", n-1) }, "file contains more than 10000 values"},
		{"nodes of mappings", limits.Nodes, func(n int) string {
			return strings.Repeat("- {a: 1}\n", (n-1)/3) + strings.Repeat("- a\n", (n-1)%3)
		}, "file contains more than 10000 values"},
		{"scalar", limits.Scalar, func(n int) string { return "a: " + strings.Repeat("ü", n/2) + strings.Repeat("x", n%2) }, "text is longer than 8192 bytes"},
		{"key", 1024, func(n int) string { return strings.Repeat("x", n) + ": 1" }, "not valid YAML: mapping values are not allowed in this context"},
		{"number", limits.Number, func(n int) string { return "a: 1." + strings.Repeat("0", n-2) }, "number is longer than 32 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if doc, findings := manifest.Parse("a.yaml", []byte(tt.of(tt.most)), manifest.Limits{}); doc == nil {
				t.Errorf("%d refused: %s", tt.most, lines(findings))
			}
			_, findings := manifest.Parse("a.yaml", []byte(tt.of(tt.most+1)), manifest.Limits{})
			if len(findings) != 1 || findings[0].Message != tt.want {
				t.Errorf("%d: %q, want %s", tt.most+1, lines(findings), tt.want)
			}
		})
	}
}

func TestTotalLimit(t *testing.T) {
	t.Parallel()
	files := registry("a.yaml", anApp)
	total := len(aRoot) + len(anApp)
	for _, workers := range []int{1, 8} {
		if _, _, err := manifest.Load(t.Context(), files, manifest.Options{Workers: workers, Limits: manifest.Limits{Total: total}}); err != nil {
			t.Errorf("%d bytes: %v", total, err)
		}
		_, _, err := manifest.Load(t.Context(), files, manifest.Options{Workers: workers, Limits: manifest.Limits{Total: total - 1}})
		if !errors.Is(err, manifest.ErrTooLarge) {
			t.Errorf("%d bytes: %v, want ErrTooLarge", total-1, err)
		}
	}
}

func TestEntriesLimit(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{manifest.RootFile: {Data: []byte(aRoot)}}
	for i := range 10 {
		files[fmt.Sprintf("a%d.txt", i)] = &fstest.MapFile{}
	}
	// The root is an entry too.
	if _, _, err := manifest.Load(t.Context(), files, manifest.Options{Limits: manifest.Limits{Entries: 11}}); err != nil {
		t.Error(err)
	}
	_, _, err := manifest.Load(t.Context(), files, manifest.Options{Limits: manifest.Limits{Entries: 10}})
	if err == nil || !strings.Contains(err.Error(), "too many directory entries") {
		t.Errorf("Load = %v", err)
	}
}

// TestManyFindings has more findings of one file than are shown, from each place
// that finds some, and few of another.
func TestManyFindings(t *testing.T) {
	t.Parallel()
	policies := strings.Repeat("x, ", 4_000) + "x"
	files := registry("a.yaml", anApp+"  policies: ["+policies+"]\n")
	files["b.yaml"] = &fstest.MapFile{Data: []byte("- ~\n- ~\n")}
	files["c.yaml"] = &fstest.MapFile{Data: []byte(strings.Repeat("- ~\n", 5_000))}
	files["orders.yaml"] = &fstest.MapFile{Data: []byte(crowdDomain("orders"))}
	_, findings, err := manifest.Load(t.Context(), fs.FS(files), manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count, more := map[string]int{}, map[string]string{}
	for _, f := range findings {
		count[f.File]++
		if f.Rule == "more-findings" {
			more[f.File] = f.Position() + " " + f.Message
		}
	}
	for file, want := range map[string]int{"a.yaml": 101, "b.yaml": 2, "c.yaml": 101} {
		if count[file] != want {
			t.Errorf("%d findings of %s, want %d", count[file], file, want)
		}
	}
	if want := "a.yaml:7:314 3901 more findings in this file are not shown"; more["a.yaml"] != want {
		t.Errorf("%q, want %q", more["a.yaml"], want)
	}
	if want := "c.yaml:101:3 4900 more findings in this file are not shown"; more["c.yaml"] != want {
		t.Errorf("%q, want %q", more["c.yaml"], want)
	}
}

// TestManyWarnings: cutting does not make warnings worse.
func TestManyWarnings(t *testing.T) {
	t.Parallel()
	var include strings.Builder
	for i := range 150 {
		fmt.Fprintf(&include, "no%d/*.yaml, ", i)
	}
	files := withRoot("[" + include.String() + "]")
	_, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
	if err != nil || len(findings) != 101 || finding.Count(findings, finding.Error) != 0 {
		t.Errorf("%d findings, %d errors, %v", len(findings), finding.Count(findings, finding.Error), err)
	}
}
