// SPDX-License-Identifier: Apache-2.0

package grant

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
)

// Given is a role that scopes get, and why.
type Given struct {
	Mapping
	Witness string // one permission that both the scopes and the pattern allow
	Proven  bool   // false: the question was too complex, so the role may be given
}

// Roles returns the roles that lists of scopes get. A role that none of them provably
// gets, but that one of them may get, is there without a witness. A native name with
// {1} stands for one role for each scope: {n} is what the n-th * of the pattern took.
func (m Maps) Roles(tree *bounds.Tree, lists ...[]string) map[Role]Given {
	roles := map[Role]Given{}
	for _, list := range lists {
		for _, mapping := range m {
			if !strings.Contains(mapping.Native, "{") {
				mapping.give(roles, tree, mapping.Role, tree.Union(list))
				continue
			}
			for _, text := range list {
				role := mapping.Role
				role.Native = fill(mapping.Native, captures(mapping.Pattern, text))
				mapping.give(roles, tree, role, tree.Union([]string{text}))
			}
		}
	}
	return roles
}

// give adds a role if a set meets the pattern.
func (m Mapping) give(roles map[Role]Given, tree *bounds.Tree, role Role, set access.Set) {
	known, there := roles[role]
	if known.Proven {
		return
	}
	answer := tree.Budget().Overlap(set, m.set)
	if answer.Holds || !answer.Complete && !there {
		m.Role = role
		roles[role] = Given{Mapping: m, Witness: answer.Witness, Proven: answer.Complete}
	}
}

// Resource returns the resource of the pattern, without its verbs.
func (m Mapping) Resource() string {
	resource, _, _ := strings.Cut(m.Pattern, ":")
	return resource
}

// Uncaptured returns a {n} of the native name that no * of the pattern fills, "" if
// there is none.
func (m Mapping) Uncaptured() string {
	return regexp.MustCompile(`\{[0-9]+\}`).FindString(fill(m.Native, captures(m.Pattern, m.Pattern)))
}

// captures returns what each * of a pattern's resource took of a scope's: a part of a
// segment, or the rest for a last **. A part that cannot be told is *.
func captures(pattern, scope string) []string {
	pattern, _, _ = strings.Cut(pattern, ":")
	scope, _, _ = strings.Cut(scope, ":")
	segments, texts := strings.Split(pattern, "/"), strings.Split(scope, "/")
	var taken []string
	for i, segment := range segments {
		switch text := at(texts, i); {
		case segment == "**": // one part
			taken = append(taken, cmp.Or(strings.Join(texts[min(i, len(texts)):], "/"), "*"))
		case strings.Count(segment, "*") == 1:
			before, after, _ := strings.Cut(segment, "*")
			inside, first := strings.CutPrefix(text, before)
			inside, last := strings.CutSuffix(inside, after)
			if !first || !last {
				inside = "*"
			}
			taken = append(taken, inside)
		default:
			for range strings.Count(segment, "*") {
				taken = append(taken, "*")
			}
		}
	}
	return taken
}

func at(texts []string, i int) string {
	if i >= len(texts) || texts[i] == "**" {
		return "*"
	}
	return texts[i]
}

// fill puts what was captured in place of {1}, {2} and so on.
func fill(native string, taken []string) string {
	for i, text := range taken {
		native = strings.ReplaceAll(native, "{"+strconv.Itoa(i+1)+"}", text)
	}
	return native
}

// Words says which scopes a native role gives, where a catalogue knows it.
type Words func(Role) (scopes []string, known bool)

// Scopes returns the scopes that a given role gives. A role that no catalogue knows
// means what its map says: all of the pattern.
func (g Given) Scopes(words Words) []string {
	if words != nil {
		if scopes, known := words(g.Role); known {
			return scopes
		}
	}
	return []string{g.Pattern}
}

// Wide returns a permission that a role gives and that is neither declared nor accepted
// as excess. The witness is "" if the question was too complex, which counts as wide.
func (g Given) Wide(tree *bounds.Tree, gives, declared []string) (witness string, wide bool) {
	answer := tree.Budget().Included(tree.Union(gives), tree.Union(declared).Or(tree.Union(g.Excess)))
	return answer.Witness, !answer.Holds || !answer.Complete
}

// Short returns a permission of the map's pattern that is declared and that no role of
// a list gives.
func (g Given) Short(tree *bounds.Tree, given, declared []string) (witness string, short bool) {
	answer := tree.Budget().Included(tree.Union(declared).And(g.set), tree.Union(given))
	return answer.Witness, !answer.Holds && answer.Complete
}
