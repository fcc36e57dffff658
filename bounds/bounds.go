// SPDX-License-Identifier: Apache-2.0

// Package bounds answers what the tree allows a node: the ceilings and denies of
// the root, of its domain and of the apps above it, as sets of scopes. Start with
// New; Tree.Of returns the level that bounds a node.
//
// A level allows
//
//	may(level) = may(above) ∩ ceiling(level) − deny(level)
//
// so a scope s is within the limits of a node if and only if, for every level l
// of its line,
//
//	s ⊆ ceiling(l)  and  s ∩ deny(l) = ∅
//
// Level.May computes the set. Tree.Within answers the question about one
// ceiling, once for each pair of level and scope, so a caller that asks from the
// root downwards knows the first level that does not allow a scope. The caller
// asks about denies and waivers itself, and reports what it finds.
package bounds

import (
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// A Tree is the levels of one registry. It is not for several goroutines.
type Tree struct {
	registry *manifest.Registry
	scopes   map[string]parsed
	apps     map[*manifest.Node]*Level
	domains  map[*manifest.Domain]*Level // and, under nil, the root
	within   map[question]access.Answer
	budget   *access.Budget // for all questions about the registry together
}

// parsed is the outcome of parsing one scope text.
type parsed struct {
	set access.Set
	err error
}

// question is one scope held against one level's ceiling.
type question struct {
	level *Level
	scope string
}

// New returns the levels of a registry, each computed at its first use. All
// questions about them spend one budget, which trees of one run share; nil is a
// budget of the tree's own.
func New(registry *manifest.Registry, budget *access.Budget) *Tree {
	if budget == nil {
		budget = access.NewBudget(0)
	}
	return &Tree{
		registry: registry,
		scopes:   map[string]parsed{},
		apps:     map[*manifest.Node]*Level{},
		domains:  map[*manifest.Domain]*Level{},
		within:   map[question]access.Answer{},
		budget:   budget,
	}
}

// Registry returns the registry of the tree.
func (t *Tree) Registry() *manifest.Registry { return t.registry }

// A Level is one place of the tree that bounds the nodes below it: the root,
// a domain or an app.
type Level struct {
	Line []*Level // from the root down to this one
	Name string   // "the root", "domain payments", "app orders/checkout"
	File string

	App     *manifest.Node   // nil: a domain or the root
	Domain  *manifest.Domain // nil: the root
	Bounded bool             // false: no ceiling is declared, everything is allowed
	Ceiling access.Set
	At      manifest.Pos // of the ceiling or, without one, of the level
	Deny    []Denied
}

// Denied is one deny scope and its position.
type Denied struct {
	Text string
	Set  access.Set
	At   manifest.Pos
}

// Parse returns the set of a scope text. Each text is parsed once.
func (t *Tree) Parse(text string) (access.Set, error) {
	if known, ok := t.scopes[text]; ok {
		return known.set, known.err
	}
	scope, err := access.Parse(text)
	entry := parsed{err: err}
	if err == nil {
		entry.set = access.Union(scope)
	}
	t.scopes[text] = entry
	return entry.set, entry.err
}

// Union returns the set of a list of texts, leaving out those that are no
// scopes.
func (t *Tree) Union(texts []string) access.Set {
	var all access.Set
	for _, text := range texts {
		if set, err := t.Parse(text); err == nil {
			all = all.Or(set)
		}
	}
	return all
}

// Of returns the level of a node, its app's: environments have none. An app
// that declares neither ceiling nor deny has the level above it.
func (t *Tree) Of(n *manifest.Node) *Level {
	n = n.AppNode()
	if l, known := t.apps[n]; known {
		return l
	}
	above := t.Domain(n.Domain)
	if n.Parent != nil {
		above = t.Of(n.Parent)
	}
	l := above
	if spec := &n.App.Spec; spec.Ceiling != nil || len(spec.Deny) > 0 {
		l = t.level(above, declared{"app " + n.Path, n.App.File, n.Position(), spec.Ceiling, spec.Deny})
		l.App, l.Domain = n, n.Domain
	}
	t.apps[n] = l
	return l
}

// Domain returns the level of a domain.
func (t *Tree) Domain(d *manifest.Domain) *Level {
	l, known := t.domains[d]
	if !known {
		l = t.level(t.Root(), declared{"domain " + d.Meta.Name.Value, d.File, d.Meta.Name.Pos, d.Spec.Ceiling, d.Spec.Deny})
		l.Domain = d
		t.domains[d] = l
	}
	return l
}

// Root returns the level of the root.
func (t *Tree) Root() *Level {
	l, known := t.domains[nil]
	if !known {
		root := t.registry.Root
		l = t.level(nil, declared{"the root", root.File, root.Meta.Name.Pos, root.Spec.Ceiling, root.Spec.Deny})
		t.domains[nil] = l
	}
	return l
}

// declared is what a manifest says of a level.
type declared struct {
	name, file    string
	at            manifest.Pos
	ceiling, deny manifest.Strings
}

func (t *Tree) level(above *Level, d declared) *Level {
	l := &Level{Name: d.name, File: d.file, Bounded: d.ceiling != nil, At: d.at}
	if above != nil {
		l.Line = slices.Clip(above.Line)
	}
	l.Line = append(l.Line, l)
	if len(d.ceiling) > 0 {
		l.At = d.ceiling[0].Pos
	}
	l.Ceiling = t.Union(d.ceiling.Values())
	for _, text := range d.deny {
		if set, err := t.Parse(text.Value); err == nil {
			l.Deny = append(l.Deny, Denied{Text: text.Value, Set: set, At: text.Pos})
		}
	}
	return l
}

// Within answers whether a scope is inside the level's own ceiling.
func (t *Tree) Within(l *Level, text string, set access.Set) access.Answer {
	if !l.Bounded {
		return access.Answer{Holds: true, Complete: true}
	}
	q := question{level: l, scope: text}
	answer, known := t.within[q]
	if !known {
		answer = t.budget.Included(set, l.Ceiling)
		t.within[q] = answer
	}
	return answer
}

// Budget returns the budget that all questions about the registry share. It keeps
// the time for a whole registry near that for a few hard questions.
func (t *Tree) Budget() *access.Budget { return t.budget }

// Own returns what the level itself allows: its ceiling without its denies.
func (l *Level) Own() access.Set {
	own := access.Everything()
	if l.Bounded {
		own = l.Ceiling
	}
	var deny access.Set
	for _, d := range l.Deny {
		deny = deny.Or(d.Set)
	}
	return own.Minus(deny)
}

// May returns what the level allows those below it.
func (l *Level) May() access.Set {
	may := l.Line[0].Own()
	for _, above := range l.Line[1:] {
		may = may.And(above.Own())
	}
	return may
}
