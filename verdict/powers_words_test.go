// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"strings"
)

// words is a set of permissions of a small closed world.
type words [3]uint64

func (a words) or(b words) words    { return words{a[0] | b[0], a[1] | b[1], a[2] | b[2]} }
func (a words) and(b words) words   { return words{a[0] & b[0], a[1] & b[1], a[2] & b[2]} }
func (a words) minus(b words) words { return words{a[0] &^ b[0], a[1] &^ b[1], a[2] &^ b[2]} }
func (a words) some() bool          { return a != words{} }

// A lexicon is the world of permissions: every resource and verb that the random
// registries name, and some that none of them names. What a scope means is computed
// from its definition, word by word.
type lexicon struct {
	all   []string
	known map[string]words // by scope
}

func newLexicon() *lexicon {
	l := &lexicon{known: map[string]words{}}
	for _, resource := range []string{
		"a", "a/x", "a/x/z", "a/z", "a/secret", "a/never", "a/hidden", "a/bad", "a/more", "a/w", "b", "b/x", "b/z", "b/hidden", "b/secret",
		"cosmos/z", "cosmos/one/z", "cosmos/two/z", "keyvault/z", "z", "z/z",
	} {
		for _, verb := range []string{"r", "w", "admin", "get", "z", "items.read"} {
			l.all = append(l.all, resource+":"+verb)
		}
	}
	if len(l.all) > 64*len(words{}) {
		panic("the world of words is too large")
	}
	return l
}

// of returns the words that some scopes allow.
func (l *lexicon) of(scopes []string) words {
	var all words
	for _, scope := range scopes {
		set, known := l.known[scope]
		if !known {
			for i, word := range l.all {
				if permits(scope, word) {
					set[i/64] |= 1 << (i % 64)
				}
			}
			l.known[scope] = set
		}
		all = all.or(set)
	}
	return all
}

// everything returns all words.
func (l *lexicon) everything() words { return l.of([]string{"**:*"}) }

// permits reports whether a scope allows a word. Segments of the random registries are
// names, "*" or a last "**".
func permits(scope, word string) bool {
	resource, verbs, _ := strings.Cut(scope, ":")
	asked, verb, _ := strings.Cut(word, ":")
	if verbs != "*" && !slices.Contains(strings.Split(verbs, ","), verb) {
		return false
	}
	segments, parts := strings.Split(resource, "/"), strings.Split(asked, "/")
	for i, segment := range segments {
		switch {
		case i >= len(parts):
			return false
		case segment == "**":
			return true
		case segment != "*" && segment != parts[i]:
			return false
		}
	}
	return len(segments) == len(parts)
}
