// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
)

// A pair is base and head side by side: which node, level or template of the one
// was which of the other.
type pair struct {
	base, head *side
	renames    map[*manifest.Node]*manifest.Node // by node of head
}

// A side is one of the two trees.
type side struct {
	registry *manifest.Registry
	tree     *bounds.Tree
	holders  map[key][]*holder // by what they can be found by
	all      []*holder         // by path of the node
	held     map[pattern]*bundle
	bounds   map[*bounds.Level]string // see boundsOf
	groups   map[string][]string      // people of each group; see groupsOf
}

func newSide(tree *bounds.Tree) *side {
	return &side{
		registry: tree.Registry(), tree: tree,
		holders: map[key][]*holder{}, held: map[pattern]*bundle{}, bounds: map[*bounds.Level]string{},
		groups: groupsOf(tree.Registry()),
	}
}

// levelOf returns the level of an app, nil if the app declares neither ceiling nor
// deny, or is nil.
func (s *side) levelOf(app *manifest.Node) *bounds.Level {
	if app == nil {
		return nil
	}
	if l := s.tree.Of(app); l.App == app {
		return l
	}
	return nil
}

// levelBefore returns the level of base that a level of head was, nil if that
// declared nothing or was not there.
func (p *pair) levelBefore(l *bounds.Level) *bounds.Level {
	switch {
	case l.App != nil:
		return p.base.levelOf(p.renames[l.App])
	case l.Domain != nil:
		if was := p.base.registry.Domain(l.Domain.Meta.Name.Value); was != nil {
			return p.base.tree.Domain(was)
		}
		return nil
	default:
		return p.base.tree.Root()
	}
}

// boundBefore returns what a level of head let through in base, nil if it was not
// there or declared nothing: then only the levels above it applied.
func (p *pair) boundBefore(l *bounds.Level) *ownBound {
	if before := p.levelBefore(l); before != nil {
		return own(before)
	}
	return nil
}

// dropped returns the level that an app of head had in base and has no more,
// for it declares neither ceiling nor deny.
func (p *pair) dropped(app *manifest.Node) *bounds.Level {
	if p.head.levelOf(app) != nil {
		return nil
	}
	return p.base.levelOf(p.renames[app])
}

// levelsGone returns the levels that were above a node in base and are above
// it no more.
func (p *pair) levelsGone(n, was *manifest.Node) []*bounds.Level {
	still := map[*bounds.Level]bool{}
	for _, l := range p.head.tree.Of(n).Line {
		if before := p.levelBefore(l); before != nil {
			still[before] = true
		}
	}
	var gone []*bounds.Level
	for _, l := range p.base.tree.Of(was).Line {
		if !still[l] && !p.declaresNothing(n, l) {
			gone = append(gone, l)
		}
	}
	return gone
}

// declaresNothing reports whether a level of base is that of an app that is
// still above the node, but has neither ceiling nor deny any more: then the
// removal is named there.
func (p *pair) declaresNothing(n *manifest.Node, l *bounds.Level) bool {
	for above := n.AppNode(); above != nil; above = above.Parent {
		if l.App != nil && p.renames[above] == l.App {
			return true
		}
	}
	return false
}

func (p *pair) movedAlong(n, was *manifest.Node) bool {
	return n.Parent != nil && was.Parent != nil && p.renames[n.Parent] == was.Parent
}

// sameBound reports whether two levels say the same in the same words.
func (p *pair) sameBound(head, base *bounds.Level) bool {
	return head.Bounded == base.Bounded &&
		slices.Equal(ceilingOf(p.head.registry, head).Values(), ceilingOf(p.base.registry, base).Values()) &&
		slices.EqualFunc(head.Deny, base.Deny, func(a, b bounds.Denied) bool { return a.Text == b.Text })
}

// index finds the holders of both sides. A node of head without an identity is
// known by the path that it had in base, so that a renamed one is the same.
func (p *pair) index() {
	for _, n := range p.base.registry.Nodes {
		p.base.add(n, n.Path)
	}
	for _, n := range p.head.registry.Nodes {
		path := n.Path
		if was := p.renames[n]; was != nil {
			path = was.Path
		}
		p.head.add(n, path)
	}
}

// templateNow returns the template of head that one of base is, nil if it is gone.
func (p *pair) templateNow(was *manifest.PolicyTemplate) *manifest.PolicyTemplate {
	return p.head.registry.Template(was.Meta.Name.Value)
}
