// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

// TestAnyBudgetIsNeverWrong asks the same questions with every budget from one
// step up to enough: an answer may be incomplete, but a proof that it gives and
// an example that it shows are those of the full budget or, for an example, at
// least true.
func TestAnyBudgetIsNeverWrong(t *testing.T) {
	t.Parallel()
	check := exactCheck{letters: "ab", universe: newUniverse("xab", 3, "x", "r", "w", "go")}
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(2, seed))
		a, b := check.texts(r), check.texts(r)
		full := access.NewProver(0).Included(a.set(), b.set())
		if !full.Complete {
			t.Fatalf("%v in %v: not complete", a, b)
		}
		for budget := 1; ; budget += 1 + budget/8 {
			got := access.NewProver(budget).Included(a.set(), b.set())
			switch {
			case got.Holds && (!full.Holds || !got.Complete):
				t.Fatalf("%v in %v with %d steps: %+v; with all %+v", a, b, budget, got, full)
			case got.Witness != "" && (got.Holds || !got.Complete || !a.holds(got.Witness) || b.holds(got.Witness)):
				t.Fatalf("%v in %v with %d steps: %+v is no witness", a, b, budget, got)
			case !got.Holds && got.Complete != (got.Witness != ""):
				t.Fatalf("%v in %v with %d steps: %+v", a, b, budget, got)
			}
			if got == full && budget > 1<<14 {
				break
			}
			if budget > 1<<24 {
				t.Fatalf("%v in %v with %d steps: %+v; by default %+v", a, b, budget, got, full)
			}
		}
	}
}

// lacking returns the resources that lack one of the first n characters. What is
// not in it has each of them, in any order, so that a search must remember which
// ones it saw: 2^n states.
func lacking(t testing.TB, n int) access.Set {
	t.Helper()
	all, lacking := union(t, "*:r"), access.Set{}
	for _, c := range verbCharacters[:n] {
		lacking = lacking.Or(all.Minus(union(t, fmt.Sprintf("*%c*:r", c))))
	}
	return lacking
}

func TestTooComplex(t *testing.T) {
	t.Parallel()
	before, after := lacking(t, 24), union(t, "*:r")
	want := access.Diff{NewAccess: true, RemovedAccess: true}
	if got := access.Difference(before, after); got != want {
		t.Errorf("Difference = %+v, want %+v", got, want)
	}
	if got := access.NewProver(0).Included(after, before); got != (access.Answer{}) {
		t.Errorf("Included = %+v, want the zero Answer", got)
	}
	if got := access.NewProver(0).Overlap(after, after.Minus(before)); got != (access.Answer{}) {
		t.Errorf("Overlap = %+v, want the zero Answer", got)
	}
	if after.Minus(before).Allows(parse(t, "a*:r")) {
		t.Error("Allows what is not proven")
	}
}

func TestNotTooComplex(t *testing.T) {
	t.Parallel()
	want := access.Answer{Complete: true, Witness: "abcdefghijkl:r"}
	if got := access.NewProver(0).Included(union(t, "*:r"), lacking(t, 12)); got != want {
		t.Errorf("Included = %+v, want %+v", got, want)
	}
}

// TestManyStarsStayCheap has patterns with so many stars that sets of positions
// without the rule of the furthest star would be 2^60.
func TestManyStarsStayCheap(t *testing.T) {
	t.Parallel()
	stars := "*" + strings.Repeat("ab*", 60)
	a, b := union(t, stars+":r"), union(t, "*"+strings.Repeat("b*a*", 60)+":r")
	got := access.NewProver(0).Included(a, b)
	if want := (access.Answer{Complete: true, Witness: strings.Repeat("ab", 60) + ":r"}); got != want {
		t.Errorf("Included = %+v, want %+v", got, want)
	}
}

// TestManyScopesOfOneKey has no work that grows as the square of a set.
func TestManyScopesOfOneKey(t *testing.T) {
	t.Parallel()
	list := func(format string) (all []string) {
		for i := range 20_000 {
			all = append(all, fmt.Sprintf(format, i))
		}
		return all
	}
	a, b := unionOf(list("ab*%d:r")), unionOf(list("ac*%d:r"))
	for _, budget := range []int{0, 20_000 * 20} {
		want := access.Answer{Complete: true}
		if got := access.NewProver(budget).Overlap(a, b); got != want {
			t.Errorf("Overlap within %d steps = %+v, want %+v", budget, got, want)
		}
	}
}
