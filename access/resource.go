// SPDX-License-Identifier: Apache-2.0

package access

import "strings"

// deep is the last segment that matches one or more segments.
const deep = "**"

// resourceShare tells how much of the resource pattern q the resource pattern p
// holds. The answer is exact and takes time linear in the two texts: between
// two patterns there is no need for automata, only unions of several need them.
func resourceShare(p, q string) (held share, segments int) {
	held = all
	for {
		ps, prest, pmore := strings.Cut(p, "/")
		qs, qrest, qmore := strings.Cut(q, "/")
		segments++
		switch {
		case ps == deep: // q has one segment left, or more, which is all that p asks
			return held, segments
		case qs == deep: // q can become the rest of p, and can be longer or shorter
			return some, segments
		}
		held = min(held, segmentShare(ps, qs))
		if held == none || pmore != qmore {
			return none, segments
		}
		if !pmore {
			return held, segments
		}
		p, q = prest, qrest
	}
}

// segmentShare is resourceShare for one segment.
//
// p holds all of q if it matches q's text. For every star of p then matches a
// run of that text, and continues to match it when q's stars in it are replaced
// by anything. Conversely let the scan of q's text, left to right, fail. At each
// star of q it awaits some piece of p; replace the star by a run, longer than
// the piece, of a character that is neither its first nor its last. No
// occurrence of the piece touches the run, so the scan fails on this word of q
// as it did on q's text. (The beginning and the end of p exclude one character
// more; there are 66.)
//
// Two patterns that both have a star meet if their beginnings agree as far as
// both are literal, and so do their ends: the longer beginning, the middle of
// p, the middle of q and the longer end, in this order, are matched by both.
func segmentShare(p, q string) share {
	if p == "*" || p == q {
		return all
	}
	pFirst, qFirst := strings.IndexByte(p, '*'), strings.IndexByte(q, '*')
	switch {
	case pFirst < 0 && (qFirst < 0 || !match(q, p)):
		return none
	case pFirst < 0:
		return some
	case match(p, q):
		return all
	case qFirst < 0:
		return none
	}
	pEnd, qEnd := p[strings.LastIndexByte(p, '*')+1:], q[strings.LastIndexByte(q, '*')+1:]
	if agree(p[:pFirst], q[:qFirst], strings.HasPrefix) && agree(pEnd, qEnd, strings.HasSuffix) {
		return some
	}
	return none
}

func agree(a, b string, has func(text, part string) bool) bool { return has(a, b) || has(b, a) }

// match reports whether the pattern of one segment matches a text, in which
// stars are characters like others. Between two stars the first occurrence is
// as good as any later one, so nothing is ever tried twice.
func match(p, text string) bool {
	begin, rest, star := strings.Cut(p, "*")
	if !star {
		return p == text
	}
	if !strings.HasPrefix(text, begin) {
		return false
	}
	text = text[len(begin):]
	for {
		piece, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, piece)
		}
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text, rest = text[at+len(piece):], after
	}
}
