// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"maps"
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/registration"
)

// identityChanges returns what each identity gains and loses. An identity holds the
// union of what all nodes hold that it can act as, so only identities of a changed
// node can be affected.
func identityChanges(before, after []registration.Sealed, changes []Change) []IdentityChange {
	affected := map[string]bool{}
	for _, c := range changes {
		for _, r := range []*registration.Sealed{c.Before, c.After} {
			if r == nil {
				continue
			}
			for _, subject := range r.Subjects() {
				affected[subject] = true
			}
		}
	}
	held := scopesByIdentity(before, affected)
	holds := scopesByIdentity(after, affected)
	budget := access.NewBudget(changeSteps)
	var result []IdentityChange
	for _, subject := range slices.Sorted(maps.Keys(affected)) { // in order, for the budget
		change := IdentityChange{
			Identity: subject,
			Gains:    uncovered(budget, holds[subject], held[subject]),
			Loses:    uncovered(budget, held[subject], holds[subject]),
		}
		if len(change.Gains)+len(change.Loses) > 0 {
			result = append(result, change)
		}
	}
	return result
}

func scopesByIdentity(all []registration.Sealed, wanted map[string]bool) map[string][]string {
	scopes := map[string][]string{}
	for _, r := range all {
		for _, subject := range r.Subjects() {
			if wanted[subject] {
				scopes[subject] = append(scopes[subject], r.Scopes...)
			}
		}
	}
	for subject, list := range scopes {
		slices.Sort(list)
		scopes[subject] = slices.Compact(list)
	}
	return scopes
}
