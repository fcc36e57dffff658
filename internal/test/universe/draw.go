// SPDX-License-Identifier: Apache-2.0

package universe

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Bounds are the limits that one node of a random tree sets.
type Bounds struct {
	Ceiling []string // nil: everything
	Deny    []string
}

// DrawBounds draws bounds that often fit exactly.
func DrawBounds(r *rand.Rand) Bounds {
	var b Bounds
	if r.IntN(3) > 0 {
		b.Ceiling = DrawScopes(r, 1+r.IntN(3))
		if r.IntN(3) == 0 {
			b.Ceiling = append(b.Ceiling, "**:*")
		}
	}
	if r.IntN(4) == 0 {
		b.Deny = DrawScopes(r, 1)
	}
	return b
}

// DrawScopes draws scopes with words inside and outside of a universe.
func DrawScopes(r *rand.Rand, n int) []string {
	segments := []string{"a", "b", "ab", "*", "*", "a*", "*b", "a*b"}
	verbs := []string{"r", "w", "r,w", "*"}
	list := make([]string, n)
	for i := range list {
		text := segments[r.IntN(len(segments))]
		switch r.IntN(6) {
		case 0, 1, 2:
			text += "/" + segments[r.IntN(len(segments))]
		case 3:
			text += "/**"
		case 4:
			text = "**"
		}
		list[i] = text + ":" + verbs[r.IntN(len(verbs))]
	}
	return list
}

// YAML returns the bounds as fields of a spec.
func (b Bounds) YAML() string {
	text := ""
	if b.Ceiling != nil {
		text += "  ceiling: " + Flow(b.Ceiling) + "\n"
	}
	if b.Deny != nil {
		text += "  deny: " + Flow(b.Deny) + "\n"
	}
	return text
}

// Flow returns a list of texts in YAML's flow style.
func Flow(list []string) string {
	quoted := make([]string, len(list))
	for i, text := range list {
		quoted[i] = fmt.Sprintf("%q", text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
