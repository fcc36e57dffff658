// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
)

// The oracle knows the definition of scopes and nothing of the engine: it tries
// every word up to a length. It reads the texts of scopes by itself.

// matches reports whether a resource pattern matches a resource.
func matches(pattern, resource string) bool {
	switch {
	case pattern == "**":
		return resource != ""
	case pattern == "":
		return resource == ""
	case pattern[0] != '*':
		return resource != "" && resource[0] == pattern[0] && matches(pattern[1:], resource[1:])
	case matches(pattern[1:], resource):
		return true
	default:
		return resource != "" && resource[0] != '/' && matches(pattern, resource[1:])
	}
}

// holds reports whether the scope of a text holds a word.
func holds(scope, word string) bool {
	pattern, verbs, _ := strings.Cut(scope, ":")
	resource, verb, _ := strings.Cut(word, ":")
	return matches(pattern, resource) && listsVerb(verbs, verb)
}

func listsVerb(verbs, verb string) bool {
	list := strings.Split(verbs, ",")
	return slices.Contains(list, "*") || slices.Contains(list, verb)
}

// isWord reports whether a text is a word.
func isWord(text string) bool {
	resource, verb, found := strings.Cut(text, ":")
	if !found || verb == "" || strings.Trim(verb, verbCharacters) != "" {
		return false
	}
	for segment := range strings.SplitSeq(resource, "/") {
		if segment == "" || strings.Trim(segment, verbCharacters+"$") != "" {
			return false
		}
	}
	return true
}

// texts is a set in its simplest form.
type texts struct{ allow, deny []string }

func (s texts) holds(word string) bool {
	in := func(scope string) bool { return holds(scope, word) }
	return slices.ContainsFunc(s.allow, in) && !slices.ContainsFunc(s.deny, in)
}

// order is the documented order of characters in witnesses.
const order = "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789-_.$/:"

// before is the order of witnesses: length, then characters.
func before(a, b string) int {
	if c := cmp.Compare(len(a), len(b)); c != 0 {
		return c
	}
	return slices.CompareFunc([]byte(a), []byte(b), func(x, y byte) int {
		return cmp.Compare(strings.IndexByte(order, x), strings.IndexByte(order, y))
	})
}

// A universe is all resources up to a length over a few letters, in the order
// of witnesses, and a few verbs. A set of words is, for each verb, one bit per
// resource. What a pattern matches is computed once.
type universe struct {
	verbs     []string
	resources []string
	matched   map[string][]uint64
}

func newUniverse(letters string, length int, verbs ...string) *universe {
	u := &universe{verbs: verbs, matched: map[string][]uint64{}}
	level := []string{""}
	for range length {
		var next []string
		for _, text := range level {
			for _, c := range letters + "/" {
				if c != '/' || text != "" && text[len(text)-1] != '/' {
					next = append(next, text+string(c))
				}
			}
		}
		for _, text := range next {
			if text[len(text)-1] != '/' {
				u.resources = append(u.resources, text)
			}
		}
		level = next
	}
	slices.SortFunc(u.resources, before)
	return u
}

// match returns one bit per resource: whether the pattern matches it.
func (u *universe) match(pattern string) []uint64 {
	known, ok := u.matched[pattern]
	if !ok {
		known = make([]uint64, (len(u.resources)+63)/64)
		for i, resource := range u.resources {
			if matches(pattern, resource) {
				known[i/64] |= 1 << (i % 64)
			}
		}
		u.matched[pattern] = known
	}
	return known
}

// words returns the resources that a set holds with a verb.
func (u *universe) words(s texts, verb string) []uint64 {
	held := make([]uint64, (len(u.resources)+63)/64)
	for _, scope := range s.allow {
		if pattern, verbs, _ := strings.Cut(scope, ":"); listsVerb(verbs, verb) {
			for i, w := range u.match(pattern) {
				held[i] |= w
			}
		}
	}
	for _, scope := range s.deny {
		if pattern, verbs, _ := strings.Cut(scope, ":"); listsVerb(verbs, verb) {
			for i, w := range u.match(pattern) {
				held[i] &^= w
			}
		}
	}
	return held
}

// least returns the least word for which a function of what a and b hold is
// true, or "".
func (u *universe) least(a, b texts, wanted func(a, b uint64) uint64) string {
	least := ""
	for _, verb := range u.verbs {
		inA, inB := u.words(a, verb), u.words(b, verb)
		for i := range inA {
			if w := wanted(inA[i], inB[i]); w != 0 {
				word := u.resources[i*64+bits.TrailingZeros64(w)] + ":" + verb
				if least == "" || before(word, least) < 0 {
					least = word
				}
				break
			}
		}
	}
	return least
}

func minus(a, b uint64) uint64 { return a &^ b }
func both(a, b uint64) uint64  { return a & b }

// set builds the same set with the engine. The texts are known to be scopes.
func (s texts) set() access.Set {
	return unionOf(s.allow).Minus(unionOf(s.deny))
}

func unionOf(list []string) access.Set {
	scopes := make([]access.Scope, len(list))
	for i, text := range list {
		scope, err := access.Parse(text)
		if err != nil {
			panic("test: " + err.Error())
		}
		scopes[i] = scope
	}
	return access.Union(scopes...)
}
