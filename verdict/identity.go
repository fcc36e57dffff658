// SPDX-License-Identifier: Apache-2.0

package verdict

import "github.com/appofapps/roster/manifest"

// A pattern is a set of identities that can become a node: the workflows that a
// GitHub subject covers, an application of a provider, or the node itself.
type pattern struct {
	system      string // "repo", the system of an application, "" for the node itself
	name        string // repository in lower case, application, or path
	ids         string // "owner id/repository id"; "" for whatever repository has the name
	environment string // "" for every workflow of the repository
}

// covers reports whether every identity of q is one of p. GitHub never gives an
// id to a second repository (docs.github.com, "OpenID Connect reference",
// repository_id), but a name that was given up anybody can register: so ids
// alone decide where p has them, and a name without ids is covered by none but
// its own. A repository has always more workflows, on any branch, than those of
// the environments that are named.
func (p pattern) covers(q pattern) bool {
	if p.system != q.system || p.environment != "" && p.environment != q.environment {
		return false
	}
	if p.ids != "" {
		return p.ids == q.ids
	}
	return p.name == q.name
}

// key is what a pattern can be found by: all patterns that cover q have one of
// q's keys.
type key struct{ system, name, ids string }

func (p pattern) key() key {
	if p.ids != "" {
		return key{p.system, "", p.ids}
	}
	return key{p.system, p.name, ""}
}

// keys returns the keys of patterns that can cover p.
func (p pattern) keys() []key {
	byName := key{p.system, p.name, ""}
	if p.ids == "" {
		return []key{byName}
	}
	return []key{byName, {p.system, "", p.ids}}
}

// An identity is a pattern of a node, its position and its text.
type identity struct {
	pattern
	text string
	at   manifest.Pos
}

// identitiesOf returns who can become a node. path represents the node where it
// names none.
func identitiesOf(n *manifest.Node, path string) []identity {
	var list []identity
	declared := n.Identity()
	if declared == nil {
		declared = &manifest.Identity{}
	}
	if g := declared.GitHub; g != nil {
		list = append(list, gitHub(g))
	}
	for _, a := range declared.Applications() {
		list = append(list, application(a))
	}
	if len(list) == 0 {
		list = append(list, identity{pattern: pattern{name: path}, text: n.Path, at: n.Position()})
	}
	return list
}

func application(a manifest.SystemApplication) identity {
	name := a.Application.Value
	return identity{pattern: pattern{system: a.System, name: name}, text: a.System + ":" + name, at: a.Application.Pos}
}

// gitHub reads a subject. Environments, as the subject spells them, may differ
// in case.
func gitHub(g *manifest.GitHubIdentity) identity {
	name, ids := g.Names()
	text := "repo:" + g.Repository.Value + ":*"
	if g.Environment.Value != "" {
		text = "repo:" + g.Repository.Value + ":environment:" + g.Environment.Value
	}
	return identity{
		pattern: pattern{system: "repo", name: name, ids: ids, environment: g.Environment.Value},
		text:    text, at: g.Repository.Pos,
	}
}
