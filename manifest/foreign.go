// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// ErrForeign is returned for a text that is not YAML, or too costly to read.
var ErrForeign = errors.New("unreadable YAML")

// Limits of foreign files: far more than people write, and cheap to read.
const (
	foreignNodes  = 200_000 // with what aliases repeat
	foreignDepth  = 100
	foreignCommas = 256 << 10
)

// Foreign reads the documents of a file that another tool owns, by the rules of YAML
// and not by those of manifests: anchors, merge keys, nulls, long texts and tags are
// allowed. Only the cost is limited. The documents are made of map[string]any, []any,
// string, bool, json.Number and nil. Errors: ErrForeign, with the documents before the
// unreadable one, and the line.
func Foreign(content []byte) (documents []any, line int, err error) {
	defer func() {
		if p := recover(); p != nil { // the library, on input nobody thought of
			err = fmt.Errorf("%w: %v", ErrForeign, p)
		}
	}()
	content = bytes.TrimPrefix(content, []byte(string(byteOrderMark)))
	if bytes.Count(content, []byte{','}) > foreignCommas {
		return nil, 1, fmt.Errorf("%w: more than %d commas", ErrForeign, foreignCommas)
	}
	f := foreign{left: foreignNodes}
	for decoder := yaml.NewDecoder(bytes.NewReader(content)); ; {
		var document yaml.Node
		switch err := decoder.Decode(&document); {
		case errors.Is(err, io.EOF):
			return documents, 0, nil
		case err != nil:
			return documents, min(libraryLine(err), 1+bytes.Count(bytes.TrimSpace(content), []byte{'\n'})), fmt.Errorf("%w: %w", ErrForeign, err)
		}
		for _, n := range document.Content {
			value, err := f.value(n, 1)
			if err != nil {
				return documents, n.Line, err
			}
			documents = append(documents, value)
		}
	}
}

// foreign converts nodes within a budget, which bounds what aliases multiply.
type foreign struct{ left int }

func (f *foreign) value(n *yaml.Node, depth int) (any, error) {
	f.left--
	switch {
	case f.left < 0:
		return nil, fmt.Errorf("%w: more than %d values", ErrForeign, foreignNodes)
	case depth > foreignDepth:
		return nil, fmt.Errorf("%w: more than %d levels", ErrForeign, foreignDepth)
	}
	switch n.Kind {
	case yaml.AliasNode:
		return f.value(n.Alias, depth+1)
	case yaml.MappingNode:
		return f.mapping(n, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			value, err := f.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	default:
		return foreignScalar(n), nil
	}
}

// mapping converts a mapping. Keys of a merge key count where the mapping itself has
// no such key (yaml.org/type/merge.html).
func (f *foreign) mapping(n *yaml.Node, depth int) (any, error) {
	own, merged := map[string]any{}, map[string]any{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		converted, err := f.value(value, depth+1)
		if err != nil {
			return nil, err
		}
		if key.Tag == "!!merge" {
			merge(merged, converted)
			continue
		}
		if _, twice := own[key.Value]; twice {
			return nil, fmt.Errorf("%w: line %d: key %q is set twice", ErrForeign, key.Line, key.Value)
		}
		own[key.Value] = converted
	}
	merge(own, merged)
	return own, nil
}

// merge adds the keys of a mapping, or of a list of mappings, that are not there yet.
func merge(into map[string]any, from any) {
	switch from := from.(type) {
	case []any:
		for _, part := range from {
			merge(into, part)
		}
	case map[string]any:
		for key, value := range from {
			if _, there := into[key]; !there {
				into[key] = value
			}
		}
	}
}

func foreignScalar(n *yaml.Node) any {
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
	}
	return n.Value
}
