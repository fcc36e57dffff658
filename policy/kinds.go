// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"slices"

	"github.com/appofapps/roster/manifest"
)

// A RuleKind is one way in which a template can object to a node.
type RuleKind struct {
	// Name is the field below spec. It is also what objections and waivers call
	// the rule, but for kind "rules": each CEL rule has its own name.
	Name string
	// Fields are the fields of the format that state the rule, as in
	// manifest.Field.Path. Fields of class descriptive are not among them.
	Fields []string
	// Waivable says whether a waiver can lift the rule for one node.
	Waivable bool

	names    func(*Template) []string                // what the template can object by; none: it has no such rule
	compile  func(*Template, refuseFunc)             // nil: nothing is compiled
	judge    func(*judgement)                        // called for templates that have the rule
	compare  func(*Comparison)                       // finds what the rule permits after a change and not before
	shadowed func(t, above *Template) (shadow, bool) // whether the rule adds nothing to that of a template above; nil: not checked
}

// RuleKinds returns every kind of rule, one row each. Compiling, judging,
// comparing, listing and waiving read it, so a kind that is not here does not
// exist.
func RuleKinds() []RuleKind {
	return slices.Concat(
		[]RuleKind{schemaKind(), mustNeverKind()},
		limitKinds(),
		trustKinds(),
		[]RuleKind{expressionKind()},
	)
}

// A Comparison is the spec of one template before and after a change, and how to
// say what it permits more.
type Comparison struct {
	Was, Now *manifest.PolicyTemplateSpec
	// Beyond returns the least permission of was that now lacks.
	Beyond func(was, now manifest.Strings) (word string, found bool)
	// Loosened reports one loosened rule. The zero position is the template's.
	Loosened func(at manifest.Pos, change, witness string)
}

// Compare reports what the rules of the kind permit after a change and did not
// before. Where that cannot be told, as of an expression, a change permits more.
func (k RuleKind) Compare(c *Comparison) { k.compare(c) }

// refuseFunc takes why a template cannot be applied.
type refuseFunc func(at manifest.Pos, message string)

// shadow is why a rule adds nothing, and its position.
type shadow struct {
	at      manifest.Pos
	message string
}

// kindOf returns the kind of a rule by the name that waivers use.
func kindOf(rule string) RuleKind {
	kinds := RuleKinds()
	if at := slices.IndexFunc(kinds, func(k RuleKind) bool { return k.Name == rule }); at >= 0 {
		return kinds[at]
	}
	return expressionKind()
}

// stated returns the names of a kind that a template has at most once.
func stated(name string, has func(*manifest.PolicyTemplateSpec) bool) func(*Template) []string {
	return func(t *Template) []string {
		if !has(&t.declared.Spec) {
			return nil
		}
		return []string{name}
	}
}

// added returns the texts of after that are not in before.
func added(before, after manifest.Strings) []manifest.String {
	return slices.DeleteFunc(slices.Clone(after), func(text manifest.String) bool { return before.Contains(text.Value) })
}
