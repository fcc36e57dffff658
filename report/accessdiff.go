// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"

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

// AccessDiff writes the comparison of two sets of scopes, as text or json.
func AccessDiff(w io.Writer, format string, diff access.Diff) error {
	return forms{
		formatText: func() error { return accessDiffText(w, diff) },
		formatJSON: func() error { return JSON(w, accessDiff{manifest.APIVersion, AccessDiffKind, diff}) },
	}.write(format)
}

func accessDiffText(w io.Writer, diff access.Diff) error {
	p := &page{}
	p.direction("new access", "allowed after, not before", diff.NewAccess, diff.Witness)
	p.direction("removed access", "allowed before, not after", diff.RemovedAccess, diff.RemovedWitness)
	if !diff.Complete {
		p.line("not everything could be proven: what is not excluded counts as a change")
	}
	return print(w, p)
}

// direction says what changed in one direction, with an example where there is
// one.
func (p *page) direction(name, meaning string, changed bool, example string) {
	switch {
	case !changed:
		p.line("no %s", name)
	case example == "":
		p.line("%s: too complex to prove that there is none", name)
	default:
		p.line("%s: %s (%s)", name, example, meaning)
	}
}
