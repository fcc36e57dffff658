// SPDX-License-Identifier: Apache-2.0

package universe

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Bounds is what one place of a random tree sets.
type Bounds struct {
	Ceiling []string // nil: everything
	Deny    []string
}

// DrawBounds makes bounds that often just fit.
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

// DrawScopes makes scopes whose words are in a universe, and beyond it.
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

// YAML writes the bounds as fields of a spec.
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

// Flow writes a list of texts on one line.
func Flow(list []string) string {
	quoted := make([]string, len(list))
	for i, text := range list {
		quoted[i] = fmt.Sprintf("%q", text)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
