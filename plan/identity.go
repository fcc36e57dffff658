// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"slices"
	"strings"

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
	var result []IdentityChange
	for subject := range affected {
		change := IdentityChange{
			Identity: subject,
			Gains:    uncovered(holds[subject], held[subject]),
			Loses:    uncovered(held[subject], holds[subject]),
		}
		if len(change.Gains)+len(change.Loses) > 0 {
			result = append(result, change)
		}
	}
	slices.SortFunc(result, func(a, b IdentityChange) int { return strings.Compare(a.Identity, b.Identity) })
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
