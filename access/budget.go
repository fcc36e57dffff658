// SPDX-License-Identifier: Apache-2.0

package access

// What a question may spend when a budget is used up: reserveSteps while the reserve
// lasts, which is enough for wildcards that do not overlap, and then floorSteps,
// which is enough for sets without wildcards.
const (
	reserveSteps = 1 << 12
	floorSteps   = 1 << 7
)

// runSteps is what a run may spend: about two seconds.
const runSteps = 32 * DefaultBudget

// A Budget answers many questions with a limited number of steps, so that the number
// of hard questions in a hostile registry does not decide what they cost. While steps
// are left, each question may spend as many as a [Prover] does. The same questions in
// the same order always get the same answers. Do not use a Budget from several
// goroutines.
type Budget struct {
	left    int // of the steps for all questions
	reserve int // of those for questions that come later
}

// NewBudget returns a budget of a number of steps for all questions together.
// Zero or less means 32 times DefaultBudget, about two seconds: a run has one budget.
// A quarter as many are kept in reserve.
func NewBudget(steps int) *Budget {
	if steps <= 0 {
		steps = runSteps
	}
	return &Budget{left: steps, reserve: max(steps/4, reserveSteps)}
}

// refill gives the budget more steps, but never more than it had at first.
func (s *Budget) refill(steps int) { s.left = max(s.left, min(s.left+steps, runSteps)) }

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
	steps := max(min(DefaultBudget, s.left), min(reserveSteps, s.reserve), floorSteps)
	word, left := leastWord(goal, steps)
	spent := steps - max(left, 0)
	s.reserve = max(s.reserve-max(spent-s.left, 0), 0)
	s.left = max(s.left-spent, 0)
	return outcome{word, left >= 0 || word != ""}
}
