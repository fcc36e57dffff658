// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// A Document is one strictly parsed file: a tree of mappings, lists and
// scalars in which every value has a position.
type Document struct {
	file   string
	root   *yaml.Node
	native any
}

// File returns the path of the file inside the registry.
func (d *Document) File() string { return d.file }

// Kind returns the text under the key kind, "" if the key is absent.
func (d *Document) Kind() Kind { return Kind(d.text("kind")) }

// text returns the text under a top-level key, "" if the key is absent.
func (d *Document) text(key string) string {
	top, _ := d.native.(map[string]any)
	text, _ := top[key].(string)
	return text
}

// Native returns the document as a tree in which nothing can occur but
// map[string]any, []any, string, bool and json.Number; number literals are
// JSON's and within [Limits].Number. The tree is shared: callers must not
// change it.
func (d *Document) Native() any { return d.native }

// Position returns the position of the value at path: mapping keys, and list
// indices in decimal. Where path leads nowhere, it is the position of the
// nearest ancestor that exists.
func (d *Document) Position(path ...string) Pos {
	_, value := d.find(path)
	return posOf(value)
}

// KeyPosition returns the position of the key of the value at path; for a list
// item, or where there is no key, it is the value's own position.
func (d *Document) KeyPosition(path ...string) Pos {
	key, value := d.find(path)
	if key != nil {
		return posOf(key)
	}
	return posOf(value)
}

func (d *Document) find(path []string) (key, value *yaml.Node) {
	value = d.root
	for _, step := range path {
		k, v := child(value, step)
		if v == nil {
			return nil, value
		}
		key, value = k, v
	}
	return key, value
}

// child returns the key and value under a step, or nil, nil. List items have no
// key.
func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
			return nil, n.Content[i]
		}
	default: // a scalar has nothing below it
	}
	return nil, nil
}

func posOf(n *yaml.Node) Pos {
	if n == nil {
		return Pos{}
	}
	return Pos{Line: int32(n.Line), Column: int32(n.Column)} //nolint:gosec // both at most Limits.File
}
