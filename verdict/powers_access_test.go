// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"strings"
)

// A subject is one identity of a node: its text, as a verdict names it, and every
// concrete caller that it lets in.
type subject struct {
	text    string
	callers powers
}

// subjectsOf returns who can become a node: the workflows of a repository, an
// application, or the node itself if it has no identity.
func subjectsOf(n *point) []subject {
	identity, _ := n.value("identity").(object)
	var list []subject
	if g := objectAt(identity, "github"); g != nil {
		list = append(list, workflows(textAt(g, "repository"), textAt(g, "environment")))
	}
	for _, system := range []string{"entra", "okta"} {
		if a := objectAt(identity, system); a != nil {
			name := system + ":" + textAt(a, "application")
			list = append(list, subject{name, powers{name: true}})
		}
	}
	if list == nil {
		list = append(list, subject{n.path, powers{"node " + n.known(): true}})
	}
	return list
}

// workflows returns the workflows of a repository, each known by its name, the ids of
// owner and repository, and its environment. One runs in no environment, and one
// repository took over the name.
func workflows(repository, environment string) subject {
	text := "repo:" + repository + ":*"
	if environment != "" {
		text = "repo:" + repository + ":environment:" + environment
	}
	name, ids := strings.ToLower(repository), ""
	if owner, rest, pinned := strings.Cut(name, "@"); pinned {
		ownerID, rest, _ := strings.Cut(rest, "/")
		repo, id, _ := strings.Cut(rest, "@")
		name, ids = owner+"/"+repo, ownerID+"/"+id
	}
	s := subject{text, powers{}}
	for _, theirs := range []string{"1/2", "9/9"} {
		for _, where := range []string{"prod", "dev", "production", "other", "(a branch)"} {
			if (ids == "" || ids == theirs) && (environment == "" || strings.ToLower(environment) == where) {
				s.callers.add(name + " " + theirs + " " + where)
			}
		}
	}
	return s
}

// scopesOf returns the scopes in force at a node.
func scopesOf(n *point) []string { return textsAt(object{"": n.value("scopes")}, "") }

// eachHolder visits the nodes that hold access, by path.
func (s *state) eachHolder(visit func(*point)) {
	for _, path := range s.paths {
		if n := s.nodes[path]; n.holder {
			visit(n)
		}
	}
}

// heldBy returns what each caller of a side may do.
func (o *oracle) heldBy(s *state) map[string]words {
	held := map[string]words{}
	s.eachHolder(func(n *point) {
		for _, who := range subjectsOf(n) {
			for caller := range who.callers {
				held[caller] = held[caller].or(o.of(scopesOf(n)))
			}
		}
	})
	return held
}

// access finds callers who may do on one side what they may not on the other.
func (o *oracle) access(list string, side, other *state) {
	held := o.heldBy(other)
	side.eachHolder(func(n *point) {
		for _, who := range subjectsOf(n) {
			for caller := range who.callers {
				o.compareWords(list, n.path, who.text, held[caller], o.of(scopesOf(n)))
			}
		}
	})
}

// A role is what a provider's map gives: the native role, and the words that it means.
type role struct {
	name, system string
	set          words
}

// rolesOf returns the roles that a list of scopes gets by the maps of a side.
func (o *oracle) rolesOf(s *state, scopes []string) []role {
	var list []role
	for _, name := range textsAt(s.root, "propagate") {
		spec := s.providers[name]
		system := strings.ToLower(textAt(spec, "type") + " " + textAt(spec, "tenant") + " " + textAt(spec, "account"))
		for pattern, native := range objectAt(spec, "maps") {
			if set := o.of([]string{pattern}); o.of(scopes).and(set).some() {
				list = append(list, role{name + ": " + native.(string), system, set})
			}
		}
	}
	return list
}

// roles finds callers who get a native role that gives them what they neither were nor
// are declared, or that no map gave for what they hold.
func (o *oracle) roles() {
	before, now := o.heldBy(o.base), o.heldBy(o.head)
	had := map[string][]role{}
	o.base.eachHolder(func(n *point) {
		for _, who := range subjectsOf(n) {
			for caller := range who.callers {
				had[caller] = append(had[caller], o.rolesOf(o.base, scopesOf(n))...)
			}
		}
	})
	o.head.eachHolder(func(n *point) {
		mapped := o.rolesOf(o.base, scopesOf(n)) // what its present scopes would have got
		for _, who := range subjectsOf(n) {
			for caller := range who.callers {
				known := before[caller].or(now[caller])
				for _, r := range had[caller] {
					known = known.or(r.set)
				}
				for _, r := range o.rolesOf(o.head, scopesOf(n)) {
					same := func(other role) bool { return other.name == r.name && other.system == r.system }
					g := gain{listAccess, n.path, who.text + " has " + r.name}
					if !slices.ContainsFunc(append(slices.Clone(had[caller]), mapped...), same) {
						o.must[g] = "the role"
					}
					o.compareWords(g.list, g.level, g.what, known, r.set)
				}
			}
		}
	})
}
