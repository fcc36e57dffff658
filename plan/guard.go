// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/registration"
)

// Refuse sets the plan's refusals: what the limits refuse, except refusals whose
// override is allowed. before is the registrations that the plan starts from, recent
// what earlier runs changed. Changes and digest stay as they are.
func (p *Plan) Refuse(limits guardrail.Limits, before []registration.Sealed, recent []guardrail.Recent, allowed []string) {
	registered := make([]guardrail.Node, len(before))
	for i := range before {
		registered[i] = *guarded(&before[i])
	}
	p.Refusals = limits.Check(registered, p.Guarded(), recent, allowed)
}

// Guarded returns the changes as guardrails see them.
func (p *Plan) Guarded() []guardrail.Change {
	descriptive := descriptiveFields()
	changes := make([]guardrail.Change, len(p.Changes))
	for i, c := range p.Changes {
		changes[i] = guardrail.Change{
			Path: c.Node, Before: guarded(c.Before), After: guarded(c.After), Gains: c.Added,
			Descriptive: c.Action == Update && !slices.ContainsFunc(c.Fields, func(name string) bool { return !descriptive[name] }),
		}
	}
	return changes
}

func guarded(r *registration.Sealed) *guardrail.Node {
	if r == nil {
		return nil
	}
	return &guardrail.Node{
		Path: r.Path, Owner: r.Owner, Domain: r.Domain, Protected: r.Protect,
		Access: len(r.Scopes) > 0 || len(r.Credentials) > 0,
	}
}
