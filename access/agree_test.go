// SPDX-License-Identifier: Apache-2.0

package access

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The engine decides most questions without its automata. These tests hold
// each way around them against the long way.

func TestShortCutsAgreeWithSearch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		goal := drawSet(t, 3).root
		got, left := leastWord(goal, DefaultBudget)
		if left < 0 {
			t.Fatal("not complete")
		}
		if want := longWay(goal); got != want {
			t.Fatalf("least word %q, by automata alone %q", got, want)
		}
	})
}

func TestAllowsAgreesWithSearch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set, scope := drawSet(t, 2), drawScope(t)
		want := longWay(&node{op: opMinus, l: Union(scope).root, r: set.root}) == ""
		if got := set.Allows(scope); got != want {
			t.Fatalf("Allows(%s) = %v, by automata alone %v", scope, got, want)
		}
	})
}

func TestUnionFindsWhatMeets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		u, q := newUnion(drawScopes(t, 40)), drawScope(t).whole()
		want, got := map[Scope]share{}, map[Scope]share{}
		for _, p := range u.scopes {
			if s, _ := p.share(q); s != none {
				want[p] = s
			}
		}
		u.meeting(q, &meter{left: DefaultBudget}, func(p Scope, s share) bool {
			if _, twice := got[p]; twice {
				t.Fatalf("%s twice", p)
			}
			got[p] = s
			return true
		})
		if !maps.Equal(got, want) {
			t.Fatalf("%v meets, in %v, %v; want %v", q, u.scopes, got, want)
		}
	})
}

func TestShareOfTwoScopesIsExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, q := drawScope(t), drawScope(t)
		want := all
		switch {
		case longWay(&node{op: opAnd, l: Union(p).root, r: Union(q).root}) == "":
			want = none
		case longWay(&node{op: opMinus, l: Union(q).root, r: Union(p).root}) != "":
			want = some
		}
		if got, _ := p.share(q.whole()); got != want {
			t.Fatalf("%s holds of %s %d, want %d", p, q, got, want)
		}
	})
}

func TestOrOneByOneIsUnion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scopes := drawScopes(t, 60)
		var set Set
		for _, s := range scopes {
			set = set.Or(Union(s))
		}
		if d := Difference(set, Union(scopes...)); d != (Diff{Complete: true}) {
			t.Fatalf("%v: %+v", scopes, d)
		}
		unions, total := 0, 0
		for n := set.root; n != nil; n = n.l {
			last := n
			if n.op == opOr {
				last = n.r
			}
			unions, total = unions+1, total+len(last.union.scopes)
			if len(last.union.scopes) < 1<<unions/4 {
				t.Fatalf("union %d from the end has only %d scopes", unions, len(last.union.scopes))
			}
		}
	})
}

// TestPiecesOfEveryCharacter is the hardest case of segmentShare: every run of
// one character, put in place of all stars of q at once, is matched by p.
func TestPiecesOfEveryCharacter(t *testing.T) {
	t.Parallel()
	var p, q strings.Builder
	p.WriteString("*")
	for i, c := range segmentAlphabet {
		p.WriteString(string(c) + "*")
		if i+1 < len(segmentAlphabet) {
			q.WriteString("*" + segmentAlphabet[i+1:i+2] + string(c))
		}
	}
	q.WriteString("*")
	for _, c := range segmentAlphabet {
		if text := strings.ReplaceAll(q.String(), "*", string(c)); !match(p.String(), text) {
			t.Fatalf("%s does not match %s", p.String(), text)
		}
	}
	if got := segmentShare(p.String(), q.String()); got != some {
		t.Errorf("share %d, want some", got)
	}
	word, left := leastWord(&node{
		op: opMinus,
		l:  Union(newScope(q.String()+":r", q.Len())).root,
		r:  Union(newScope(p.String()+":r", p.Len())).root,
	}, DefaultBudget)
	if want := strings.ReplaceAll(q.String(), "*", "") + ":r"; word != want || left < 0 {
		t.Errorf("least word %q, %d steps left; want %q", word, left, want)
	}
}

func TestNextVerbCountsInOrder(t *testing.T) {
	t.Parallel()
	verb, seen := "x", 0
	for len(verb) < 3 {
		next := string(nextVerb([]byte(verb)))
		if !less(verb, next) {
			t.Fatalf("%q is not before %q", verb, next)
		}
		verb, seen = next, seen+1
	}
	if n := len(verbAlphabet); seen != n+n*n {
		t.Errorf("%d verbs of up to two characters, want %d", seen, n+n*n)
	}
}

// longWay returns the least word of a goal by one search through all words, in
// which nothing is left out and nothing decided beforehand.
func longWay(goal *node) string {
	named := map[string]bool{}
	allVerbs(goal, named)
	named[unnamedVerb(named)] = true
	best := ""
	for _, verb := range slices.Sorted(maps.Keys(named)) {
		p := problem{part: part{newScope("**:*", 2), verb}, meter: &meter{left: math.MaxInt}}
		p.goal = p.unreduced(goal)
		if resource := p.solve(math.MaxInt); resource != "" {
			if word := resource + ":" + verb; best == "" || less(word, best) {
				best = word
			}
		}
	}
	return best
}

func allVerbs(n *node, named map[string]bool) {
	switch {
	case n == nil:
	case n.op == opUnion:
		for _, s := range n.union.scopes {
			for verb := range strings.SplitSeq(s.verbs(), ",") {
				named[verb] = true
			}
		}
		delete(named, anyVerb)
	default:
		allVerbs(n.l, named)
		allVerbs(n.r, named)
	}
}

func (p *problem) unreduced(n *node) *formula {
	var group []string
	if n != nil && n.op != opUnion {
		return &formula{op: n.op, l: p.unreduced(n.l), r: p.unreduced(n.r)}
	}
	if n != nil {
		for _, s := range n.union.scopes {
			if list := strings.Split(s.verbs(), ","); list[0] == anyVerb || slices.Contains(list, p.part.only) {
				group = append(group, s.resource())
			}
		}
	}
	p.groups = append(p.groups, group)
	return &formula{op: opUnion, group: len(p.groups) - 1}
}

// drawSet draws an expression of up to the given depth.
func drawSet(t *rapid.T, depth int) Set {
	if depth == 0 || rapid.IntRange(0, 3).Draw(t, "leaf") == 0 {
		return Union(drawScopes(t, 4)...)
	}
	l, r := drawSet(t, depth-1), drawSet(t, depth-1)
	switch rapid.SampledFrom([]op{opOr, opAnd, opMinus}).Draw(t, "op") {
	case opOr:
		return l.Or(r)
	case opAnd:
		return l.And(r)
	default:
		return l.Minus(r)
	}
}

func drawScopes(t *rapid.T, most int) []Scope {
	return rapid.SliceOfN(rapid.Custom(drawScope), 0, most).Draw(t, "scopes")
}

func drawScope(t *rapid.T) Scope {
	segment := rapid.SampledFrom([]string{
		"a", "b", "x", "*", "*", "*", "aa", "ab", "ba", "a*", "b*", "*a", "*b", "a*b", "*a*", "*ab*", "*a*b*", "b*a*", "ab*ba", "xy", "x*", "*y",
	})
	segments := rapid.SliceOfN(segment, 1, 3).Draw(t, "segments")
	switch rapid.IntRange(0, 5).Draw(t, "deep") {
	case 0:
		segments = []string{deep}
	case 1:
		segments = append(segments, deep)
	}
	verbs := rapid.SampledFrom([]string{"r", "r", "r", "w", "x", "*", "r,w", "go,r", "go,r,w,x"}).Draw(t, "verbs")
	scope, err := Parse(strings.Join(segments, "/") + ":" + verbs)
	if err != nil {
		t.Fatal(err)
	}
	return scope
}
