// SPDX-License-Identifier: Apache-2.0

package access

import (
	"iter"
	"strings"
)

// anyVerb is the verb that matches every verb.
const anyVerb = "*"

// A Scope is a pattern of permissions, resource:verb[,verb], in canonical form:
// verbs sorted and each once, "*" instead of all others. Scopes are values, and
// == compares them. The zero Scope holds no word; Parse returns all others.
type Scope struct {
	text  string // canonical
	colon uint16 // where the resource ends in text
	fixed uint16 // where the key ends in text
}

// String returns the scope in canonical form.
func (s Scope) String() string { return s.text }

// Literal reports whether the scope has no wildcard: it then holds as many
// words as it has verbs.
func (s Scope) Literal() bool { return !s.wild() && s.verbs() != anyVerb }

// wild reports whether the resource has a wildcard.
func (s Scope) wild() bool { return s.fixed <= s.colon }

func (s Scope) resource() string { return s.text[:s.colon] }

func (s Scope) verbs() string {
	if s.text == "" {
		return ""
	}
	return s.text[s.colon+1:]
}

// key returns what all words of the scope begin with: the text up to the first
// wildcard of the resource or, in a resource without one, up to and with the
// colon. If two scopes share a word then one's key begins with the other's; if
// p includes q then q's key begins with p's.
func (s Scope) key() string { return s.text[:s.fixed] }

// A part is a scope's resource with all of its verbs or with one verb that it
// holds. It is what sets are asked about.
type part struct {
	Scope
	only string // canonical verbs
}

func (s Scope) whole() part { return part{Scope: s, only: s.verbs()} }

// share tells how much of q the scope holds, exactly: none, some or all. It also
// returns how many segments it has compared.
func (s Scope) share(q part) (held share, segments int) {
	verbs := verbShare(s.verbs(), q.only)
	if verbs == none {
		return none, 0
	}
	// A word is a pair: s and q meet if both halves do, and s includes q if
	// both halves do, for no half is empty.
	held, segments = resourceShare(s.resource(), q.resource())
	return min(verbs, held), segments
}

// verbShare tells how much of the canonical verbs q is in the canonical verbs
// p. A list is never all of "*": verbs are without number. Both are sorted, so
// one pass over the two is enough.
func verbShare(p, q string) share {
	switch {
	case p == anyVerb || p == q:
		return all
	case q == anyVerb:
		return some
	}
	found, missed := false, false
	for verb := range eachVerb(q) {
		for first := range eachVerb(p) {
			if first >= verb {
				break
			}
			p = strings.TrimPrefix(p[len(first):], ",")
		}
		if first, _, _ := strings.Cut(p, ","); first == verb {
			found = true
		} else {
			missed = true
		}
	}
	switch {
	case !found:
		return none
	case missed:
		return some
	default:
		return all
	}
}

// eachVerb yields the verbs of a canonical list.
func eachVerb(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for more := list != ""; more; {
			var verb string
			verb, list, more = strings.Cut(list, ",")
			if !yield(verb) {
				return
			}
		}
	}
}
