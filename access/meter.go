// SPDX-License-Identifier: Apache-2.0

package access

// DefaultBudget is the work that one question may cost, in steps, if nothing
// else is asked for. A step is one machine word of one transition of the product
// automaton, or a part of a comparison of two scopes: a few nanoseconds. What
// grows no faster than the sets themselves, such as finding the place of each
// scope, costs as little as having read them and is not counted. The default
// lets the search visit about 100,000 states of 64 positions, keeps any question
// under about 50 ms and what it stores under 16 MiB, so that a difference, which
// asks two, stays within 250 ms and 64 MiB on a machine half as fast.
const DefaultBudget = 8 << 20

// The cost of each operation, in steps.
const (
	visitCost      = 1 // one node of an expression
	linkCost       = 1 // one link of a union
	compareCost    = 4 // two scopes, and one step more for each compareBytes of their texts
	compareBytes   = 16
	segmentCost    = 2 // two segments of scopes that are compared
	transitionCost = 8 // one transition, and one step more for each word of the state
	storeCost      = 8 // each word of a stored state; a bound on memory more than on time
	stateWords     = 2 // stored beside a state: where it came from, its place in the table
)

// A meter counts down the steps that are left.
type meter struct{ left int }

// spend takes steps and reports whether there were as many.
func (m *meter) spend(steps int) bool {
	m.left -= steps
	return m.left >= 0
}

func (m *meter) spent() bool { return m.left < 0 }
