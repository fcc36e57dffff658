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
	registered := make([]guardrail.Node, len(before))
	for i := range before {
		registered[i] = *guarded(&before[i])
	}
	changes := make([]guardrail.Change, len(p.Changes))
	for i, c := range p.Changes {
		changes[i] = guardrail.Change{Path: c.Node, Before: guarded(c.Before), After: guarded(c.After), Gains: c.Added}
	}
	p.Refusals = limits.Check(registered, changes, allowed)
}

func guarded(r *registration.Sealed) *guardrail.Node {
	if r == nil {
		return nil
	}
	return &guardrail.Node{
		Owner: r.Owner, Domain: r.Domain, Protected: r.Protect,
		Access: len(r.Scopes) > 0 || len(r.Credentials) > 0,
	}
}
