// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"strings"
	"testing"

	"github.com/appofapps/roster/manifest"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	good := "a z a1 1a a-b a--b checkout-2 e e3 1e1e a0x1 0x 0xg 12a 1-2 3d7a nul truee yess n y ofx " + strings.Repeat("a", 63)
	for name := range strings.FieldsSeq(good) {
		if !manifest.CheckName(name) {
			t.Errorf("CheckName(%q) = false, want true", name)
		}
	}
	bad := []string{
		"", "-", "-a", "a-", "A", "aB", "a.b", "a_b", "a/b", "a@b", "a b", " a", "a\n", "ä", "a\u202eb", "a\x00", "*", "~", ".", "..",
		"null", "true", "false", "yes", "no", "on", "off",
		"0", "08", "007", "12", "0x0", "0xff", "0o17", "0o8", "0b2", "0b11", "01000", "1e3", "0e0", "12e-3",
		strings.Repeat("a", 64),
	}
	for _, name := range bad {
		if manifest.CheckName(name) {
			t.Errorf("CheckName(%q) = true, want false", name)
		}
	}
}

// TestNoNameIsAnotherType reads every short name as YAML, unquoted, and so does
// every reader of the kind that names are for: it must be a text.
func TestNoNameIsAnotherType(t *testing.T) {
	t.Parallel()
	const letters = "0179abefnortuxy-"
	names := []string{""}
	for range 4 {
		var longer []string
		for _, name := range names {
			for _, c := range letters {
				longer = append(longer, name+string(c))
			}
		}
		for _, name := range longer {
			if !manifest.CheckName(name) {
				continue
			}
			doc, findings := manifest.Parse("a.yaml", []byte("k: "+name+"\n"), manifest.Limits{})
			if doc == nil {
				t.Fatalf("name %s: %v", name, findings)
			}
			if got := doc.Native().(map[string]any)["k"]; got != name {
				t.Fatalf("name %s is read as %v", name, got)
			}
		}
		names = longer
	}
}
