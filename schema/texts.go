// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// textCheck walks once through a tree beside its schema and objects to every
// value that should be a text and is not, and to every text and key that is
// not as the schema says. A document without a fault costs it no memory but the
// trail.
type textCheck struct {
	trail      []step // from the top to the value being looked at
	objections []objection
}

// A step leads to a value: by its key or, if index is not negative, by its index.
type step struct {
	key   string
	index int
}

// usualDepth is how deep the texts of our kinds are, with one to spare.
const usualDepth = 10

func (c *textCheck) object(what problem, field string) {
	path := make([]string, len(c.trail))
	for i, s := range c.trail {
		if path[i] = s.key; s.index >= 0 {
			path[i] = strconv.Itoa(s.index)
		}
	}
	c.objections = append(c.objections, objection{path: path, problem: what, field: field})
}

func (c *textCheck) value(n *node, value any) {
	switch value := value.(type) {
	case string:
		if n.Type == "string" {
			if what, wrong := n.fault(value); wrong {
				c.object(what, "")
			}
			return
		}
	case map[string]any:
		if n.Type == "object" {
			c.mapping(n, value)
			return
		}
	case []any:
		if n.Type == "array" {
			c.list(n, value)
			return
		}
	}
	if n.Type == "string" {
		c.object(wrongType, "")
	}
}

func (c *textCheck) mapping(n *node, mapping map[string]any) {
	for key, value := range mapping {
		if n.Names != nil {
			if _, wrong := n.Names.fault(key); wrong {
				c.object(malformedKey, key)
			}
		}
		if below := n.child(key); below != nil && below.texts {
			c.trail = append(c.trail, step{key: key, index: -1})
			c.value(below, value)
			c.trail = c.trail[:len(c.trail)-1]
		}
	}
}

func (c *textCheck) list(n *node, list []any) {
	if !n.texts {
		return
	}
	c.trail = append(c.trail, step{})
	last := len(c.trail) - 1
	for i, value := range list {
		c.trail[last].index = i
		c.value(n.Items, value)
	}
	c.trail = c.trail[:last]
}

// fault returns the mistake in a text, if it has one. Of several mistakes it
// is the first.
func (n *node) fault(text string) (problem, bool) {
	switch {
	case n.Const != "" && text != n.Const,
		n.Enum != nil && !slices.Contains(n.Enum, text),
		n.machine != nil && !n.machine.match(text):
		return malformed, true
	case n.MinLength > 0 && utf8.RuneCountInString(text) < n.MinLength:
		return tooShort, true
	case n.MaxLength > 0 && utf8.RuneCountInString(text) > n.MaxLength:
		return tooLong, true
	}
	return 0, false
}
