// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/manifest"
)

func TestParseNative(t *testing.T) {
	t.Parallel()
	text := func(s string) map[string]any { return map[string]any{"k": s} }
	tests := []struct {
		name, source string
		want         any
	}{
		{"nothing in it", "{}", map[string]any{}},
		{"a list", "- 1\n- a\n", []any{json.Number("1"), "a"}},
		{"a text alone", "a", "a"},
		{"types", "{s: a, t: true, f: false, i: -12, d: 1.50, l: [], m: {}}", map[string]any{
			"s": "a", "t": true, "f": false, "i": json.Number("-12"), "d": json.Number("1.50"), "l": []any{}, "m": map[string]any{},
		}},
		{"quotes make texts", `{a: "1", b: 'true', c: "null", d: "~", e: 'yes', f: ""}`, map[string]any{
			"a": "1", "b": "true", "c": "null", "d": "~", "e": "yes", "f": "",
		}},
		{"a date is a text", "k: 2026-01-31", text("2026-01-31")},
		{"a version is a text", "k: v1.2", text("v1.2")},
		{"so are letters that are booleans nowhere", "k: y", text("y")},
		{"line ends of Windows", "k: >\r\n  a\r\n  b\r\n", text("a b\n")},
		{"a last line without end", "k: |\n  a", text("a\n")},
		{"a last line of blanks", "k: |\n  a\n   ", text("a\n \n")},
		{"tabs between tokens", "k:\ta\t# b\n", text("a")},
		{"escapes of what may not stand raw", `k: "\u202e\ufeff\r\0\L"`, text("\u202e\ufeff\r\x00\u2028")},
		{"characters beyond the first plane", "k: \U0001F600", text("\U0001F600")},
		{"document marks", "---\nk: a\n...\n", text("a")},
		{"comments", "# a\nk: a # b\n# c\n", text("a")},
		{"indicators inside", "k: a!b&c*d?e%f", text("a!b&c*d?e%f")},
		{"question marks before a key in quotes", `{"?": 1, k: "a?"}`, map[string]any{"?": json.Number("1"), "k": "a?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, findings := manifest.Parse("a.yaml", []byte(tt.source), manifest.Limits{})
			if doc == nil {
				t.Fatal(lines(findings))
			}
			if diff := cmp.Diff(tt.want, doc.Native()); diff != "" {
				t.Errorf("Native (-want +got):\n%s", diff)
			}
		})
	}
}

// TestParseFindings has what golden files cannot hold, or not well.
func TestParseFindings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, source, want string }{
		{"nothing", "", "1:1 yaml-syntax"},
		{"blank lines", "\n\n", "1:1 yaml-syntax"},
		{"only marks", "---\n", "2:1 null-value"},
		{"only marks without end", "---", "1:4 null-value"},
		{"a carriage return", "a: 1\rb: 2\n", "1:5 file-encoding"},
		{"a carriage return at the end", "a: 1\n\r", "2:1 file-encoding"},
		{"next line", "a: 1\u0085b: 2\n", "1:5 file-encoding"},
		{"NUL", "a: 1\n\x00\n", "2:1 file-encoding"},
		{"DEL", "# \x7f\n", "1:3 file-encoding"},
		{"a mark of byte order inside", "a: \ufeffb\n", "1:4 file-encoding"},
		{"a surrogate", "a: \xed\xa0\x80\n", "1:4 file-encoding"},
		{"half a character at the end", "a: ä\nb: \xc3", "2:4 file-encoding"},
		{"UTF-16", "\xff\xfea\x00", "1:1 file-encoding"},
		{"columns count characters", "grüße: {\U0001F600: ~}\n", "1:12 null-value"},
		{"columns count tabs once", "a:\t\t~\n", "1:5 null-value"},
		{"a directive", "%TAG ! tag:x,2026:\n---\na: 1\n", "1:1 yaml-feature"},
		{"a second document that is empty", "a: 1\n---\n", "2:1 yaml-syntax"},
		{"a second document behind an end", "a: 1\n...\nb: 2\n", "3:1 yaml-syntax"},
		{"a second document that is none", "a: 1\n---\n]\n", "3:1 yaml-syntax"},
		{"an error behind the mapping's first line", "a: 1\nb: 2\n c: 3\n", "3:1 yaml-syntax"},
		{"an error behind many lines", strings.Repeat("# x\n", 9_000) + "a: ]\n", "9001:1 yaml-syntax"},
		{"an anchor with a colon", "a: &b:c d\n", "1:4 yaml-feature"},
		{"an alias with a colon", "a: &b [*b:c]\n", "1:4 yaml-feature"},
		{"an alias in a comment is none", "# *b\na: [*b]\n", "2:5 yaml-feature"},
		{"an explicit key", "? a\n: 1\n", "1:3 yaml-feature"},
		{"an explicit key without a blank, in flow", "{?a: 1}\n", "1:3 yaml-feature"},
		{"an explicit key behind characters of many bytes", "{ü: {?a: 1}}\n", "1:7 yaml-feature"},
		{"an explicit key in a list", "[?a: 1]\n", "1:3 yaml-feature"},
		{"a tag", "a: !<b> c\n", "1:4 yaml-feature"},
		{"a tag for the type it has", "a: !!str b\n", "1:4 yaml-feature"},
		{"a tag that makes a text", "a: ! 12\n", "1:4 yaml-feature"},
		{"such a tag on a mapping", "a: ! {b: 1}\n", "1:4 yaml-feature"},
		{"such a tag on a key", "! a: 1\n", "1:1 yaml-feature"},
		{"binary", "a: !!binary YQ==\n", "1:4 yaml-feature"},
		{"a merge in a list", "[<<: {a: 1}]\n", "1:2 yaml-feature"},
		{"the same key in other quotes", "'a': 1\n\"a\": 2\n", "2:1 duplicate-key"},
		{"the same key, escaped", "a: 1\n\"\\x61\": 2\n", "2:1 duplicate-key"},
		{"a key without value", "a:\n", "1:3 null-value"},
		{"a list item of nothing", "- a\n-\n", "2:2 null-value"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc, findings := manifest.Parse("a.yaml", []byte(tt.source), manifest.Limits{})
			if doc != nil || len(findings) == 0 {
				t.Fatalf("accepted: %v", doc.Native())
			}
			checkPositions(t, tt.source, findings)
			f := findings[0]
			if got := strings.TrimPrefix(f.Position(), "a.yaml:") + " " + f.Rule; got != tt.want {
				t.Errorf("%s, want %s; all:\n%s", got, tt.want, lines(findings))
			}
		})
	}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	const source = "kind: App\nspec:\n  scopes:\n    - a\n    - {ü: b, c: d}\n  empty: {}\n"
	doc, findings := manifest.Parse("dir/a.yaml", []byte(source), manifest.Limits{})
	if doc == nil {
		t.Fatal(lines(findings))
	}
	if doc.File() != "dir/a.yaml" || doc.Kind() != manifest.KindApp {
		t.Errorf("File %q, Kind %q", doc.File(), doc.Kind())
	}
	tests := []struct {
		path       string
		value, key manifest.Pos
	}{
		{"", manifest.Pos{Line: 1, Column: 1}, manifest.Pos{Line: 1, Column: 1}},
		{"kind", manifest.Pos{Line: 1, Column: 7}, manifest.Pos{Line: 1, Column: 1}},
		{"spec scopes", manifest.Pos{Line: 4, Column: 5}, manifest.Pos{Line: 3, Column: 3}},
		{"spec scopes 0", manifest.Pos{Line: 4, Column: 7}, manifest.Pos{Line: 4, Column: 7}},
		{"spec scopes 1 c", manifest.Pos{Line: 5, Column: 17}, manifest.Pos{Line: 5, Column: 14}},
		{"spec scopes 2", manifest.Pos{Line: 4, Column: 5}, manifest.Pos{Line: 4, Column: 5}},
		{"spec scopes x", manifest.Pos{Line: 4, Column: 5}, manifest.Pos{Line: 4, Column: 5}},
		{"spec nothing below", manifest.Pos{Line: 3, Column: 3}, manifest.Pos{Line: 3, Column: 3}},
		{"kind below", manifest.Pos{Line: 1, Column: 7}, manifest.Pos{Line: 1, Column: 7}},
	}
	for _, tt := range tests {
		path := strings.Fields(tt.path)
		if got := doc.Position(path...); got != tt.value {
			t.Errorf("Position(%s) = %v, want %v", tt.path, got, tt.value)
		}
		if got := doc.KeyPosition(path...); got != tt.key {
			t.Errorf("KeyPosition(%s) = %v, want %v", tt.path, got, tt.key)
		}
	}
}
