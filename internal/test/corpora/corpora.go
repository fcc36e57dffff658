// SPDX-License-Identifier: Apache-2.0

// Package corpora finds the real registries and samples that tests run on. Start
// with Dir. Only tests import it.
package corpora

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// variable names the folder that holds the registries.
const variable = "ROSTER_CORPORA"

// Dir returns the folder of a registry. It skips the test if ROSTER_CORPORA is not set, and
// fails the test if it names a folder without that registry.
func Dir(t testing.TB, name string) string {
	t.Helper()
	base := os.Getenv(variable)
	if base == "" {
		t.Skipf("%s is not set: the test needs the real registry %s", variable, name)
	}
	dir := filepath.Join(base, name)
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("%s is set, but: %v", variable, err)
	}
	return dir
}

// Expected parses the JSON file beside a registry that has its expected results.
func Expected(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
