// SPDX-License-Identifier: Apache-2.0

package access

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
)

// MaxLength is the longest text of a scope, in bytes. It is ours: far beyond
// any resource name of the systems that scopes speak of, and small enough to
// bound the work on one scope.
const MaxLength = 1024

// What a scope may be made of, for messages.
const (
	allowedForm     = `a scope is resource:verb[,verb], as in "orders/carts:read,write"`
	allowedResource = `a segment is made of A-Z a-z 0-9 . _ $ - and "*"`
	allowedVerb     = `a verb is "*" or made of A-Z a-z 0-9 . _ -`
	allowedDeep     = `"**" is allowed only as the whole of the last segment`
)

// A SyntaxError says why a text is not a scope.
type SyntaxError struct {
	Text   string
	Offset int    // of the first byte that is wrong, from 0; len(Text) if something is missing
	Reason string // the mistake, and the allowed form
}

// Error returns the text, quoted, and the reason.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("scope %s: %s", finding.Quote(e.Text), e.Reason)
}

// Parse returns the scope that a text describes, in canonical form. Its error
// is always a *SyntaxError.
func Parse(text string) (Scope, error) {
	refuse := func(offset int, reason string) (Scope, error) {
		return Scope{}, &SyntaxError{Text: text, Offset: offset, Reason: reason}
	}
	if len(text) > MaxLength {
		return refuse(MaxLength, fmt.Sprintf("%d bytes long; at most %d are allowed", len(text), MaxLength))
	}
	resource, verbs, found := strings.Cut(text, ":")
	if offset, reason := checkResource(resource); reason != "" {
		return refuse(offset, reason)
	}
	if !found {
		return refuse(len(text), "no verb; "+allowedForm)
	}
	if offset, reason := checkVerbs(verbs); reason != "" {
		return refuse(len(resource)+1+offset, reason)
	}
	if canonical := canonicalVerbs(verbs); canonical != verbs {
		text = resource + ":" + canonical
	}
	return newScope(text, len(resource)), nil
}

// newScope returns the scope of a canonical text.
func newScope(text string, colon int) Scope {
	fixed := strings.IndexByte(text[:colon], '*')
	if fixed < 0 {
		fixed = colon + 1
	}
	return Scope{text: text, colon: uint16(colon), fixed: uint16(fixed)} //nolint:gosec // at most MaxLength
}

// checkResource returns where and why a text is no resource; the reason is
// empty if it is one.
func checkResource(resource string) (int, string) {
	if resource == "" {
		return 0, "no resource; " + allowedForm
	}
	offset := 0
	for more := true; more; {
		var segment string
		segment, _, more = strings.Cut(resource[offset:], "/")
		if segment == "**" && !more {
			break
		}
		if at, reason := checkSegment(segment); reason != "" {
			return offset + at, reason
		}
		offset += len(segment) + 1
	}
	return 0, ""
}

// checkSegment treats "**" as wrong: the one place for it is its caller's.
func checkSegment(segment string) (int, string) {
	if segment == "" {
		return 0, "empty segment; " + allowedResource
	}
	for i := range len(segment) {
		switch {
		case strings.HasPrefix(segment[i:], "**"):
			return i, `misplaced "**"; ` + allowedDeep
		case segment[i] != '*' && !isSegmentByte(segment[i]):
			return i, firstRune(segment[i:]) + " in a resource; " + allowedResource
		}
	}
	return 0, ""
}

// checkVerbs returns where and why a text is no list of verbs; the reason is
// empty if it is one.
func checkVerbs(verbs string) (int, string) {
	offset := 0
	for more := true; more; {
		var verb string
		verb, _, more = strings.Cut(verbs[offset:], ",")
		if verb == "" {
			return offset, "empty verb; " + allowedVerb
		}
		for i := range len(verb) {
			if verb != anyVerb && !isVerbByte(verb[i]) {
				return offset + i, firstRune(verb[i:]) + " in a verb; " + allowedVerb
			}
		}
		offset += len(verb) + 1
	}
	return 0, ""
}

// canonicalVerbs sorts verbs and removes repetitions; "*" swallows all others.
// It returns its argument, allocating nothing, if that is canonical.
func canonicalVerbs(verbs string) string {
	ascending, last := true, ""
	for verb := range eachVerb(verbs) {
		if verb == anyVerb {
			return anyVerb
		}
		ascending = ascending && last < verb
		last = verb
	}
	if ascending {
		return verbs
	}
	list := strings.Split(verbs, ",")
	slices.Sort(list)
	return strings.Join(slices.Compact(list), ",")
}

func firstRune(text string) string {
	_, size := utf8.DecodeRuneInString(text)
	return finding.Quote(text[:size])
}

func isVerbByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '.' || c == '_' || c == '-'
}

func isSegmentByte(c byte) bool { return c == '$' || isVerbByte(c) }
