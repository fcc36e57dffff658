// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
)

// ExplanationKind is the kind of an explanation's JSON form.
const ExplanationKind = "Explanation"

// Explanation shows why a node may hold what it asks for, or why not.
type Explanation struct {
	APIVersion string      `json:"apiVersion"` // manifest.APIVersion
	Kind       string      `json:"kind"`       // ExplanationKind
	Node       string      `json:"node"`
	Owner      string      `json:"owner"`
	File       string      `json:"file"`
	Line       int         `json:"line"`
	Holds      bool        `json:"holds"` // false: an app whose environments hold instead
	Identities []string    `json:"identities"`
	Scopes     []ScopePath `json:"scopes"`
}

// ScopePath is one scope on its way down the tree.
type ScopePath struct {
	Scope   string `json:"scope"`
	Allowed bool   `json:"allowed"`
	Steps   []Step `json:"steps"`
}

// Step is what one level of the tree says to a scope.
type Step struct {
	Level   string `json:"level"` // "the root", "domain orders", "app orders/checkout"
	File    string `json:"file"`
	Line    int    `json:"line"`
	Outcome string `json:"outcome"` // "no ceiling", "inside the ceiling", "outside the ceiling", "denied"
	Detail  string `json:"detail,omitempty"`
}

// Explain follows every scope of a node from the root down to it.
func Explain(registry *manifest.Registry, n *manifest.Node) Explanation {
	v := newValidator(registry, Config{})
	e := Explanation{
		APIVersion: manifest.APIVersion, Kind: ExplanationKind,
		Node: n.Path, Owner: n.Owner().Value, File: n.App.File, Line: int(n.Position().Line),
		Holds: n.Holder(), Identities: []string{}, Scopes: []ScopePath{},
	}
	if s := subjectOf(n); s != (subject{}) {
		e.Identities = append(e.Identities, s.String())
	}
	levels := v.tree.Of(n).Line
	for _, scope := range n.Scopes() {
		path := ScopePath{Scope: scope.Value, Allowed: true}
		set, err := v.tree.Parse(scope.Value)
		for _, l := range levels {
			step := Step{Level: l.Name, File: l.File, Line: int(l.At.Line)}
			if err != nil {
				step.Outcome, step.Detail = deniedThere, err.Error()
			} else {
				v.judge(&step, l, scope.Value, set)
			}
			path.Allowed = path.Allowed && (step.Outcome == insideCeiling || step.Outcome == noCeiling)
			path.Steps = append(path.Steps, step)
		}
		e.Scopes = append(e.Scopes, path)
	}
	return e
}

// Outcomes of a step.
const (
	noCeiling      = "no ceiling"
	insideCeiling  = "inside the ceiling"
	outsideCeiling = "outside the ceiling"
	deniedThere    = "denied"
)

func (v *validator) judge(step *Step, l *bounds.Level, text string, set access.Set) {
	step.Outcome = insideCeiling
	if !l.Bounded {
		step.Outcome = noCeiling
	}
	if answer := v.tree.Within(l, text, set); !answer.Holds {
		step.Outcome, step.Detail = outsideCeiling, "for example "+answer.Witness
		if !answer.Complete {
			step.Detail = "too complex to prove"
		}
		return
	}
	for _, deny := range l.Deny {
		if answer := v.tree.Purse().Overlap(set, deny.Set); answer.Holds || !answer.Complete {
			step.Outcome, step.Line = deniedThere, int(deny.At.Line)
			step.Detail = "by " + deny.Text
			return
		}
	}
}
