// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// glob returns the files of testdata that match, at least one.
func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return files
}

func parseFile(t testing.TB, name string) *manifest.Document {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return mustParse(t, filepath.Base(name), string(source))
}

func TestGoodManifestsAreSilent(t *testing.T) {
	t.Parallel()
	kinds := map[manifest.Kind]bool{}
	for _, file := range glob(t, "ok/*.yaml") {
		doc := parseFile(t, file)
		kinds[doc.Kind()] = true
		for _, f := range schema.New().Check(doc) {
			t.Errorf("%s: %s: %s", f.Position(), f.Rule, f.Sentence())
		}
	}
	for _, kind := range manifest.Kinds() {
		if !kinds[kind] {
			t.Errorf("testdata/ok has no %s", kind)
		}
	}
}

func TestFindings(t *testing.T) {
	t.Parallel()
	for _, file := range glob(t, "err/*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			var got strings.Builder
			for _, f := range schema.New().Check(parseFile(t, file)) {
				if f.Severity != finding.Error {
					t.Errorf("severity of %s is %s", f.Position(), f.Severity)
				}
				got.WriteString(f.Position() + ": " + f.Rule + ": " + f.Sentence() + "\n")
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".out"
			if *update {
				if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNothingIsSaidTwice loads a registry in which package manifest objects to
// names, kind and apiVersion: Check adds nothing about them.
func TestNothingIsSaidTwice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, from, to string }{
		{"name", "name: checkout", "name: The Checkout"},
		{"long name", "name: checkout", "name: " + strings.Repeat("a", 64)},
		{"empty name", "name: checkout", `name: ""`},
		{"kind", "kind: App", "kind: Application"},
		{"no kind", "kind: App\n", ""},
		{"kind of another type", "kind: App", "kind: 3"},
		{"version", "roster/v1", "roster/v2"},
		{"no version", "apiVersion: roster/v1\n", ""},
		{"version of another type", "roster/v1", "1"},
		{"environment", "prod: {}", "Prod: {}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			app := "apiVersion: roster/v1\nkind: App\nmetadata: {name: checkout}\nspec:\n" +
				"  domain: orders\n  owner: group:checkout-team\n  environments: {prod: {}}\n"
			for name, text := range map[string]string{
				"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"*.yaml\"]}\n",
				"orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:orders-team\"}\n",
				"app.yaml":    strings.Replace(app, test.from, test.to, 1),
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, findings, err := manifest.Load(t.Context(), os.DirFS(dir), manifest.Options{Check: schema.New().Check})
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) != 1 || strings.HasPrefix(findings[0].Rule, "schema-") {
				t.Errorf("findings %v, want one, of package manifest", findings)
			}
		})
	}
}

// TestCheckerServesManyGoroutines checks every file of testdata from several
// goroutines with one Checker, which compiles on the way.
func TestCheckerServesManyGoroutines(t *testing.T) {
	t.Parallel()
	files := append(glob(t, "ok/*.yaml"), glob(t, "err/*.yaml")...)
	checker := schema.New()
	const rounds = 20
	all, err := parallel.Map(t.Context(), 8, rounds*len(files), func(_ context.Context, i int) ([]finding.Finding, error) {
		return checker.Check(parseFile(t, files[i%len(files)])), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range all {
		if diff := cmp.Diff(all[i%len(files)], got); diff != "" {
			t.Errorf("findings of %s differ (-first +later):\n%s", files[i%len(files)], diff)
		}
	}
}

func TestUnknownKindIsLeftToManifest(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"kind: Application\ncolour: blue\n", "[]\n", "text\n"} {
		if findings := schema.New().Check(mustParse(t, "a.yaml", source)); findings != nil {
			t.Errorf("%q: %v", source, findings)
		}
	}
}

// TestCheckChangesNothing holds the tree of a document, which is shared, against
// itself.
func TestCheckChangesNothing(t *testing.T) {
	t.Parallel()
	for _, file := range slices.Concat(glob(t, "ok/*.yaml"), glob(t, "err/*.yaml")) {
		doc, untouched := parseFile(t, file), parseFile(t, file)
		schema.New().Check(doc)
		if diff := cmp.Diff(untouched.Native(), doc.Native()); diff != "" {
			t.Errorf("%s was changed (-before +after):\n%s", file, diff)
		}
	}
}
