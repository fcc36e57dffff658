// SPDX-License-Identifier: Apache-2.0

package access

// A share tells how many words of a part a set holds. The three are the truth
// values of Kleene's three-valued logic, in which min is "and", max is "or" and
// some is "not known": a definite answer about an expression stays right
// for every value of the indefinite ones.
type share int8

const (
	none share = iota // no word
	some              // a few or, of an expression, not known
	all               // every word
)

// not returns the share that the complement holds.
func (s share) not() share { return all - s }

// An op is how a node of an expression is put together.
type op int8

const (
	opUnion op = iota // of scopes
	opOr
	opAnd
	opMinus
)

// combine returns what an operation holds whose operands hold l and r.
func (o op) combine(l, r share) share {
	switch o {
	case opOr:
		return max(l, r)
	case opAnd:
		return min(l, r)
	default:
		return min(l, r.not())
	}
}

// settled reports whether the left operand alone decides.
func (o op) settled(l share) bool {
	if o == opOr {
		return l == all
	}
	return l == none
}
