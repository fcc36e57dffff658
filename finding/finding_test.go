// SPDX-License-Identifier: Apache-2.0

package finding_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
)

func TestSortIsTotal(t *testing.T) {
	t.Parallel()
	want := []finding.Finding{
		{Rule: "z", Message: "the registry as a whole"},
		{File: "a", Rule: "z", Message: "the file as a whole"},
		{File: "a", Line: 1, Column: 2, Rule: "z"},
		{File: "a", Line: 2, Column: 1, Rule: "a"},
		{File: "a", Line: 2, Column: 1, Rule: "b", Node: "n"},
		{File: "a", Line: 2, Column: 1, Rule: "b", Node: "n", Message: "m"},
		{File: "a", Line: 2, Column: 1, Rule: "b", Node: "n", Message: "m", Severity: finding.Error},
		{File: "a", Line: 2, Column: 1, Rule: "b", Node: "n", Message: "m", Severity: finding.Error, Hint: "h"},
		{File: "a", Line: 2, Column: 1, Rule: "b", Node: "n", Message: "m", Severity: finding.Error, Hint: "h", Allowed: []string{"x"}},
		{File: "a", Line: 10, Column: 1, Rule: "a"},
		{File: "b", Line: 1, Column: 1, Rule: "a"},
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		got := append(slices.Clone(want), want...) // each twice
		random.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		if d := cmp.Diff(want, finding.Sort(got)); d != "" {
			t.Fatalf("order differs (-want +got):\n%s", d)
		}
	}
}

func TestSentenceAndPosition(t *testing.T) {
	t.Parallel()
	f := finding.Finding{
		Rule: "kind", File: "a.yaml", Line: 2, Column: 7,
		Message: `kind is "x"`, Allowed: []string{"App", "Root"}, Hint: "write one of them",
	}
	if got, want := f.Sentence(), `kind is "x"; allowed: App, Root; write one of them`; got != want {
		t.Errorf("sentence is %q, want %q", got, want)
	}
	if got, want := f.Position()+" "+f.Docs(), "a.yaml:2:7 docs/checks.md#kind"; got != want {
		t.Errorf("position and docs are %q, want %q", got, want)
	}
	f.Line, f.Allowed, f.Hint = 0, nil, ""
	if got, want := f.Position()+" "+f.Sentence(), `a.yaml kind is "x"`; got != want {
		t.Errorf("without line %q, want %q", got, want)
	}
	if got := (finding.Finding{}).Position(); got != "" {
		t.Errorf("of the registry as a whole %q", got)
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	list := []finding.Finding{{Severity: finding.Error}, {Severity: finding.Warning}, {Severity: finding.Note}, {Severity: finding.Error}}
	if got := finding.Count(list, finding.Error); got != 2 {
		t.Errorf("%d errors", got)
	}
}

// FuzzQuote checks that a quoted text is one line that no terminal, log or
// workflow takes for anything but text, and that it is never long.
func FuzzQuote(f *testing.F) {
	for _, seed := range []string{"", "plain", "\n::add-mask::x", "\x1b[31m", "\u202e", "\u2028", "\xff", strings.Repeat("ä", 60), strings.Repeat("\xff", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		quoted := finding.Quote(s)
		for _, r := range quoted {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q has the character %U", quoted, r)
			}
		}
		if len(quoted) > 4*80+5 {
			t.Fatalf("%d bytes of %d", len(quoted), len(s))
		}
		if !strings.HasPrefix(quoted, `"`) {
			t.Fatalf("%q is not quoted", quoted)
		}
	})
}
