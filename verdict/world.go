// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"

	"github.com/appofapps/roster/access"
)

// world sets, in catalogue mode, what there is: what providers list, what their
// maps name, what apps provide, and everything in namespaces that are neither a
// domain's, on both sides, nor a listed provider's. A domain has what its apps provide,
// on either side.
func (c *comparison) world(w *World) {
	if w == nil {
		return
	}
	c.v.Mode, c.limited = Catalogue, true
	closed, listed := slices.Clone(w.Namespaces), w.Listed
	for _, d := range c.base.registry.Domains {
		if c.head.registry.Domain(d.Meta.Name.Value) != nil {
			closed = append(closed, d.Meta.Name.Value)
		}
	}
	for _, s := range []*side{c.base, c.head} {
		for _, n := range s.registry.Nodes {
			if n.Environment == nil {
				listed = listed.Or(s.tree.Union(n.App.Spec.Provides.Values()))
			}
		}
		for _, p := range s.registry.Providers {
			for _, entry := range p.Spec.Maps {
				listed = listed.Or(s.tree.Union([]string{entry.Key.Value}))
			}
		}
	}
	var patterns []string
	for _, name := range closed {
		patterns = append(patterns, name+":*", name+"/**:*")
	}
	c.listed = access.Everything().Minus(c.head.tree.Union(patterns)).Or(listed)
}
