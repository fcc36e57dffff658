// SPDX-License-Identifier: Apache-2.0

package access

// An Answer is what a question about sets came to.
//
// Witness is a word, in the form of a scope. It is the shortest one there is
// and, among those, the first in the order of the characters x y z, a to w, X Y
// Z, A to W, 0 to 9, "-", "_", ".", "$", "/", ":". Only when the budget ended
// after a word was found may there be a shorter one.
//
// Complete is false if the question is too complex to prove within the budget.
// Then Holds is false and there is no Witness.
type Answer struct {
	Holds    bool
	Complete bool
	Witness  string
}

// A Prover answers questions within a budget. It keeps no state: it may be used
// by many at once, and the same question always gets the same answer. The zero
// Prover has the default budget. It is for one question; for many, whose number the
// input decides, use a [Budget].
type Prover struct{ budget int }

// NewProver returns a prover that may spend the given number of steps on each
// question; zero or less means DefaultBudget.
func NewProver(budget int) *Prover { return &Prover{budget: budget} }

// Included answers whether every word of a is in b. The witness of a "no" is a
// word of a that is not in b.
func (p *Prover) Included(a, b Set) Answer {
	return p.leastWord(&node{op: opMinus, l: a.root, r: b.root}).holdsIfNone()
}

// Overlap answers whether some word is in both a and b. The witness of a "yes"
// is such a word.
func (p *Prover) Overlap(a, b Set) Answer {
	if a.root == nil || b.root == nil {
		return Answer{Complete: true}
	}
	return p.leastWord(&node{op: opAnd, l: a.root, r: b.root}).holdsIfAny()
}

// outcome is the end of a search.
type outcome struct {
	word     string
	complete bool
}

func (p *Prover) leastWord(goal *node) outcome {
	budget := p.budget
	if budget <= 0 {
		budget = DefaultBudget
	}
	word, left := leastWord(goal, budget)
	return outcome{word, left >= 0 || word != ""}
}

func (o outcome) holdsIfNone() Answer {
	return Answer{Holds: o.complete && o.word == "", Complete: o.complete, Witness: o.word}
}

func (o outcome) holdsIfAny() Answer {
	return Answer{Holds: o.word != "", Complete: o.complete, Witness: o.word}
}
