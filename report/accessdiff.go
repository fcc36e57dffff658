// SPDX-License-Identifier: Apache-2.0

package report

import (
	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// AccessDiffKind is the kind of a comparison's JSON form.
const AccessDiffKind = "AccessDiff"

// accessDiff is the JSON form of a comparison.
type accessDiff struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	access.Diff
}

// AccessDiff writes the comparison of two sets of scopes.
func AccessDiff() Result[access.Diff] {
	return Result[access.Diff]{asText(plainly(writeAccessDiff)), asJSON(func(diff access.Diff) any {
		return accessDiff{manifest.APIVersion, AccessDiffKind, diff}
	})}
}

func writeAccessDiff(p *page, diff access.Diff) {
	writeDirection(p, "new access", "allowed after, not before", diff.NewAccess, diff.Witness)
	writeDirection(p, "removed access", "allowed before, not after", diff.RemovedAccess, diff.RemovedWitness)
	if !diff.Complete {
		p.line("parts of the question were too complex to prove; they count as a change")
	}
}

// writeDirection says whether access was added or removed, with an example.
func writeDirection(p *page, name, meaning string, changed bool, example string) {
	switch {
	case !changed:
		p.line("no %s", name)
	case example == "":
		p.line("%s: possible; too complex to prove the opposite", name)
	default:
		p.line("%s: %s (%s)", name, example, meaning)
	}
}
