// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/grant"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// checkRoles compares the native roles that nodes get by the maps of providers with what
// they declare. A role that gives more is an error unless the provider accepts the rest
// as excess; one that gives less is noted.
func checkRoles(v *validator) {
	all := grant.MapsOf(v.registry, v.tree)
	if len(all) == 0 {
		return
	}
	for _, m := range all {
		checkMap(v, m)
	}
	declared := v.declaredTogether()
	for _, n := range v.registry.Nodes {
		if !n.Holder() {
			continue
		}
		checkGiven(v, n, all.Roles(v.tree, n.Scopes().Values()), declared(n))
	}
}

// checkMap objects to a role that names a part which its pattern does not capture.
func checkMap(v *validator, m grant.Mapping) {
	if part := m.Uncaptured(); part != "" {
		v.object(m.File, m.At, finding.Finding{
			Rule:    RuleRoleMap,
			Message: fmt.Sprintf("role %s names %s, but its pattern %s has %d parts with *", finding.Quote(m.String()), part, finding.Quote(m.Pattern), strings.Count(m.Resource(), "*")),
			Hint:    "{1} is what the first * of the pattern's resource stands for; correct the number",
		})
	}
}

// checkGiven judges each role by itself, and what all roles of a node give together.
func checkGiven(v *validator, n *manifest.Node, given map[grant.Role]grant.Given, declared []string) {
	var together []string
	for _, role := range slices.SortedFunc(maps.Keys(given), grant.Role.Compare) {
		g := given[role]
		gives := g.Scopes(Words(v.config.Systems))
		together = append(together, gives...)
		if witness, wide := g.Wide(v.tree, gives, declared); wide {
			v.object(g.File, g.At, finding.Finding{
				Rule: RuleWideRole, Node: n.Path,
				Message: fmt.Sprintf("role %s of %s gives %s, which is not declared", finding.Quote(g.String()), n.Path, cmp.Or(witness, "what is too complex to compare")),
				Hint:    "map the scopes to a narrower role, or accept the rest under excess of provider " + g.Provider,
			})
		}
	}
	checkShort(v, n, given, together, declared)
}

// checkShort notes what a node declares of a map's pattern and none of its roles gives,
// once for each map.
func checkShort(v *validator, n *manifest.Node, given map[grant.Role]grant.Given, together, declared []string) {
	said := map[manifest.Pos]bool{}
	for _, role := range slices.SortedFunc(maps.Keys(given), grant.Role.Compare) {
		g := given[role]
		if witness, short := g.Short(v.tree, together, declared); short && !said[g.At] {
			said[g.At] = true
			v.object(g.File, g.At, finding.Finding{
				Rule: RuleShortRole, Severity: finding.Note, Node: n.Path,
				Message: fmt.Sprintf("role %s of %s does not give %s, which is declared", finding.Quote(g.String()), n.Path, witness),
				Hint:    "map it to a further role",
			})
		}
	}
}

// declaredTogether returns what all nodes declare that are the same application as a
// node: a role is given to the application.
func (v *validator) declaredTogether() func(*manifest.Node) []string {
	scopes := map[string][]string{}
	for _, n := range v.registry.Nodes {
		if !n.Holder() {
			continue
		}
		for _, mark := range applications(n) {
			scopes[mark] = append(scopes[mark], n.Scopes().Values()...)
		}
	}
	return func(n *manifest.Node) []string {
		all := n.Scopes().Values()
		for _, mark := range applications(n) {
			all = append(all, scopes[mark]...)
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
}

// applications are the applications of a node, as they are compared.
func applications(n *manifest.Node) []string {
	var list []string
	if identity := n.Identity(); identity != nil {
		for _, a := range identity.Applications() {
			list = append(list, a.System+" "+names.Application(a.Application.Value))
		}
	}
	return list
}
