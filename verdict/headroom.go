// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/internal/canon"
	"github.com/appofapps/roster/manifest"
)

// compareBounds finds levels that allow more than before. A level is named if it
// and every level above it allow a word now, and it did not allow the word before.
func compareBounds(c *comparison) {
	compareLevel(c, c.head.tree.Root(), c.base.tree.Root())
	for _, d := range c.head.registry.Domains {
		if was := c.base.registry.Domain(d.Meta.Name.Value); was != nil {
			compareLevel(c, c.head.tree.Domain(d), c.base.tree.Domain(was))
		}
	}
	for _, n := range c.head.registry.Nodes {
		if n.Environment != nil || c.renames[n] == nil {
			continue
		}
		if l := c.head.levelOf(n); l != nil {
			compareLevel(c, l, c.levelBefore(l))
		}
		compareDropped(c, n)
		compareMove(c, n, c.renames[n])
	}
}

// mostParts is how many parts of one level's difference are named one by one;
// what follows is named together.
const mostParts = 20

// compareLevel compares what a level of head allows with what that of base allowed;
// nil allowed everything. Each part of the difference is named.
func compareLevel(c *comparison, l, before *bounds.Level) {
	if before == nil || c.sameBound(l, before) {
		return
	}
	parts := c.parts(l, before)
	if rest := len(parts) - mostParts; rest > 1 {
		last := part{change: fmt.Sprintf("allows more by %d further changes", rest), at: parts[mostParts].at}
		for _, p := range parts[mostParts:] {
			last.set = last.set.Or(p.set)
			last.texts = append(last.texts, p.texts...)
		}
		parts = append(parts[:mostParts:mostParts], last)
	}
	for _, p := range parts {
		c.handsDown(l.Name, p, l, before)
	}
}

// handsDown adds what of a part passes now and did not, if there is such.
func (c *comparison) handsDown(level string, p part, now, before *bounds.Level) {
	more, held := p.set.And(now.May()), before.Own()
	word, found := c.beyond(more, held)
	if !found {
		return
	}
	above := []string{}
	for _, l := range now.Line {
		above = append(above, c.head.boundsOf(l))
	}
	c.contains(level+" "+p.change, append(above, p.texts...), []string{c.base.boundsOf(before)})
	c.v.NewHeadroom = append(c.v.NewHeadroom, Headroom{
		Level: level, Change: p.change, Witness: word, Reaches: c.reaches(p.texts, more, held), Causes: []Cause{p.at},
	})
}

// boundsOf is the digest of what a level allows and denies, in its words.
func (s *side) boundsOf(l *bounds.Level) string {
	if known, ok := s.bounds[l]; ok {
		return known
	}
	var deny []string
	for _, d := range l.Deny {
		deny = append(deny, d.Text)
	}
	s.bounds[l] = canon.Sum(fmt.Appendf(nil, "%v%q%q", l.Bounded, sorted(ceilingOf(s.registry, l).Values()), sorted(deny)))
	return s.bounds[l]
}

// A part is something by which a level can allow more than before.
type part struct {
	set    access.Set
	texts  []string // that it is written in
	change string
	at     Cause
}

// parts returns the scopes that were added to a ceiling and those that were
// taken from a deny. A word that passes now and did not is in one of them: it
// was outside of the ceiling, and hence of every scope that is still there, or
// it was denied, and not by a deny that is still there.
func (c *comparison) parts(l, before *bounds.Level) []part {
	var list []part
	ceiling, was := ceilingOf(c.head.registry, l), ceilingOf(c.base.registry, before)
	if before.Bounded && !l.Bounded {
		list = append(list, part{set: access.Everything(), change: "no longer has a ceiling", at: causeAt(l.File, l.At, l.Name)})
	}
	for _, text := range ceiling {
		if set, err := c.head.tree.Parse(text.Value); err == nil && before.Bounded && !was.Contains(text.Value) {
			list = append(list, part{set, []string{text.Value}, "allows more", causeAt(l.File, text.Pos, "ceiling of "+l.Name)})
		}
	}
	for _, d := range before.Deny {
		if !slices.ContainsFunc(l.Deny, func(still bounds.Denied) bool { return still.Text == d.Text }) {
			at := l.At
			if len(l.Deny) > 0 {
				at = l.Deny[0].At
			}
			list = append(list, part{d.Set, []string{d.Text}, "denies less", causeAt(l.File, at, "deny of "+l.Name+", which had "+d.Text)})
		}
	}
	return list
}

// compareDropped finds what an app may hold since it declares no bounds.
func compareDropped(c *comparison, n *manifest.Node) {
	before := c.dropped(n)
	if before == nil {
		return
	}
	p := part{set: access.Everything(), change: "no longer has a ceiling or deny", at: undeclared(n)}
	c.handsDown("app "+n.Path, p, c.head.tree.Of(n), before)
}

// compareMove finds what an app may hold since it left levels that stopped it.
// Apps below an app that was moved are not named again.
func compareMove(c *comparison, n, was *manifest.Node) {
	if n.Path == was.Path || c.movedAlong(n, was) {
		return
	}
	for _, gone := range c.levelsGone(n, was) {
		p := part{set: access.Everything(), change: "is no longer below " + gone.Name, at: causeAt(n.App.File, placeOf(n), "place of "+n.Path)}
		c.handsDown("app "+n.Path, p, c.head.tree.Of(n), gone)
	}
}

// placeOf returns the position of the parent or domain in an app's manifest.
func placeOf(n *manifest.Node) manifest.Pos {
	spec := &n.App.Spec
	return cmp.Or(n.App.Meta.Previously.Pos, spec.Parent.Pos, spec.Domain.Pos)
}
