// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// A pattern is a set of identities that can become a node: the workflows that a
// GitHub subject covers, an application of a provider, or the node itself.
type pattern struct {
	system      string // systemGitHub, the system of an application, "" for the node itself
	name        string // repository in lower case, application, or path
	ids         string // "owner id/repository id"; "" for whatever repository has the name
	environment string // in lower case; "" for every workflow of the repository
}

// systemGitHub is the system of patterns that are workflows.
const systemGitHub = "repo"

// covers reports whether every identity of q is one of p. A repository that is pinned
// to ids is the same one only if its name and its ids agree: a name that was given up
// anybody can register, and whoever has the ids can choose the name. A repository has
// always more workflows, on any branch, than those of the environments that are
// named. Covering is transitive.
func (p pattern) covers(q pattern) bool {
	return p.system == q.system && p.name == q.name &&
		(p.ids == "" || p.ids == q.ids) && (p.environment == "" || p.environment == q.environment)
}

// meets reports whether some identity is one of both p and q.
func (p pattern) meets(q pattern) bool {
	return p.system == q.system && p.name == q.name &&
		(p.ids == "" || q.ids == "" || p.ids == q.ids) &&
		(p.environment == "" || q.environment == "" || p.environment == q.environment)
}

// key is what a pattern can be found by: all patterns that cover or meet q have its key.
type key struct{ system, name string }

func (p pattern) key() key { return key{p.system, p.name} }

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
	return identity{pattern: pattern{system: a.System, name: names.Application(name)}, text: a.System + ":" + name, at: a.Application.Pos}
}

// gitHub reads a subject. Names of repositories and environments do not differ in case
// (docs.github.com, "Managing environments for deployment").
func gitHub(g *manifest.GitHubIdentity) identity {
	name, ids := g.Names()
	text := "repo:" + g.Repository.Value + ":*"
	if g.Environment.Value != "" {
		text = "repo:" + g.Repository.Value + ":environment:" + g.Environment.Value
	}
	return identity{
		pattern: pattern{system: systemGitHub, name: name, ids: ids, environment: names.Environment(g.Environment.Value)},
		text:    text, at: g.Repository.Pos,
	}
}
