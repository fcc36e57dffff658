// SPDX-License-Identifier: Apache-2.0

package access

// pocket is what a question may spend that finds the purse empty: enough for
// sets without wildcards, and for wildcards that do not meet.
const pocket = 1 << 12

// A Purse answers many questions from one budget, so that a hostile registry
// costs as much as one hostile question does times a constant. A question may
// spend as much as it may of a [Prover], while there is something left. The
// same questions in the same order always get the same answers. A Purse is not
// for several goroutines.
type Purse struct{ left int }

// NewPurse returns a purse with a number of steps for all questions together;
// zero or less means 16 times DefaultBudget, about a second.
func NewPurse(steps int) *Purse {
	const questions = 16
	if steps <= 0 {
		steps = questions * DefaultBudget
	}
	return &Purse{left: steps}
}

// Included is [Prover.Included].
func (p *Purse) Included(a, b Set) Answer {
	return p.leastWord(&node{op: opMinus, l: a.root, r: b.root}).holdsIfNone()
}

// Overlap is [Prover.Overlap].
func (p *Purse) Overlap(a, b Set) Answer {
	if a.root == nil || b.root == nil {
		return Answer{Complete: true}
	}
	return p.leastWord(&node{op: opAnd, l: a.root, r: b.root}).holdsIfAny()
}

func (p *Purse) leastWord(goal *node) outcome {
	budget := max(min(DefaultBudget, p.left), pocket)
	word, left := leastWord(goal, budget)
	p.left = max(p.left-(budget-max(left, 0)), 0)
	return outcome{word, left >= 0 || word != ""}
}
