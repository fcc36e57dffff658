// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"strings"
	"time"
)

// Filter selects events. The zero Filter selects all.
type Filter struct {
	Node  string    // a path in which "*" is any run of characters; "" for any
	Owner string    // at the time of the event; "" for any
	Since time.Time // inclusive; zero for any
	Until time.Time // exclusive; zero for any
}

// Match reports whether the filter selects an event. An event with an invalid
// time is outside every time range.
func (f Filter) Match(e Event) bool {
	if f.Node != "" && !matches(f.Node, e.Node) || f.Owner != "" && f.Owner != e.Owner {
		return false
	}
	if f.Since.IsZero() && f.Until.IsZero() {
		return true
	}
	at, err := time.Parse(time.RFC3339Nano, e.Time)
	if err != nil {
		return false
	}
	return !at.Before(f.Since) && (f.Until.IsZero() || at.Before(f.Until))
}

// matches reports whether a pattern, in which "*" is any run of characters,
// matches a text. Between two stars it is enough to try the first occurrence.
func matches(pattern, text string) bool {
	begin, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, found := strings.CutPrefix(text, begin)
	for found {
		piece, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(text, piece)
		}
		_, text, found = strings.Cut(text, piece)
		rest = after
	}
	return false
}
