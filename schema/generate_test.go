// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A generator draws documents of one kind: such as its schema asks for, and the
// same with a few mistakes.
type generator struct {
	sampler
	top *node
}

// document returns a document that matches, or one that probably does not.
func (g generator) document() any {
	tree := g.valid(g.top)
	for range max(0, g.IntN(5)-1) {
		tree = g.mutate(tree)
	}
	return tree
}

// valid returns a value that n accepts.
func (g generator) valid(n *node) any {
	switch n.Type {
	case "object":
		return g.mapping(n)
	case "array":
		list := make([]any, g.IntN(4))
		for i := range list {
			list[i] = g.valid(n.Items)
		}
		return list
	case "boolean":
		return g.IntN(2) == 0
	case "integer":
		return json.Number(g.pick("0", "1", "10", "1000000", "7.0"))
	}
	return g.validText(n)
}

func (g generator) validText(n *node) string {
	switch {
	case n.Const != "":
		return n.Const
	case n.Enum != nil:
		return g.pick(n.Enum...)
	case n.Pattern != "":
		for {
			if text := g.text(n.Pattern); (n.MaxLength == 0 || len(text) <= n.MaxLength) && len(text) >= n.MinLength {
				return text
			}
		}
	}
	return g.pick("x", "some text", "é\u2028ü", "\U0001f600", "- [", "null", "12")
}

func (g generator) mapping(n *node) any {
	m := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(n.Properties)) {
		if slices.Contains(n.Required, name) || g.IntN(3) > 0 {
			m[name] = g.valid(n.Properties[name])
		}
	}
	if n.Properties == nil {
		for range g.IntN(4) {
			key := g.pick("a", "b.c", "d e", "é", "")
			if n.Names != nil {
				key = g.validText(n.Names)
			}
			if n.Additional != nil {
				m[key] = g.valid(n.Additional.schema)
			} else {
				m[key] = g.junk(3)
			}
		}
	}
	g.settle(n, m)
	return m
}

// settle makes m keep to the dependencies of n.
func (g generator) settle(n *node, m map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(n.Dependencies)) {
		for _, other := range n.Dependencies[name] {
			_, has := m[name]
			if _, hasOther := m[other]; has && !hasOther {
				m[other] = g.valid(n.Properties[other])
				g.settle(n, m)
			}
		}
	}
}

func (g generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// junk returns any value that a parsed manifest may hold.
func (g generator) junk(depth int) any {
	switch kind := g.IntN(7); {
	case kind == 0 && depth > 0:
		return map[string]any{g.pick("name", "a", "é"): g.junk(depth - 1)}
	case kind == 1 && depth > 0:
		return []any{g.junk(depth - 1), g.junk(depth - 1)}
	case kind <= 3:
		return json.Number(g.pick("0", "-1", "-0", "10.0", "10.5", "1000001", "0.1", "123456789012345"))
	case kind == 4:
		return g.IntN(2) == 0
	}
	return g.pick("", "true", "text", "group:x", "30d", "acme/x", "a/b:c", strings.Repeat("a", 64), strings.Repeat("é", 300))
}

// mutate returns tree with one mistake, anywhere with the same chance.
func (g generator) mutate(tree any) any {
	at := g.IntN(size(tree))
	return g.mutateAt(tree, &at)
}

// size counts the values of a tree.
func size(tree any) int {
	n := 1
	for _, at := range steps(tree) {
		n += size(below(tree, at))
	}
	return n
}

// mutateAt spoils the value that is reached when at has counted down to zero.
func (g generator) mutateAt(tree any, at *int) any {
	if *at == 0 {
		*at = -1
		return g.spoil(tree)
	}
	*at--
	for _, step := range steps(tree) {
		if *at < 0 {
			break
		}
		changed := g.mutateAt(below(tree, step), at)
		switch tree := tree.(type) {
		case map[string]any:
			tree[step] = changed
		case []any:
			i, _ := strconv.Atoi(step)
			tree[i] = changed
		}
	}
	return tree
}

// steps returns the keys or indices of a value, sorted.
func steps(value any) []string {
	var list []string
	switch value := value.(type) {
	case map[string]any:
		list = slices.Sorted(maps.Keys(value))
	case []any:
		for i := range value {
			list = append(list, strconv.Itoa(i))
		}
	}
	return list
}

func below(value any, step string) any {
	if list, is := value.([]any); is {
		i, _ := strconv.Atoi(step)
		return list[i]
	}
	return value.(map[string]any)[step]
}

func (g generator) spoil(value any) any {
	if g.IntN(4) == 0 {
		return g.junk(2)
	}
	switch value := value.(type) {
	case string:
		if g.IntN(8) == 0 {
			return strings.Repeat(value, 40)
		}
		return g.disturb(value)
	case json.Number:
		return json.Number(g.pick("-1", "1000001", "0.5", "-0.0"))
	case map[string]any:
		g.spoilMapping(value)
	case []any:
		return append(value, g.junk(1))
	}
	return value
}

// spoilMapping removes, adds or renames a field.
func (g generator) spoilMapping(m map[string]any) {
	names := steps(m)
	if len(names) == 0 || g.IntN(3) == 0 {
		m[g.pick("colour", "Name", "name", "owner", "", "a b", "\n")] = g.junk(1)
		return
	}
	name := names[g.IntN(len(names))]
	old := m[name]
	delete(m, name)
	if g.IntN(2) == 0 {
		m[g.disturb(name)] = old
	}
}
