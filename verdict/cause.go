// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
)

// causes returns the lines that give a word to a holder of head: its identity if
// that changed, the scope of the node, and every level above that did not allow
// the word before.
func (c *comparison) causes(h *holder, word string) []Cause {
	path := c.head.allowing(h.node, word)
	if word == "" {
		return path
	}
	was := c.renames[h.node]
	if was != nil && c.base.allows(was.Scopes(), word) {
		path = append([]Cause{causeAt(h.node.App.File, h.who.at, "identity "+h.who.text)}, path...)
	}
	return append(path, c.throughLevels(h.node, was, word)...)
}

// throughLevels returns what changed above a node so that a word passes.
func (c *comparison) throughLevels(n, was *manifest.Node, word string) []Cause {
	var path []Cause
	for _, l := range slices.Backward(c.head.tree.Of(n).Line) {
		if before := c.boundBefore(l); before != nil && !before.passes(word) && own(l).passes(word) {
			path = append(path, c.head.opening(l, before, word))
		}
	}
	if was == nil {
		return path
	}
	for app := n.AppNode(); app != nil; app = app.Parent {
		if before := c.dropped(app); before != nil && !own(before).passes(word) {
			path = append(path, undeclared(app))
		}
	}
	for _, gone := range c.levelsGone(n, was) {
		if !own(gone).passes(word) {
			path = append(path, causeAt(n.App.File, placeOf(n), "no longer below "+gone.Name))
		}
	}
	return path
}

// allowing returns the first scope of a node that allows a word.
func (s *side) allowing(n *manifest.Node, word string) []Cause {
	for _, text := range n.Scopes() {
		if s.allowsText(text.Value, word) {
			return []Cause{causeAt(n.App.File, text.Pos, "scope "+text.Value)}
		}
	}
	return []Cause{causeAt(n.App.File, n.Position(), "scopes of "+n.Path)} // too complex to tell which
}

func (s *side) allows(list manifest.Strings, word string) bool {
	return slices.ContainsFunc(list, func(text manifest.String) bool { return s.allowsText(text.Value, word) })
}

func (s *side) allowsText(text, word string) bool {
	set, err := s.tree.Parse(text)
	return err == nil && allows(set, word)
}

func allows(set access.Set, word string) bool {
	scope, err := access.Parse(word) // every word is a scope, but not ""
	return err == nil && set.Allows(scope)
}

// opening returns the line because of which a level allows a word that it did not
// allow before.
func (s *side) opening(l *bounds.Level, before *ownBound, word string) Cause {
	if before.inCeiling(word) {
		return causeAt(l.File, l.At, fmt.Sprintf("deny of %s, which covered %s", l.Name, word))
	}
	for _, text := range ceilingOf(s.registry, l) {
		if s.allowsText(text.Value, word) {
			return causeAt(l.File, text.Pos, "ceiling of "+l.Name)
		}
	}
	return causeAt(l.File, l.At, "no ceiling of "+l.Name)
}

// undeclared is where an app no longer has a ceiling or deny.
func undeclared(app *manifest.Node) Cause {
	return causeAt(app.App.File, app.Position(), "ceiling and deny of app "+app.Path+", removed")
}

// ceilingOf returns the ceiling that a level declares.
func ceilingOf(registry *manifest.Registry, l *bounds.Level) manifest.Strings {
	switch {
	case l.App != nil:
		return l.App.App.Spec.Ceiling
	case l.Domain != nil:
		return l.Domain.Spec.Ceiling
	default:
		return registry.Root.Spec.Ceiling
	}
}
