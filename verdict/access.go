// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"maps"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// A holder is a node that holds access, for one of its identities.
type holder struct {
	node *manifest.Node
	who  identity
}

// A bundle is the scopes that some holders hold together.
type bundle struct {
	texts map[string]bool
	set   access.Set
}

// list returns the scopes, as they are written.
func (b *bundle) list() []string { return slices.Collect(maps.Keys(b.texts)) }

func (s *side) add(n *manifest.Node, path string) {
	if !n.Holder() {
		return
	}
	for _, who := range identitiesOf(n, path) {
		h := &holder{node: n, who: who}
		s.all = append(s.all, h)
		k := who.key()
		s.holders[k] = append(s.holders[k], h)
	}
}

// covering returns the holders that every identity of p can become.
func (s *side) covering(p pattern) []*holder {
	var list []*holder
	for _, h := range s.holders[p.key()] {
		if h.who.covers(p) {
			list = append(list, h)
		}
	}
	return list
}

// heldBy returns what every identity of p holds.
func (s *side) heldBy(p pattern) *bundle {
	if known := s.held[p]; known != nil {
		return known
	}
	b := &bundle{texts: map[string]bool{}}
	for _, h := range s.covering(p) {
		for _, text := range h.node.Scopes() {
			if set, err := s.tree.Parse(text.Value); err == nil && !b.texts[text.Value] {
				b.texts[text.Value] = true
				b.set = b.set.Or(set)
			}
		}
	}
	s.held[p] = b
	return b
}

// compareAccess finds the holders of either side that give their identities
// what the other side does not.
//
// It is exact, holder by holder. Let p be the pattern of a holder of head. Some
// identity of p is of no smaller pattern: an id or a branch that nobody named.
// What it held in base is what the patterns that cover p gave it; every other
// identity of p held at least that. So a word is new for some identity of p if
// and only if it is beyond what the patterns that cover p held.
func compareAccess(c *comparison) {
	for _, h := range c.head.all {
		if more, word, found := c.gains(c.head, h, c.base); found {
			c.v.NewAccess = append(c.v.NewAccess, Access{
				Node: h.node.Path, Identity: h.who.text, Witness: word, Causes: c.causes(h, word),
				Reaches: c.reaches(h.node.Scopes().Values(), more, c.base.heldBy(h.who.pattern).set),
			})
			c.contains(h.node.Path+" "+h.who.text, h.node.Scopes().Values(), c.base.heldBy(h.who.pattern).list())
		}
	}
	for _, h := range c.base.all {
		if more, word, found := c.gains(c.base, h, c.head); found {
			c.v.RemovedAccess = append(c.v.RemovedAccess, Access{
				Node: h.node.Path, Identity: h.who.text, Witness: word, Causes: c.base.allowing(h.node, word),
				Reaches: c.reaches(h.node.Scopes().Values(), more, c.head.heldBy(h.who.pattern).set),
			})
		}
	}
}

// gains returns the least word that a holder of a side gives beyond what the
// other side gives to the same identities, and the scopes that it is in.
func (c *comparison) gains(s *side, h *holder, other *side) (more access.Set, word string, found bool) {
	held := other.heldBy(h.who.pattern)
	for _, text := range h.node.Scopes() {
		if set, err := s.tree.Parse(text.Value); err == nil && !held.texts[text.Value] {
			more = more.Or(set)
		}
	}
	if more == (access.Set{}) {
		return more, "", false
	}
	word, found = c.beyond(more, held.set)
	return more, word, found
}

// reaches returns the first segments of every word of more that is beyond held:
// each domain and each namespace that one of the scopes spells out is asked
// about, and the rest. A part that cannot be proven is reached.
func (c *comparison) reaches(scopes []string, more, held access.Set) []string {
	var names []string
	for _, text := range scopes {
		if first := firstSegment(text); !strings.Contains(first, "*") {
			names = append(names, first)
		}
	}
	for _, s := range []*side{c.base, c.head} {
		for _, d := range s.registry.Domains {
			names = append(names, d.Meta.Name.Value)
		}
	}
	slices.Sort(names)
	reached, rest := []string{}, more
	for _, name := range slices.Compact(names) {
		inside := c.head.tree.Union([]string{name + ":*", name + "/**:*"})
		if _, found := c.beyond(more.And(inside), held); found {
			reached = append(reached, name)
		}
		rest = rest.Minus(inside)
	}
	if _, found := c.beyond(rest, held); found {
		reached = append(reached, Elsewhere)
	}
	return reached
}

func firstSegment(scope string) string {
	resource, _, _ := strings.Cut(scope, ":")
	first, _, _ := strings.Cut(resource, "/")
	return first
}
