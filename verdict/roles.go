// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"maps"
	"slices"

	"github.com/appofapps/roster/grant"
)

// compareRoles finds native roles that identities get, and by which they may do what
// they might not: because the maps of providers changed, or because a role gives more
// than the scope by which it is given.
func compareRoles(c *comparison) {
	r := roleChange{
		comparison: c,
		before:     grant.MapsOf(c.base.registry, c.base.tree), after: grant.MapsOf(c.head.registry, c.head.tree),
	}
	if len(r.after) == 0 {
		return
	}
	for _, h := range c.head.all {
		r.compare(h)
	}
}

// A roleChange is the maps of both sides.
type roleChange struct {
	*comparison
	before, after grant.Maps
}

// compare adds the roles of a holder of head that give its identity something new.
func (r roleChange) compare(h *holder) {
	has := r.after.Roles(r.head.tree, h.node.Scopes().Values())
	if len(has) == 0 {
		return
	}
	held := r.scopesBefore(h)
	mapped := r.before.Roles(r.base.tree, append(held, h.node.Scopes().Values())...) // by the former maps
	for _, role := range slices.SortedFunc(maps.Keys(has), grant.Role.Compare) {
		g := has[role]
		if !g.Proven || mapped[role].Native != "" && !mapped[role].Proven {
			r.v.Complete = false
		}
		gives := g.Scopes(r.words)
		word, more := r.beyondHeld(h, held, gives)
		switch {
		case !mapped[role].Proven && !more:
			word = g.Witness
		case !more:
			continue
		}
		r.v.NewAccess = append(r.v.NewAccess, Access{
			Node: h.node.Path, Identity: h.who.text, Witness: word, Role: role.String(), Reaches: []string{role.Provider},
			Causes: []Cause{causeAt(g.File, g.At, "maps of provider "+role.Provider)},
		})
		r.contains(fmt.Sprintf("%s %s %q", h.node.Path, h.who.text, role), append(gives, h.node.Scopes().Values()...), nil)
	}
}

// scopesBefore returns what the nodes of base that a holder's identity could become
// declared.
func (r roleChange) scopesBefore(h *holder) [][]string {
	var lists [][]string
	for _, was := range r.base.covering(h.who.pattern) {
		lists = append(lists, was.node.Scopes().Values())
	}
	return lists
}

// beyondHeld returns the least word of what a role gives that the identity neither
// declares in head, nor declared in base, nor had by a role of base.
func (r roleChange) beyondHeld(h *holder, held [][]string, gives []string) (word string, more bool) {
	known := r.head.heldBy(h.who.pattern).set.Or(r.base.heldBy(h.who.pattern).set)
	for _, g := range r.before.Roles(r.base.tree, held...) {
		if g.Proven {
			known = known.Or(r.base.tree.Union(g.Scopes(r.words)))
		}
	}
	return r.beyond(r.head.tree.Union(gives), known)
}
