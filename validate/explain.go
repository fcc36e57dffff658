// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
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

	Policies []PolicyState `json:"policies"` // by template
}

// ScopePath is one scope on its way down the tree.
type ScopePath struct {
	Scope   string `json:"scope"`
	Allowed bool   `json:"allowed"`
	Steps   []Step `json:"steps"`
}

// Step is what one level of the tree, or one policy template, says to a scope.
type Step struct {
	Level   string `json:"level"` // "the root", "domain orders", "app orders/checkout"
	File    string `json:"file"`
	Line    int    `json:"line"`
	Outcome string `json:"outcome"` // see the constants below
	Detail  string `json:"detail,omitempty"`
}

// PolicyState is one policy template that is named at a node or above it.
type PolicyState struct {
	Template   string   `json:"template"`
	NamedBy    string   `json:"namedBy"` // the highest place: "the root", "domain orders", "app orders/checkout"
	Mode       string   `json:"mode"`    // enforce or audit
	Binds      bool     `json:"binds"`   // it matches the node, which holds access
	Objections []string `json:"objections"`
	Waived     []string `json:"waived"` // rules
}

// Explain follows every scope of a node from the root down to it, and tells what
// each policy template says, on the day that the configuration names.
func Explain(registry *manifest.Registry, n *manifest.Node, config Config) Explanation {
	v := newValidator(registry, Config{At: config.At})
	v.policies = newPolicies(v)
	e := Explanation{
		APIVersion: manifest.APIVersion, Kind: ExplanationKind,
		Node: n.Path, Owner: n.Owner().Value, File: n.App.File, Line: int(n.Position().Line),
		Holds: n.Holder(), Identities: []string{}, Scopes: []ScopePath{}, Policies: []PolicyState{},
	}
	if s := subjectOf(n); s != (subject{}) {
		e.Identities = append(e.Identities, s.String())
	}
	for _, scope := range n.Scopes() {
		path := ScopePath{Scope: scope.Value, Allowed: true}
		set, err := v.tree.Parse(scope.Value)
		for _, l := range v.tree.Of(n).Line {
			if err != nil {
				path.add(Step{Level: l.Name, File: l.File, Line: int(l.At.Line), Outcome: deniedThere, Detail: err.Error()})
				continue
			}
			path.add(judgeScope(v, n, l, scope.Value, set))
		}
		if n.Holder() {
			for _, step := range v.policies.explain(n, scope, set) {
				path.add(step)
			}
		}
		e.Scopes = append(e.Scopes, path)
	}
	for _, b := range v.policies.head.Named(n) {
		if b.Template != nil {
			e.Policies = append(e.Policies, v.policies.state(n, b))
		}
	}
	return e
}

func (p *ScopePath) add(step Step) {
	switch step.Outcome {
	case outsideCeiling, partlyOutside, deniedThere, forbidden:
		p.Allowed = false
	}
	p.Steps = append(p.Steps, step)
}

// Outcomes of a step.
const (
	noCeiling      = "no ceiling"
	insideCeiling  = "inside the ceiling"
	partlyOutside  = "partly outside the ceiling"
	outsideCeiling = "outside the ceiling"
	lifted         = "lifted by a waiver"
	deniedThere    = "denied"
	notForbidden   = "not forbidden"
	forbidden      = "forbidden"
	waived         = "forbidden, and waived"
	audited        = "only audited"
)

// judgeScope returns what a level makes of a scope of a node.
func judgeScope(v *validator, n *manifest.Node, l *bounds.Level, scope string, set access.Set) Step {
	step := Step{Level: l.Name, File: l.File, Line: int(l.At.Line), Outcome: insideCeiling}
	if !l.Bounded {
		step.Outcome = noCeiling
	}
	if answer := v.tree.Within(l, scope, set); !answer.Holds {
		step.Outcome, step.Detail = outsideCeiling, "for example "+answer.Witness
		switch {
		case v.within(n, l, scope, set).Holds:
			step.Outcome, step.Detail = lifted, ""
		case !answer.Complete:
			step.Detail = "too complex to prove"
		case v.tree.Budget().Overlap(set, l.Ceiling).Holds:
			step.Outcome = partlyOutside
		}
		if step.Outcome != lifted {
			return step
		}
	}
	for _, deny := range l.Deny {
		if answer := v.tree.Budget().Overlap(set, deny.Set); answer.Holds || !answer.Complete {
			step.Outcome, step.Line = deniedThere, int(deny.At.Line)
			step.Detail = "by " + deny.Text
			return step
		}
	}
	return step
}

// explain says what the templates that bind a node make of one of its scopes.
func (p *policies) explain(n *manifest.Node, scope manifest.String, set access.Set) []Step {
	var steps []Step
	for _, b := range p.head.Bound(n) {
		word, meets, asks := b.Template.Forbids(scope.Value, set)
		if !asks {
			continue
		}
		step := Step{Level: "policy template " + b.Name, File: b.Template.File(), Line: b.Template.Line(), Outcome: notForbidden}
		if meets {
			step.Outcome, step.Detail = forbidden, "for example "+word
			switch {
			case b.Template.Audit():
				step.Outcome = audited
			case p.head.Waived(n, b.Name, policy.MustNever, p.v.config.At):
				step.Outcome = waived
			}
		}
		steps = append(steps, step)
	}
	return steps
}

// state says what a template that is named at a node, or above it, has against
// it.
func (p *policies) state(n *manifest.Node, b policy.Binding) PolicyState {
	s := PolicyState{
		Template: b.Name, NamedBy: b.Level, Mode: b.Template.Mode(),
		Binds: n.Holder() && b.Template.Matches(n), Objections: []string{}, Waived: []string{},
	}
	if !s.Binds {
		return s
	}
	for _, o := range b.Template.Judge(policy.Case{Node: n}) {
		if p.head.Waived(n, b.Name, o.Rule, p.v.config.At) {
			s.Waived = append(s.Waived, o.Rule)
		} else {
			s.Objections = append(s.Objections, o.Finding.Sentence())
		}
	}
	slices.Sort(s.Waived)
	s.Waived = slices.Compact(s.Waived)
	return s
}
