// SPDX-License-Identifier: Apache-2.0

package access

// reserve is what each question may spend when the budget is used up: enough for
// sets without wildcards, and for wildcards that do not overlap.
const reserve = 1 << 12

// A Budget answers many questions with a limited number of steps, so that a
// hostile registry costs a constant times one hostile question. While steps are
// left, each question may spend as many as a [Prover] does. The same questions in
// the same order always get the same answers. Do not use a Budget from several
// goroutines.
type Budget struct{ left int }

// NewBudget returns a budget of a number of steps for all questions together.
// Zero or less means 64 times DefaultBudget, about four seconds: a run has one budget.
func NewBudget(steps int) *Budget {
	const questions = 64
	if steps <= 0 {
		steps = questions * DefaultBudget
	}
	return &Budget{left: steps}
}

// Included is [Prover.Included].
func (s *Budget) Included(a, b Set) Answer {
	return s.leastWord(&node{op: opMinus, l: a.root, r: b.root}).holdsIfNone()
}

// Overlap is [Prover.Overlap].
func (s *Budget) Overlap(a, b Set) Answer {
	if a.root == nil || b.root == nil {
		return Answer{Complete: true}
	}
	return s.leastWord(&node{op: opAnd, l: a.root, r: b.root}).holdsIfAny()
}

func (s *Budget) leastWord(goal *node) outcome {
	steps := max(min(DefaultBudget, s.left), reserve)
	word, left := leastWord(goal, steps)
	s.left = max(s.left-(steps-max(left, 0)), 0)
	return outcome{word, left >= 0 || word != ""}
}
