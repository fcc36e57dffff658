// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// A level is one place of the tree that bounds what stands below it: the root,
// a domain or an app. What a node may hold is
//
//	may(node) = may(above) ∩ ceiling(node) − deny(node)
//
// and so, over the levels l above and at the node,
//
//	s ⊆ may(node)  ⇔  s ⊆ ceiling(l) and s ∩ deny(l) = ∅ for every l
//
// which is how it is decided: level by level from the root, so that the first
// level that lacks a scope is known, and each question about a level is
// answered once for all nodes below it.
type level struct {
	line []*level // from the root down to this one
	name string   // "the root", "domain payments", "app orders/checkout"
	file string

	bounded bool // false: no ceiling is declared, everything passes
	ceiling access.Set
	at      manifest.Pos // of the ceiling
	deny    []denied
}

// denied is one deny scope and where it stands.
type denied struct {
	text string
	set  access.Set
	at   manifest.Pos
}

// question is one scope held against one level's ceiling.
type question struct {
	level *level
	scope string
}

// levelOf returns the level of an app's node; environments have their app's.
func (v *validator) levelOf(n *manifest.Node) *level {
	n = n.AppNode()
	if l, known := v.levels[n]; known {
		return l
	}
	above := v.domainLevel(n.Domain)
	if n.Parent != nil {
		above = v.levelOf(n.Parent)
	}
	l := above
	if spec := &n.App.Spec; spec.Ceiling != nil || len(spec.Deny) > 0 {
		l = v.newLevel(above, "app "+n.Path, n.App.File, spec.Ceiling, spec.Deny, n.Position())
	}
	v.levels[n] = l
	return l
}

func (v *validator) domainLevel(d *manifest.Domain) *level {
	l, known := v.domains[d]
	if !known {
		l = v.newLevel(v.rootLevel(), "domain "+d.Meta.Name.Value, d.File, d.Spec.Ceiling, d.Spec.Deny, d.Meta.Name.Pos)
		v.domains[d] = l
	}
	return l
}

func (v *validator) rootLevel() *level {
	l, known := v.domains[nil]
	if !known {
		root := v.registry.Root
		l = v.newLevel(nil, "the root", root.File, root.Spec.Ceiling, root.Spec.Deny, root.Meta.Name.Pos)
		v.domains[nil] = l
	}
	return l
}

func (v *validator) newLevel(above *level, name, file string, ceiling, deny manifest.Strings, at manifest.Pos) *level {
	l := &level{name: name, file: file, bounded: ceiling != nil, at: at}
	if above != nil {
		l.line = slices.Clip(above.line)
	}
	l.line = append(l.line, l)
	for i, text := range ceiling {
		if i == 0 {
			l.at = text.Pos
		}
		if set, err := v.parse(text.Value); err == nil {
			l.ceiling = l.ceiling.Or(set)
		}
	}
	for _, text := range deny {
		if set, err := v.parse(text.Value); err == nil {
			l.deny = append(l.deny, denied{text: text.Value, set: set, at: text.Pos})
		}
	}
	return l
}

func (l *level) place(at manifest.Pos) string {
	return fmt.Sprintf("%s, %s:%d", l.name, l.file, at.Line)
}

// holds answers whether a scope is inside the level's ceiling.
func (v *validator) holds(l *level, text string, set access.Set) access.Answer {
	if !l.bounded {
		return access.Answer{Holds: true, Complete: true}
	}
	q := question{level: l, scope: text}
	answer, known := v.within[q]
	if !known {
		answer = access.Included(set, l.ceiling)
		v.within[q] = answer
	}
	return answer
}
