// SPDX-License-Identifier: Apache-2.0

package access

import (
	"iter"
	"slices"
	"strings"
)

// A union is the words of several scopes together. The scopes are sorted by
// key, then text, and linked: up[i] is the last scope before i whose key begins
// i's key and is shorter, or -1. A string between two others in the order,
// the first of which begins the second, begins so too. Hence the links of a
// scope lead to exactly the keys in the union that begin its own, each time to
// the last of the scopes with that key.
//
// A scope q can share words only with scopes whose keys begin q's key or begin
// with it. The latter are neighbours from q's place on. The former are on the
// way up from the scope before q's place, which has at most as many links as a
// key has characters. So one binary search finds all that matters about q, and a
// union of many unrelated scopes answers in time logarithmic in their number.
type union struct {
	scopes []Scope
	up     []int
}

// newUnion sorts the scopes in place and keeps them.
func newUnion(scopes []Scope) *union {
	slices.SortFunc(scopes, compareKeys)
	u := &union{scopes: slices.Compact(scopes)}
	u.up = make([]int, len(u.scopes))
	for i, s := range u.scopes {
		above := i - 1
		for above >= 0 && !properPrefix(u.scopes[above].key(), s.key()) {
			above = u.up[above]
		}
		u.up[i] = above
	}
	return u
}

func properPrefix(a, b string) bool { return len(a) < len(b) && strings.HasPrefix(b, a) }

func compareKeys(a, b Scope) int {
	if c := strings.Compare(a.key(), b.key()); c != 0 {
		return c
	}
	return strings.Compare(a.text, b.text)
}

// share tells how much of q the union holds. The answers none and all are
// right; it may answer some also when several scopes hold all of q together.
func (u *union) share(q part, m *meter) share {
	held := none
	u.meeting(q, m, func(_ Scope, s share) bool {
		held = max(held, s)
		return held < all
	})
	if m.spent() {
		return some
	}
	return held
}

// meeting calls visit with every scope that shares words with q and how much of
// q it holds, until visit returns false or the meter is spent. If q's own scope
// is in the union it comes first.
func (u *union) meeting(q part, m *meter, visit func(Scope, share) bool) {
	look := func(p Scope) bool {
		if !m.spend(compareCost + (len(p.text)+len(q.text))/compareBytes) {
			return false
		}
		s, segments := p.share(q)
		return m.spend(segments*segmentCost) && (s == none || visit(p, s))
	}
	place, same := slices.BinarySearchFunc(u.scopes, q.Scope, compareKeys)
	if same && !look(q.Scope) {
		return
	}
	for p := range u.above(place, q.key(), m) {
		if !look(p) {
			return
		}
	}
	for _, p := range u.scopes[place:] {
		if !strings.HasPrefix(p.key(), q.key()) || p != q.Scope && !look(p) {
			return
		}
	}
}

// above yields the scopes before a key's place whose keys begin the key.
func (u *union) above(place int, key string, m *meter) iter.Seq[Scope] {
	return func(yield func(Scope) bool) {
		for last := place - 1; last >= 0 && m.spend(linkCost); last = u.up[last] {
			begin := u.scopes[last].key()
			for i := last; strings.HasPrefix(key, begin) && i >= 0 && u.scopes[i].key() == begin; i-- {
				if !yield(u.scopes[i]) {
					return
				}
			}
		}
	}
}
