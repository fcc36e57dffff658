// SPDX-License-Identifier: Apache-2.0

// Package validate finds mistakes in a resolved registry: scopes that exceed what
// the tree allows, scopes that no app provides, credentials that two nodes share,
// and all other rules of docs/checks.md that need more than one file. Start with
// Registry.
//
// The same registry and Config always give the same findings: the package reads no
// file, clock or network.
package validate

import (
	"cmp"
	"time"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/provider"
	"github.com/appofapps/roster/verdict"
)

// Kind is the kind of a result's JSON form.
const Kind = "ValidateResult"

// A Result is what validate found, as data.
type Result struct {
	APIVersion string            `json:"apiVersion"` // manifest.APIVersion
	Kind       string            `json:"kind"`       // Kind
	Registry   string            `json:"registry"`   // name of the Root
	At         string            `json:"at"`         // the day that dates were compared with
	Nodes      int               `json:"nodes"`      // apps, agents and environments looked at
	Findings   []finding.Finding `json:"findings"`
	Base       *Compared         `json:"base,omitempty"`    // what a change was compared with
	Verdict    *verdict.Verdict  `json:"verdict,omitempty"` // of a change
}

// Compared is the revision that a change was compared with, and how far it is away.
type Compared struct {
	Commit string `json:"commit"`
	Date   string `json:"date"`   // when it was committed, RFC 3339; "" if unknown
	Ahead  int    `json:"ahead"`  // commits of HEAD that it does not contain
	Behind int    `json:"behind"` // its commits that HEAD does not contain
}

// Config says how a registry is judged. The zero value knows no systems: every
// credential type is then unknown.
type Config struct {
	Systems   provider.Set                               // the systems that issue credentials and have namespaces
	Folder    string                                     // of the registry, absolute; "": a file by its absolute path is never one of the folder
	At        time.Time                                  // the day that dates are compared with
	Judged    func(*policy.Template, []policy.Objection) // told of every judgement of a template; may be nil
	Change    policy.Change                              // who makes the change, where there is a base
	Base      *Base                                      // what the registry is a change of; nil: it is judged by itself
	Budget    *access.Budget                             // for all questions about scopes; nil: the run's own
	Meter     *policy.Meter                              // for all expressions; nil: the run's own
	Catalogue *verdict.World                             // what providers list today, for a verdict in catalogue mode; nil: open mode
}

// Registry returns every finding in the registry, sorted, and, if there is a base,
// what the change newly allows. It does not repeat what loading found.
func Registry(registry *manifest.Registry, config Config) ([]finding.Finding, *verdict.Verdict) {
	v := newValidator(registry, config)
	v.policies = newPolicies(v)
	checkDeclarations(v)
	checkEnforced(v)
	checkSystems(v)
	checkEmpty(v)
	checkEnvironments(v)
	checkNodes(v)
	checkSharedCredentials(v)
	checkSharedKeys(v)
	checkApplicationNames(v)
	checkSharedIdentities(v)
	checkRoles(v)
	var change *verdict.Verdict
	if config.Base != nil {
		change = checkChange(v, config.Base)
	}
	v.policies.judge()
	return finding.Sort(v.findings), change
}

// newValidator builds the trees of the registry and of its base: once each, with
// one budget for the whole run.
func newValidator(registry *manifest.Registry, config Config) *validator {
	v := &validator{
		registry: registry,
		config:   config,
		tree:     bounds.New(registry, config.Budget),
		answered: map[string]access.Answer{},
	}
	if config.Base != nil {
		v.base = bounds.New(config.Base.registry(), v.tree.Budget())
	}
	return v
}

// validator carries what the rules share: every question to the algebra is
// asked once.
type validator struct {
	registry *manifest.Registry
	config   Config
	tree     *bounds.Tree
	base     *bounds.Tree // nil: there is no change
	policies *policies
	answered map[string]access.Answer // by scope: does it meet what apps provide
	provided access.Set
	findings []finding.Finding
}

// object adds a finding at a position in a file. Its default severity is error.
func (v *validator) object(file string, at manifest.Pos, f finding.Finding) {
	if f.Severity == "" {
		f.Severity = finding.Error
	}
	f.File, f.Line, f.Column = file, int(at.Line), int(at.Column)
	v.findings = append(v.findings, f)
}

// checkEmpty objects to a registry without nodes: more likely than a registry that is
// meant to be empty is one whose include names nothing any more. It is an error if the
// base has nodes.
func checkEmpty(v *validator) {
	if len(v.registry.Nodes) > 0 {
		return
	}
	root, severity := v.registry.Root, finding.Warning
	if v.config.Base != nil && len(v.config.Base.registry().Nodes) > 0 {
		severity = finding.Error
	}
	v.object(root.File, cmp.Or(root.Spec.Include.Pos(), root.Meta.Name.Pos), finding.Finding{
		Rule: RuleEmptyRegistry, Severity: severity,
		Message: "the registry has no apps",
		Hint:    "correct include, or add the first app",
	})
}

// checkNodes runs the rules about one node and its parents.
func checkNodes(v *validator) {
	for _, n := range v.registry.Nodes {
		checkAttenuation(v, n)
		checkDangling(v, n)
		if n.Holder() {
			checkVersion(v, n)
			checkSinks(v, n)
			checkAgent(v, n)
		}
	}
}

func checkVersion(v *validator, n *manifest.Node) {
	if n.Version().Value == "" {
		v.object(n.App.File, n.Position(), finding.Finding{
			Rule: RuleMissingVersion, Severity: finding.Warning, Node: n.Path,
			Message: n.Path + " has no version",
			Hint:    "set version to the version that runs",
		})
	}
}
