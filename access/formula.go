// SPDX-License-Identifier: Apache-2.0

package access

// A problem is one part of a search that needs automata: a resource pattern and
// one verb.
type problem struct {
	part   part
	meter  *meter
	goal   *formula
	groups [][]string // resource patterns; a word is in a group if one matches
}

// A formula is an expression over groups. It is the rest of the goal when
// everything that holds none or all of the part has been decided.
type formula struct {
	op    op // opUnion: the group
	group int
	l, r  *formula // nil is everything
}

// reduce sets the problem's goal to the rest of n and returns some, or
// returns that n holds none or all of the part. When the meter is spent after
// it, both may be wrong.
func (p *problem) reduce(n *node) share {
	goal, held := p.formula(n)
	p.goal = goal
	return held
}

func (p *problem) formula(n *node) (*formula, share) {
	switch {
	case n == nil:
		return nil, none
	case !p.meter.spend(visitCost):
		return nil, none // wrong, but the meter is spent
	case n.op == opUnion:
		return p.leaf(n.union)
	}
	l, held := p.formula(n.l)
	if n.op.settled(held) {
		return nil, held
	}
	r, rheld := p.formula(n.r)
	switch both := n.op.combine(held, rheld); {
	case both != some:
		return nil, both
	case rheld != some:
		return l, some // the decided side is neutral, or it would have settled both
	case held != some && n.op != opMinus:
		return r, some
	}
	return &formula{op: n.op, l: l, r: r}, some // of everything minus r, l is nil
}

func (p *problem) leaf(u *union) (*formula, share) {
	var group []string
	held := none
	u.meeting(p.part, p.meter, func(s Scope, h share) bool {
		held = max(held, h)
		group = append(group, s.resource())
		return held < all
	})
	if held != some {
		return nil, held
	}
	p.groups = append(p.groups, group)
	return &formula{op: opUnion, group: len(p.groups) - 1}, some
}

// value evaluates the formula by Kleene's logic, given what each group holds.
func (f *formula) value(group func(int) share) share {
	switch {
	case f == nil:
		return all
	case f.op == opUnion:
		return group(f.group)
	}
	l := f.l.value(group)
	if f.op.settled(l) {
		return l
	}
	return f.op.combine(l, f.r.value(group))
}
