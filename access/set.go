// SPDX-License-Identifier: Apache-2.0

package access

import "slices"

// A Set is a set of words: any combination of unions, intersections and
// differences of scopes. It is immutable and may be shared. The zero Set is
// empty. A Set is small, so it is passed by value; == does not compare what it
// holds, see [Included].
type Set struct{ root *node }

// Union returns the words that at least one of the scopes holds.
func Union(scopes ...Scope) Set {
	scopes = slices.DeleteFunc(slices.Clone(scopes), func(s Scope) bool { return s == Scope{} })
	if len(scopes) == 0 {
		return Set{}
	}
	return Set{unionNode(newUnion(scopes))}
}

// UnionOf returns the union of scopes given as text. Text that is not a scope
// grants nothing; to report it, parse it with Parse.
func UnionOf(texts []string) Set {
	scopes := make([]Scope, 0, len(texts))
	for _, text := range texts {
		if scope, err := Parse(text); err == nil {
			scopes = append(scopes, scope)
		}
	}
	return Union(scopes...)
}

// Everything returns the set of all words, the language of "**:*".
func Everything() Set { return Union(newScope("**:*", len("**"))) }

// Or returns the words that are in s or t.
func (s Set) Or(t Set) Set {
	switch {
	case s.root == nil:
		return t
	case t.root == nil:
		return s
	case t.root.op == opUnion:
		return Set{join(s.root, t.root)}
	case s.root.op == opUnion:
		return Set{join(t.root, s.root)}
	default:
		return Set{newNode(opOr, s.root, t.root)}
	}
}

// And returns the words that are in both s and t.
func (s Set) And(t Set) Set {
	if s.root == nil || t.root == nil {
		return Set{}
	}
	return Set{newNode(opAnd, s.root, t.root)}
}

// Minus returns the words that are in s and not in t.
func (s Set) Minus(t Set) Set {
	if s.root == nil || t.root == nil {
		return s
	}
	return Set{newNode(opMinus, s.root, t.root)}
}

// Allows reports whether the set holds every word of a scope. For a literal
// scope the answer is exact and costs no allocation. For one with wildcards it
// is that of [Prover.Included], which may be false because a proof was too complex. The
// zero Scope, which no text describes, is not allowed.
func (s Set) Allows(scope Scope) bool {
	if scope == (Scope{}) {
		return false
	}
	if !scope.Literal() {
		return new(Prover).Included(Union(scope), s).Holds
	}
	m := meter{left: DefaultBudget}
	for verb := range eachVerb(scope.verbs()) {
		if s.root.share(part{scope, verb}, &m) != all {
			return false
		}
	}
	return true
}

// A node is a set as an expression: a union, or an operation on two nodes. A
// nil node is the empty set.
type node struct {
	op    op
	union *union
	l, r  *node
	cover cover
}

// A cover is the price of going through scopes that together hold every word of
// a node: first the number of those with wildcards, then the number of all.
type cover struct{ wild, scopes int }

// manyScopes is where covers stop to count. Nodes can share operands, so the
// true number can be exponential in the size of an expression.
const manyScopes = 1 << 30

func (c cover) plus(d cover) cover {
	return cover{min(c.wild+d.wild, manyScopes), min(c.scopes+d.scopes, manyScopes)}
}

func (c cover) less(d cover) bool {
	return c.wild < d.wild || c.wild == d.wild && c.scopes < d.scopes
}

func unionNode(u *union) *node {
	c := cover{scopes: len(u.scopes)}
	for _, s := range u.scopes {
		if s.wild() {
			c.wild++
		}
	}
	return &node{op: opUnion, union: u, cover: c}
}

func newNode(op op, l, r *node) *node {
	n := &node{op: op, l: l, r: r, cover: l.cover}
	switch {
	case op == opOr:
		n.cover = l.cover.plus(r.cover)
	case op == opAnd && r.cover.less(l.cover):
		n.cover = r.cover
	}
	return n
}

// join returns n or leaf, where leaf is a union. Like a carry in a binary
// counter, leaf is merged into the last union of n unless that is more than
// twice its size. So n sets that are added one by one are sorted and merged in
// O(n log² n), and end in O(log n) unions.
func join(n, leaf *node) *node {
	last := n
	if n.op == opOr {
		last = n.r
	}
	if last.op != opUnion || len(last.union.scopes) > 2*len(leaf.union.scopes) {
		return newNode(opOr, n, leaf)
	}
	merged := unionNode(newUnion(slices.Concat(last.union.scopes, leaf.union.scopes)))
	if n.op == opOr {
		return join(n.l, merged)
	}
	return merged
}

// share tells how much of q the set holds, by Kleene's logic: none and all are
// right, some means not known.
func (n *node) share(q part, m *meter) share {
	switch {
	case n == nil:
		return none
	case !m.spend(visitCost):
		return some
	case n.op == opUnion:
		return n.union.share(q, m)
	}
	l := n.l.share(q, m)
	if n.op.settled(l) {
		return l
	}
	return n.op.combine(l, n.r.share(q, m))
}
