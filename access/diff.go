// SPDX-License-Identifier: Apache-2.0

package access

// A Diff is what a change from one set to another adds and takes away, with an
// example of each.
//
// If Complete is false, one of the two questions was too complex to prove. Both
// NewAccess and RemovedAccess are then true: what cannot be excluded counts as
// a change. A question that found an example still shows it.
type Diff struct {
	NewAccess      bool   `json:"newAccess"`
	Witness        string `json:"witness,omitempty"` // least word of after − before
	RemovedAccess  bool   `json:"removedAccess"`
	RemovedWitness string `json:"removedWitness,omitempty"` // least word of before − after
	Complete       bool   `json:"complete"`
}

// Difference compares two sets, with the default budget for either direction.
func Difference(before, after Set) Diff { return new(Prover).Difference(before, after) }

// Difference is [Prover.Difference], at the expense of the budget.
func (s *Budget) Difference(before, after Set) Diff {
	return diffOf(s.Included(after, before), s.Included(before, after))
}

// Difference compares two sets. Each direction has the prover's whole budget.
func (p *Prover) Difference(before, after Set) Diff {
	return diffOf(p.Included(after, before), p.Included(before, after))
}

func diffOf(added, removed Answer) Diff {
	return Diff{
		NewAccess:      !added.Holds || !removed.Complete,
		Witness:        added.Witness,
		RemovedAccess:  !removed.Holds || !added.Complete,
		RemovedWitness: removed.Witness,
		Complete:       added.Complete && removed.Complete,
	}
}
