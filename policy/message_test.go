// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"strings"
	"testing"
)

// TestPlainText keeps a message on one line, and cuts a long one between words.
func TestPlainText(t *testing.T) {
	t.Parallel()
	quoted := `write "` + strings.Repeat("a b ", 120) + `"`
	for _, tt := range []struct{ name, text, want string }{
		{"short", "use fewer scopes", "use fewer scopes"},
		{"none", "", ""},
		{"quotes", `write "x", not "y"`, `write "x", not "y"`},
		{"over 80 bytes", strings.Repeat("ab ", 30) + "end", strings.Repeat("ab ", 30) + "end"},
		{"hostile", "a\n::error::b\u202e", `a\n::error::b\u202e`},
		{"cut between words", strings.Repeat("word ", 100), strings.TrimRight(strings.Repeat("word ", 80), " ") + " ..."},
		{"not inside quotes", "please " + quoted, "please write ..."},
	} {
		if got := plainText(tt.text); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := plainText(strings.Repeat("é", 400)); len(got) > 100 {
		t.Errorf("one long word is %d bytes", len(got))
	}
}
