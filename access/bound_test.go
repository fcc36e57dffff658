// SPDX-License-Identifier: Apache-2.0

package access_test

import "strings"

// wordBound returns a length that the resource of a least word does not exceed
// which is in a scope g of the first list, possibly also in a scope d of the
// second, and in or not in any of the other scopes of the two sets only as far
// as g and d leave it open. All questions of TestExactAgainstBruteForce are of
// this form, for a word of (A1−D1) − (A2−D2) is in some g of A1 and
//
//	either in no scope of D1 and A2, or in no scope of D1 and in some d of D2;
//
// and a word of (A1−D1) ∩ (A2−D2) is in some g of A1, some d of A2 and in no
// scope of D1 and D2.
//
// Let w be a least such word, and look at one segment of it. Mark the characters
// that a literal character of g or of d matches. What lies between two marks is
// in a star of g and in a star of d. Replace it by one fresh character. The new
// word is still in g and d. If a pattern p matched it, then by matching the fresh
// characters with stars, so p would match w too. Hence the new word is as good,
// and w, being least, is not longer: the segment has at most as many characters
// as g and d have literal ones there, and as many more as there are pairs of a
// star of g and a star of d that can overlap, which is one less than the number
// of stars.
//
// Where both have come to "**" nothing is marked, and segments can be dropped as
// long as there is one and no pattern p can tell. Let S be the largest number
// of segments in any pattern, "**" counted as one. Between more than S segments
// none can tell.
func wordBound(gs, ds []string, sets ...texts) int {
	most := 0
	for _, s := range sets {
		for _, list := range [][]string{s.allow, s.deny} {
			for _, scope := range list {
				most = max(most, strings.Count(scope, "/")+1)
			}
		}
	}
	bound := 0
	for _, g := range gs {
		bound = max(bound, meetingBound(g, "**:*", most))
		for _, d := range ds {
			bound = max(bound, meetingBound(g, d, most))
		}
	}
	return bound
}

// meetingBound is the bound for one g and one d.
func meetingBound(g, d string, most int) int {
	gs, ds := segments(g), segments(d)
	n := max(len(gs), len(ds))
	if gs[len(gs)-1] == "**" && ds[len(ds)-1] == "**" {
		n = max(n, most+1)
	}
	length := n - 1 // slashes
	for i := range n {
		length += segmentBound(at(gs, i), at(ds, i))
	}
	return length
}

func segments(scope string) []string {
	pattern, _, _ := strings.Cut(scope, ":")
	return strings.Split(pattern, "/")
}

// at returns what a pattern asks of segment i. Of a pattern that has ended
// nothing is asked, which can only raise the bound.
func at(segments []string, i int) string {
	if i >= len(segments) || segments[i] == "**" {
		return "*"
	}
	return segments[i]
}

func segmentBound(g, d string) int {
	gStars, dStars := strings.Count(g, "*"), strings.Count(d, "*")
	literal := len(g) - gStars + len(d) - dStars
	switch {
	case gStars == 0:
		return len(g)
	case dStars == 0:
		return len(d)
	default:
		return literal + gStars + dStars - 1
	}
}
