// SPDX-License-Identifier: Apache-2.0

// Package universe computes the meaning of scopes by brute force from their
// definition: it tries every word up to a size over a few letters. Start with New.
// Tests compare the algebra, and everything built on it, with this package. Only
// tests import it.
package universe

import (
	"regexp"
	"slices"
	"strings"
)

// A Universe is every word up to a size over a few letters, one of which occurs in no
// scope of the random trees. The meaning of a scope is a regular expression from its
// definition; the engine is not used.
type Universe struct {
	all    []string
	held   map[string]Set // by scope text
	unions map[string]Set // by list of texts
}

// New returns the words over the letters a, b and z, and the verbs r, w and z.
func New() *Universe {
	one := texts("abz", 1)
	two := slices.Concat(one, texts("abz", 2))
	three := slices.Concat(two, texts("abz", 3))
	resources := slices.Concat(three, join(three, three), join(join(three, two), one))
	u := &Universe{held: map[string]Set{}, unions: map[string]Set{}}
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

// Meaning returns the regular expression of a scope, from its definition: "*" is any
// run of characters in a segment, a last "**" one or more segments, segments
// and verbs are never empty.
func Meaning(scope string) *regexp.Regexp {
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

// Set is a set of words of the universe.
type Set []uint64

// Inside reports whether every word of a is in b.
func (a Set) Inside(b Set) bool {
	for i := range a {
		if a[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

// Meets reports whether a and b have a common word.
func (a Set) Meets(b Set) bool {
	for i := range a {
		if a[i]&b[i] != 0 {
			return true
		}
	}
	return false
}

// Words returns the union of some scopes.
func (u *Universe) Words(scopes []string) Set {
	key := strings.Join(scopes, " ")
	if known, ok := u.unions[key]; ok {
		return known
	}
	union := make(Set, len(u.all)/64+1)
	for _, scope := range scopes {
		for i, bits := range u.scope(scope) {
			union[i] |= bits
		}
	}
	if len(u.unions) < 1<<14 { // there are many lists, and few scopes
		u.unions[key] = union
	}
	return union
}

func (u *Universe) scope(text string) Set {
	if known, ok := u.held[text]; ok {
		return known
	}
	pattern, set := Meaning(text), make(Set, len(u.all)/64+1)
	for i, word := range u.all {
		if pattern.MatchString(word) {
			set[i/64] |= 1 << (i % 64)
		}
	}
	u.held[text] = set
	return set
}

// Everything returns all words.
func (u *Universe) Everything() Set {
	all := make(Set, len(u.all)/64+1)
	for i := range u.all {
		all[i/64] |= 1 << (i % 64)
	}
	return all
}

// Or returns the words in a or b.
func (a Set) Or(b Set) Set { return a.with(b, func(x, y uint64) uint64 { return x | y }) }

// And returns the words in both.
func (a Set) And(b Set) Set { return a.with(b, func(x, y uint64) uint64 { return x & y }) }

// Minus returns the words of a that are not in b.
func (a Set) Minus(b Set) Set { return a.with(b, func(x, y uint64) uint64 { return x &^ y }) }

func (a Set) with(b Set, bits func(x, y uint64) uint64) Set {
	result := make(Set, max(len(a), len(b)))
	for i := range result {
		var x, y uint64
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		result[i] = bits(x, y)
	}
	return result
}

// Empty reports whether the set has no words.
func (a Set) Empty() bool {
	for _, bits := range a {
		if bits != 0 {
			return false
		}
	}
	return true
}

// Has reports whether a word is in the universe.
func (u *Universe) Has(word string) bool { return !u.Word(word).Empty() }

// Word returns the set of one word, empty if the word is outside of the universe.
func (u *Universe) Word(word string) Set {
	one := make(Set, len(u.all)/64+1)
	if i := slices.Index(u.all, word); i >= 0 {
		one[i/64] |= 1 << (i % 64)
	}
	return one
}

// List returns the words of a set.
func (u *Universe) List(s Set) []string {
	var words []string
	for i, word := range u.all {
		if i/64 < len(s) && s[i/64]&(1<<(i%64)) != 0 {
			words = append(words, word)
		}
	}
	return words
}
