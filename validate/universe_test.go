// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"regexp"
	"slices"
	"strings"
)

// A universe is every word up to a size over a few letters, one of which stands
// in no scope of the random trees. It knows what a scope means from its
// definition: a regular expression for each, and nothing of the engine.
type universe struct {
	all    []string
	held   map[string]bitset // by scope text
	unions map[string]bitset // by list of texts
}

func newUniverse() *universe {
	one := texts("abz", 1)
	two := slices.Concat(one, texts("abz", 2))
	three := slices.Concat(two, texts("abz", 3))
	resources := slices.Concat(three, join(three, three), join(join(three, two), one))
	u := &universe{held: map[string]bitset{}, unions: map[string]bitset{}}
	for _, resource := range resources {
		for _, verb := range []string{"r", "w", "z"} {
			u.all = append(u.all, resource+":"+verb)
		}
	}
	return u
}

// texts returns all texts of a length over some letters.
func texts(letters string, length int) []string {
	list := []string{""}
	for range length {
		var longer []string
		for _, text := range list {
			for _, c := range letters {
				longer = append(longer, text+string(c))
			}
		}
		list = longer
	}
	return list
}

func join(first, second []string) []string {
	var list []string
	for _, a := range first {
		for _, b := range second {
			list = append(list, a+"/"+b)
		}
	}
	return list
}

// meaning is the regular expression of a scope, from its definition: "*" is any
// run of characters in a segment, a last "**" one or more segments, segments
// and verbs are never empty.
func meaning(scope string) *regexp.Regexp {
	resource, verbs, _ := strings.Cut(scope, ":")
	segments := strings.Split(resource, "/")
	for i, segment := range segments {
		switch segment {
		case "**":
			segments[i] = "[a-z]+(?:/[a-z]+)*"
		case "*":
			segments[i] = "[a-z]+"
		default:
			segments[i] = strings.ReplaceAll(segment, "*", "[a-z]*")
		}
	}
	verb := strings.ReplaceAll(verbs, ",", "|")
	if verbs == "*" {
		verb = "[a-z]+"
	}
	return regexp.MustCompile("^(?:" + strings.Join(segments, "/") + "):(?:" + verb + ")$")
}

// bitset is a set of words of the universe.
type bitset []uint64

func (a bitset) inside(b bitset) bool {
	for i := range a {
		if a[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

func (a bitset) meets(b bitset) bool {
	for i := range a {
		if a[i]&b[i] != 0 {
			return true
		}
	}
	return false
}

// words returns what some scopes hold together.
func (u *universe) words(scopes []string) bitset {
	key := strings.Join(scopes, " ")
	if known, ok := u.unions[key]; ok {
		return known
	}
	union := make(bitset, len(u.all)/64+1)
	for _, scope := range scopes {
		for i, bits := range u.scope(scope) {
			union[i] |= bits
		}
	}
	if len(u.unions) < 1<<14 { // the lists are many, the scopes few
		u.unions[key] = union
	}
	return union
}

func (u *universe) scope(text string) bitset {
	if known, ok := u.held[text]; ok {
		return known
	}
	pattern, set := meaning(text), make(bitset, len(u.all)/64+1)
	for i, word := range u.all {
		if pattern.MatchString(word) {
			set[i/64] |= 1 << (i % 64)
		}
	}
	u.held[text] = set
	return set
}
