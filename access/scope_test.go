// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

func TestParseCanonical(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
		literal          bool
	}{
		{"one segment", "orders:read", "orders:read", true},
		{"segments", "orders/carts/7:read", "orders/carts/7:read", true},
		{"every character", "aZ0._$-/b:aZ0._-", "aZ0._$-/b:aZ0._-", true},
		{"verbs sorted", "orders:write,read", "orders:read,write", true},
		{"verbs once", "orders:read,read", "orders:read", true},
		{"verbs sorted and once", "o:b,a,b,a", "o:a,b", true},
		{"case matters", "o:a,B", "o:B,a", true},
		{"any verb swallows", "orders:read,*,write", "orders:*", false},
		{"star segment", "orders/*/x:read", "orders/*/x:read", false},
		{"star inside", "orders/a*b*:read", "orders/a*b*:read", false},
		{"last deep", "orders/**:read", "orders/**:read", false},
		{"everything", "**:*", "**:*", false},
		{"longest", strings.Repeat("a", access.MaxLength-2) + ":r", strings.Repeat("a", access.MaxLength-2) + ":r", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := access.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != tt.want || got.Literal() != tt.literal {
				t.Errorf("Parse(%q) = %q, literal %v; want %q, %v", tt.text, got, got.Literal(), tt.want, tt.literal)
			}
			if again := parse(t, got.String()); again != got {
				t.Errorf("Parse(%q) is not the scope it was printed from", got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		offset     int
		reason     string // how it begins
	}{
		{"nothing", "", 0, "no resource"},
		{"no resource", ":read", 0, "no resource"},
		{"no colon", "orders", 6, "no verb"},
		{"no verb", "orders:", 7, "empty verb"},
		{"first segment empty", "/orders:read", 0, "empty segment"},
		{"middle segment empty", "orders//x:read", 7, "empty segment"},
		{"last segment empty", "orders/:read", 7, "empty segment"},
		{"space in resource", "or ders:read", 2, `" " in a resource`},
		{"not ASCII", "örders:read", 0, `"ö" in a resource`},
		{"not UTF-8", "a\xffb:read", 1, `"\xff" in a resource`},
		{"line break", "a/b\n:read", 3, `"\n" in a resource`},
		{"deep in the middle", "a/**/b:read", 2, `misplaced "**"`},
		{"deep as suffix", "a**:read", 1, `misplaced "**"`},
		{"deep as prefix", "x/**a:read", 2, `misplaced "**"`},
		{"three stars", "***:read", 0, `misplaced "**"`},
		{"space before verb", "orders: read", 7, `" " in a verb`},
		{"space after comma", "orders:read, write", 12, `" " in a verb`},
		{"trailing comma", "orders:read,", 12, "empty verb"},
		{"comma only", "orders:,", 7, "empty verb"},
		{"dollar in verb", "orders:$read", 7, `"$" in a verb`},
		{"star in verb", "orders:re*", 9, `"*" in a verb`},
		{"deep verb", "orders:**", 7, `"*" in a verb`},
		{"second colon", "orders:read:write", 11, `":" in a verb`},
		{"slash in verb", "orders:read/x", 11, `"/" in a verb`},
		{"too long", strings.Repeat("a", access.MaxLength) + ":r", access.MaxLength, "1026 bytes long; at most 1024"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := access.Parse(tt.text)
			syntax, is := errors.AsType[*access.SyntaxError](err)
			if !is {
				t.Fatalf("Parse(%q) = %q, %v; want a *SyntaxError", tt.text, got, err)
			}
			if got != (access.Scope{}) {
				t.Errorf("Parse(%q) = %q with its error, want the zero Scope", tt.text, got)
			}
			if syntax.Text != tt.text || syntax.Offset != tt.offset || !strings.HasPrefix(syntax.Reason, tt.reason) {
				t.Errorf("Parse(%q): offset %d, reason %q; want %d, %q", tt.text, syntax.Offset, syntax.Reason, tt.offset, tt.reason)
			}
		})
	}
}

func TestSyntaxErrorMessage(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"a**:read", `scope "a**:read": misplaced "**"; "**" is allowed only as the whole of the last segment`},
		{"orders:rëad", `scope "orders:rëad": "ë" in a verb; a verb is "*" or made of A-Z a-z 0-9 . _ -`},
		{"orders", `scope "orders": no verb; a scope is resource:verb[,verb], as in "orders/carts:read,write"`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			if _, err := access.Parse(tt.text); err == nil || err.Error() != tt.want {
				t.Errorf("Parse(%q): %v\nwant %s", tt.text, err, tt.want)
			}
		})
	}
}

func TestParseCanonicalTextAllocatesNothing(t *testing.T) {
	for _, text := range []string{"orders/carts:read,write", "orders/*/x:*"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = access.Parse(text) }); n != 0 {
			t.Errorf("Parse(%q) allocates %v times, want 0", text, n)
		}
	}
}

// parse returns the scope of a text that is one.
func parse(t testing.TB, text string) access.Scope {
	t.Helper()
	scope, err := access.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return scope
}

// union returns the union of scopes that are separated by spaces.
func union(t testing.TB, texts string) access.Set {
	t.Helper()
	var scopes []access.Scope
	for text := range strings.FieldsSeq(texts) {
		scopes = append(scopes, parse(t, text))
	}
	return access.Union(scopes...)
}
