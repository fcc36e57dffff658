// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cli"
)

// TestSameInputSameBytes runs every command that reports on two checkouts of one
// registry, twice on each: what is printed is the same to the byte, and so are
// the events that a sync leaves behind.
func TestSameInputSameBytes(t *testing.T) {
	t.Parallel()
	for _, registry := range []string{"../../examples/shop", "../../examples/overreach"} {
		var first map[string]string
		for checkout := range 2 {
			dir := filepath.Join(t.TempDir(), strings.Repeat("deep/", 3*checkout), "registry")
			if err := os.CopyFS(dir, os.DirFS(registry)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				got := reports(t, dir)
				if first == nil {
					first = got
				}
				if d := cmp.Diff(first, got); d != "" {
					t.Fatalf("reports of %s differ (-first +now):\n%s", registry, d)
				}
			}
		}
	}
}

// reports returns what every reporting command prints, by its arguments.
func reports(t *testing.T, dir string) map[string]string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "registry.db")
	store := "local:" + file
	printed := map[string]string{}
	show := func(args ...string) {
		stdout, stderr, code := run(t, "", args...)
		if code > cli.ExitFindings {
			t.Fatalf("roster %s exits with %d: %s", strings.Join(args, " "), code, stderr)
		}
		label := strings.NewReplacer(dir, "DIR", store, "STORE").Replace(strings.Join(args, " "))
		printed[label] = strings.ReplaceAll(stdout+stderr, dir, "DIR")
	}
	for _, format := range []string{"text", "json", "sarif", "github"} {
		show("validate", dir, "--notes", "--format", format)
	}
	for _, format := range []string{"text", "json", "github"} {
		show("plan", dir, "--store", store, "--format", format)
	}
	for _, format := range []string{"text", "json", "github"} {
		show("sync", dir, "--store", store, "--format", format)
	}
	_, err := os.Stat(file) // a registry with errors is not synced
	for _, format := range []string{"text", "json"} {
		if err == nil {
			show("audit", "log", "--store", store, "--format", format)
			show("audit", "verify", "--store", store, "--format", format)
		}
		show("explain", "orders/checkout", dir, "--format", format)
	}
	show("graph", dir, "--access")
	show("graph", dir, "--access", "--format", "dot")
	return printed
}
