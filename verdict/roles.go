// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"maps"
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/grant"
)

// compareRoles finds native roles that identities get because the maps of
// providers changed. A role that the former maps would give as well comes from a
// scope, which is named where that is new.
func compareRoles(c *comparison) {
	before, after := grant.MapsOf(c.base.registry, c.base.tree), grant.MapsOf(c.head.registry, c.head.tree)
	if before.Equal(after) {
		return
	}
	for _, h := range c.head.all {
		had := rolesBefore(c, before, h)
		has := after.Roles(c.budget, c.head.tree.Union(h.node.Scopes().Values()))
		for _, r := range slices.SortedFunc(maps.Keys(has), grant.Role.Compare) {
			g := has[r]
			if !g.Proven {
				c.v.Complete = false
			}
			if had[r].Proven {
				continue
			}
			c.v.NewAccess = append(c.v.NewAccess, Access{
				Node: h.node.Path, Identity: h.who.text, Witness: g.Witness, Role: r.String(), Reaches: []string{r.Provider},
				Causes: []Cause{causeAt(g.File, g.At, "maps of provider "+r.Provider)},
			})
			c.contains(fmt.Sprintf("%s %s %q", h.node.Path, h.who.text, r), append(h.node.Scopes().Values(), g.Pattern), nil)
		}
	}
}

// rolesBefore returns what the former maps give to an identity of head, for what it
// held and for what it holds. A role that is not proven counts as not given.
func rolesBefore(c *comparison, before grant.Maps, h *holder) map[grant.Role]grant.Given {
	var held []access.Set
	for _, was := range slices.Concat(c.base.covering(h.who.pattern), []*holder{h}) {
		held = append(held, c.base.tree.Union(was.node.Scopes().Values()))
	}
	roles := before.Roles(c.budget, held...)
	for _, g := range roles {
		if !g.Proven {
			c.v.Complete = false
		}
	}
	return roles
}
