// SPDX-License-Identifier: Apache-2.0

package access

import "strings"

// The characters of words, in the order that decides between words of the same
// length. It begins with the characters that people read as placeholders, so
// that the least word of orders/* is orders/x; the slash comes after all
// letters, so that few segments come before many.
const (
	verbAlphabet    = "xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789-_."
	segmentAlphabet = verbAlphabet + "$"
	wordAlphabet    = segmentAlphabet + "/:"
)

// placeholder is the least word over either alphabet.
const placeholder = "x"

// less is the order of witnesses: the shorter first, then by the order of
// wordAlphabet.
func less(a, b string) bool { return compareWords(a, b) < 0 }

func compareWords(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	for i := range len(a) {
		if a[i] != b[i] {
			return strings.IndexByte(wordAlphabet, a[i]) - strings.IndexByte(wordAlphabet, b[i])
		}
	}
	return 0
}

// leastResource returns the least resource of a pattern. A star in a segment
// with other characters can be empty; alone it cannot.
func leastResource(pattern string) string {
	if !strings.Contains(pattern, "*") {
		return pattern
	}
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		segments[i] = strings.ReplaceAll(segment, "*", "")
		if segments[i] == "" {
			segments[i] = placeholder
		}
	}
	return strings.Join(segments, "/")
}

// leastLength returns the length of the least word of q.
func (q part) leastLength() int {
	length := len(":") + len(leastVerb(q.only))
	for segment := range strings.SplitSeq(q.resource(), "/") {
		length += max(len(segment)-strings.Count(segment, "*"), 1) + len("/")
	}
	return length - len("/")
}

// leastVerb returns the least verb of a canonical list.
func leastVerb(list string) string {
	if list == anyVerb {
		return placeholder
	}
	least := ""
	for verb := range eachVerb(list) {
		if least == "" || less(verb, least) {
			least = verb
		}
	}
	return least
}

// unnamedVerb returns the least verb that is not in a list. The verbs of one
// length in their order, then those of the next, are tried; each but the last is
// in the list.
func unnamedVerb(named map[string]bool) string {
	verb := []byte(placeholder)
	for named[string(verb)] {
		verb = nextVerb(verb)
	}
	return string(verb)
}

// nextVerb counts: the verb after the given one, in the order of witnesses.
func nextVerb(verb []byte) []byte {
	first, last := verbAlphabet[0], verbAlphabet[len(verbAlphabet)-1]
	for i := len(verb) - 1; i >= 0; i-- {
		if verb[i] != last {
			verb[i] = verbAlphabet[strings.IndexByte(verbAlphabet, verb[i])+1]
			return verb
		}
		verb[i] = first
	}
	return append(verb, first)
}
