// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"fmt"
	"slices"
)

// transition is one row of the machine: the step that leads from one state to the
// next, and the calls to providers and sinks that the step makes, in order.
type transition struct {
	from, to State
	step     func(*machine, context.Context) error
	calls    func(estimates) []Call
}

// transitions returns the rows of an origin, in the order of a rotation. The run
// carries out the step of the row of its state; the dry run lists the calls of
// that row and of those below it.
func transitions(origin Origin) []transition {
	create := []transition{
		{Prepared, Staged, (*machine).createAndStage, func(e estimates) []Call { return slices.Concat(e.source.Create, e.stage()) }},
		{Staged, Verified, (*machine).verify, func(e estimates) []Call { return e.source.Verify }},
	}
	if origin == ClientGenerated {
		create = []transition{
			{Prepared, Staged, (*machine).generate, func(e estimates) []Call { return e.stage() }},
			{Staged, Created, (*machine).create, func(e estimates) []Call { return e.source.Create }},
			{Created, Verified, (*machine).verify, func(e estimates) []Call { return e.source.Verify }},
		}
	}
	return append(create,
		transition{Verified, Delivered, (*machine).deliver, func(e estimates) []Call { return e.deliveries() }},
		transition{Delivered, Promoted, (*machine).promote, func(estimates) []Call { return nil }},
		transition{Promoted, Revoked, (*machine).revoke, func(e estimates) []Call { return e.revoke() }},
		transition{Revoked, Done, (*machine).clean, func(e estimates) []Call { return e.unstage() }},
	)
}

// remaining returns the rows that a rotation in a state has before it; all rows
// for "", a rotation that has not begun.
func remaining(origin Origin, state State) ([]transition, error) {
	rows := transitions(origin)
	if state == "" {
		return rows, nil
	}
	at := slices.IndexFunc(rows, func(t transition) bool { return t.from == state })
	if at < 0 {
		return nil, fmt.Errorf("unknown state %q of a rotation whose value is %s", state, origin)
	}
	return rows[at:], nil
}

// reached reports whether a rotation of an origin that is in one state has been
// through another.
func reached(origin Origin, state, other State) bool {
	rows, err := remaining(origin, state)
	return err == nil && state != "" && !slices.ContainsFunc(rows, func(t transition) bool { return t.to == other })
}
