// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"

	"github.com/appofapps/roster/internal/test/universe"
)

// A place is a level of a tree by the name that it had in base.
type place struct {
	universe.Bounds
	name string
}

// places returns the levels over an app and its own, from the root; those of
// apps have the path that known gives.
func (t tree) places(name string, known func(string) string) []place {
	a := t.apps[name]
	list := []place{{t.root, "the root"}, {t.domains[a.domain], "domain " + a.domain}}
	for _, above := range slices.Backward(append([]string{name}, t.line(name)...)) {
		list = append(list, place{t.apps[above].Bounds, "app " + known(t.path(above))})
	}
	return list
}

// passes returns the words that one place lets through.
func (p *pair) passes(b universe.Bounds) universe.Set {
	words := p.u.Everything()
	if b.Ceiling != nil {
		words = p.u.Words(b.Ceiling)
	}
	if len(b.Deny) > 0 {
		words = words.Minus(p.u.Words(b.Deny))
	}
	return words
}

func (p *pair) may(list []place) universe.Set {
	words := p.u.Everything()
	for _, place := range list {
		words = words.And(p.passes(place.Bounds))
	}
	return words
}

// headroom returns, for each place that was there in base, the words that it
// hands down and had stopped; and for each app that stands elsewhere, those that
// only places which it left had stopped.
func (p *pair) headroom() map[string]universe.Set {
	same := func(path string) string { return path }
	result := map[string]universe.Set{"the root": p.passes(p.head.root).Minus(p.passes(p.base.root))}
	for name, b := range p.head.domains {
		handed := p.may([]place{{p.head.root, ""}, {b, ""}})
		result["domain "+name] = handed.Minus(p.passes(p.base.domains[name]))
	}
	named := map[string]string{}
	for name := range p.base.apps {
		named[p.base.path(name)] = name
	}
	for name := range p.head.apps {
		path := p.head.path(name)
		was, there := p.renames[path]
		if !there {
			continue
		}
		now := p.head.places(name, p.knownPath)
		handed := p.may(now)
		before := p.base.apps[named[was]]
		result["app "+path] = handed.Minus(p.passes(before.Bounds))
		if path == was || p.movedAlong(name, named[was]) {
			continue
		}
		var gained universe.Set
		for _, left := range p.base.places(named[was], same) {
			if !slices.ContainsFunc(now, func(still place) bool { return still.name == left.name }) {
				gained = gained.Or(handed.Minus(p.passes(left.Bounds)))
			}
		}
		result["app "+path+" moved"] = gained
	}
	return result
}

// movedAlong reports whether an app stands below the same app as before, be that
// where it may.
func (p *pair) movedAlong(name, was string) bool {
	now, before := p.head.apps[name].parent, p.base.apps[was].parent
	return now != "" && before != "" && p.renames[p.head.path(now)] == p.base.path(before)
}
