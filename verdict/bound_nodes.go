// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// compareBoundNodes finds nodes that a template bound in base and binds no more,
// because the node is not what the template matches: another label, kind, domain or
// environment. A new node is asked for what it may have been: see kin.
func compareBoundNodes(c *comparison) {
	kin := newKin(c)
	for _, n := range c.head.registry.Nodes {
		if !n.Holder() {
			continue
		}
		if was := c.renames[n]; was != nil && was.Holder() {
			c.freed(n, was, unboundBy, func(t *manifest.PolicyTemplate) bool {
				return !policy.Matches(t, n) && !policy.Matches(c.templateNow(t), n) // it may match more than it did
			})
			continue
		}
		bound := boundTo(c.head.registry, n)
		for _, was := range kin.of(c, n) {
			loosened := func(template string) string {
				return "is not bound by policy template " + template + ", which bound " + was.Path
			}
			c.freed(n, was, loosened, func(t *manifest.PolicyTemplate) bool { return !slices.Contains(bound, t.Meta.Name.Value) })
		}
	}
}

// freed adds the templates of base that bound a node and do not bind what it became, in
// the words of change. Those that are gone are named as such.
func (c *comparison) freed(n, was *manifest.Node, change func(string) string, free func(*manifest.PolicyTemplate) bool) {
	for _, name := range boundTo(c.base.registry, was) {
		t := c.base.registry.Template(name)
		if c.templateNow(t) == nil || !free(t) || c.said("app "+n.Path, change(name)) {
			continue
		}
		c.permits("app "+n.Path, change(name), "", causeAt(n.App.File, n.Position(), "place and labels of "+n.Path))
		c.contains(n.Path, nil, []string{normalise(t.Spec)})
	}
}

// said reports whether a loosened limit is named already.
func (c *comparison) said(level, change string) bool {
	return slices.ContainsFunc(c.v.NewHeadroom, func(h Headroom) bool { return h.Level == level && h.Change == change })
}

// boundTo returns the names of the templates that bind a node.
func boundTo(r *manifest.Registry, n *manifest.Node) []string {
	var names []string
	for _, list := range bindings(r, n) {
		for _, name := range list.Values() {
			if t := r.Template(name); t != nil && policy.Matches(t, n) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// kin finds nodes of base that a new node of head may have been: those of which somebody
// can become it, and those of its file that are there no more.
type kin struct {
	files map[string][]*manifest.Node // holders of base that no node of head is
}

func newKin(c *comparison) *kin {
	k := &kin{files: map[string][]*manifest.Node{}}
	still := map[*manifest.Node]bool{}
	for n, was := range c.renames {
		if n.Holder() {
			still[was] = true
		}
	}
	for _, n := range c.base.registry.Nodes {
		if n.Holder() && !still[n] {
			k.files[n.App.File] = append(k.files[n.App.File], n)
		}
	}
	return k
}

func (k *kin) of(c *comparison, n *manifest.Node) []*manifest.Node {
	list := slices.Clone(k.files[n.App.File])
	for _, who := range identitiesOf(n, n.Path) {
		for _, h := range c.base.holders[who.key()] {
			if h.who.meets(who.pattern) && !slices.Contains(list, h.node) {
				list = append(list, h.node)
			}
		}
	}
	return list
}
