// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"maps"
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// A role is a native role that a provider gives to whoever holds a scope which
// meets the pattern beside it in the provider's maps.
type role struct {
	provider, kind, tenant, account, native string
}

func (r role) String() string { return r.provider + ": " + r.native }

// A mapping is one entry of a provider's maps.
type mapping struct {
	role
	text string
	set  access.Set
	file string
	at   manifest.Pos
}

// mappings returns what is propagated.
func (s *side) mappings() []mapping {
	var all []mapping
	for _, p := range s.registry.Providers {
		if !s.registry.Root.Spec.Propagate.Contains(p.Meta.Name.Value) {
			continue
		}
		for _, entry := range p.Spec.Maps {
			set, err := s.tree.Parse(entry.Key.Value)
			if err != nil {
				continue
			}
			all = append(all, mapping{
				role: role{
					provider: p.Meta.Name.Value, kind: p.Spec.Type.Value, tenant: p.Spec.Tenant.Value,
					account: p.Spec.Account.Value, native: entry.Value.Value,
				},
				text: entry.Key.Value, set: set, file: p.File, at: entry.Key.Pos,
			})
		}
	}
	return all
}

// A given role is one with the scope that it is given for.
type given struct {
	mapping
	witness string
}

// compareRoles finds native roles that identities are given because the maps of
// providers changed. A role that the former maps would give as well comes from a
// scope, which is named where that is new.
func (c *comparison) compareRoles() {
	before, after := c.base.mappings(), c.head.mappings()
	if sameMappings(before, after) {
		return
	}
	for _, h := range c.head.all {
		had := c.rolesOf(c.base, before, c.base.covering(h.who.pattern))
		maps.Copy(had, c.rolesOf(c.base, before, []*holder{h}))
		has := c.rolesOf(c.head, after, []*holder{h})
		for _, r := range slices.SortedFunc(maps.Keys(has), compareRoles) {
			if _, known := had[r]; known {
				continue
			}
			g := has[r]
			c.v.NewAccess = append(c.v.NewAccess, Access{
				Node: h.node.Path, Identity: h.who.text, Witness: g.witness, Role: r.String(), Reaches: []string{r.provider},
				Through: []Through{through(g.file, g.at, "maps of provider "+r.provider)},
			})
		}
	}
}

// sameMappings reports whether nothing was mapped that is not mapped still, in
// the same words.
func sameMappings(before, after []mapping) bool {
	return slices.EqualFunc(before, after, func(a, b mapping) bool { return a.role == b.role && a.text == b.text })
}

// rolesOf returns the roles that holders are given. What is too complex to
// exclude is given, without a witness, in head, and not given in base.
func (c *comparison) rolesOf(s *side, all []mapping, holders []*holder) map[role]given {
	roles := map[role]given{}
	for _, h := range holders {
		for _, m := range all {
			if _, known := roles[m.role]; known {
				continue
			}
			answer := c.purse.Overlap(s.tree.Union(h.node.Scopes().Values()), m.set)
			if !answer.Complete {
				c.v.Complete = false
			}
			if answer.Holds || !answer.Complete && s == c.head {
				roles[m.role] = given{m, answer.Witness}
			}
		}
	}
	return roles
}

func compareRoles(a, b role) int {
	return cmp.Or(
		cmp.Compare(a.provider, b.provider), cmp.Compare(a.native, b.native), cmp.Compare(a.kind, b.kind),
		cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.account, b.account),
	)
}
