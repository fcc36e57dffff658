// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// namespace returns the first segment of a scope text.
func namespace(text string) string {
	if end := strings.IndexAny(text, "/:"); end >= 0 {
		return text[:end]
	}
	return text
}

// checkDangling objects to a scope that no app of its domain provides, and to a scope
// in an unknown namespace. A namespace with a wildcard spans several and is left to
// attenuation.
func checkDangling(v *validator, n *manifest.Node) {
	for _, scope := range n.Scopes() {
		set, err := v.tree.Parse(scope.Value)
		first := namespace(scope.Value)
		if err != nil || strings.Contains(first, "*") {
			continue
		}
		switch {
		case v.registry.Domain(first) != nil:
			checkProvided(v, n, scope, set)
		case !v.knownNamespace(first):
			v.object(n.App.File, scope.Pos, finding.Finding{
				Rule: RuleUnknownNamespace, Node: n.Path,
				Message: n.Path + " needs " + finding.Quote(scope.Value) + ", but " + finding.Quote(first) + " is neither a domain nor a provider",
				Allowed: v.namespaces(),
			})
		}
	}
}

func checkProvided(v *validator, n *manifest.Node, scope manifest.String, set access.Set) {
	answer, known := v.answered[scope.Value]
	if !known {
		answer = v.tree.Budget().Overlap(set, v.provided)
		v.answered[scope.Value] = answer
	}
	if answer.Holds {
		return
	}
	v.object(n.App.File, scope.Pos, finding.Finding{
		Rule: RuleDanglingScope, Node: n.Path,
		Message: n.Path + " needs " + finding.Quote(scope.Value) + ", which no app provides",
		Hint:    "correct the scope, or add it to provides of the app that serves it",
	})
}

func (v *validator) knownNamespace(name string) bool {
	return slices.Contains(v.config.Systems.Namespaces(), name) ||
		slices.ContainsFunc(v.registry.Providers, func(p *manifest.Provider) bool { return p.Meta.Name.Value == name })
}

func (v *validator) namespaces() []string {
	names := v.config.Systems.Namespaces()
	for _, p := range v.registry.Providers {
		names = append(names, p.Meta.Name.Value)
	}
	for _, d := range v.registry.Domains {
		names = append(names, d.Meta.Name.Value)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
