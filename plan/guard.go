// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/registration"
)

// Refuse sets the plan's refusals: what the limits refuse, except refusals whose
// override is allowed. before is the registrations that the plan starts from. Changes
// and digest stay as they are.
func (p *Plan) Refuse(limits guardrail.Limits, before []registration.Sealed, allowed []string) {
	owners := make([]string, len(before))
	for i, r := range before {
		owners[i] = r.Owner
	}
	changes := make([]guardrail.Change, len(p.Changes))
	for i, c := range p.Changes {
		changes[i] = guardrail.Change{Path: c.Node, Before: guarded(c.Before), After: guarded(c.After), Gains: c.Added}
	}
	p.Refusals = limits.Check(owners, changes, allowed)
}

func guarded(r *registration.Sealed) *guardrail.Node {
	if r == nil {
		return nil
	}
	return &guardrail.Node{Owner: r.Owner, Protected: r.Protect}
}
