// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxDepth bounds how deep a schema nests once its references are followed. A
// cycle of references passes every bound, so this is also what finds cycles.
const maxDepth = 32

var (
	errReference = errors.New("reference does not name a definition of the same file")
	errTooDeep   = errors.New("schema nests too deep, or its references make a cycle")
	errTrailing  = errors.New("text follows the schema")
)

// A node is one schema of a published file. Its exported fields are all the
// keywords that the files may use: any other keyword is refused when a file is
// read, because validators ignore in silence what they do not know.
type node struct {
	Dialect      string              `json:"$schema"`
	Definitions  map[string]*node    `json:"definitions"`
	Ref          string              `json:"$ref"`
	Title        string              `json:"title"`
	Description  string              `json:"description"`
	Examples     []any               `json:"examples"`
	Type         string              `json:"type"`
	Properties   map[string]*node    `json:"properties"`
	Required     []string            `json:"required"`
	Additional   *additional         `json:"additionalProperties"`
	Names        *node               `json:"propertyNames"`
	Dependencies map[string][]string `json:"dependencies"`
	Items        *node               `json:"items"`
	Const        string              `json:"const"`
	Enum         []string            `json:"enum"`
	Pattern      string              `json:"pattern"`
	MinLength    int                 `json:"minLength"`
	MaxLength    int                 `json:"maxLength"`
	Minimum      json.Number         `json:"minimum"`
	Maximum      json.Number         `json:"maximum"`

	machine *machine // of Pattern
	texts   bool     // there is a text to check at or below n
}

// additional is what additionalProperties says: false, or a schema.
type additional struct {
	schema *node // nil: no further field is allowed
}

// UnmarshalJSON reads false or a schema.
func (a *additional) UnmarshalJSON(text []byte) error {
	if string(text) == "false" {
		return nil
	}
	var err error
	a.schema, err = decode(text)
	return err
}

// parse reads a published file, puts every definition in the place of the
// references to it, and compiles the patterns.
func parse(text []byte) (*node, error) {
	top, err := decode(text)
	if err != nil {
		return nil, err
	}
	return top.follow(top.Definitions, 0)
}

func decode(text []byte) (*node, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	n := &node{}
	if err := decoder.Decode(n); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read schema: %w", errTrailing)
	}
	return n, nil
}

// follow returns the schema that n is or refers to, all references below it
// followed as well.
func (n *node) follow(definitions map[string]*node, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	if n.Ref != "" {
		name, local := strings.CutPrefix(n.Ref, "#/definitions/")
		target := definitions[name]
		if !local || target == nil {
			return nil, fmt.Errorf("%w: %q", errReference, n.Ref)
		}
		return target.follow(definitions, depth+1)
	}
	err := n.eachBelow(func(below *node) (*node, error) {
		target, err := below.follow(definitions, depth+1)
		if err == nil {
			n.texts = n.texts || target.texts
		}
		return target, err
	})
	if err != nil {
		return nil, err
	}
	n.texts = n.texts || n.Type == "string"
	if n.Pattern != "" && n.machine == nil {
		if n.machine, err = newMachine(n.Pattern); err != nil {
			return nil, fmt.Errorf("compile pattern %q: %w", n.Pattern, err)
		}
	}
	return n, nil
}

// eachBelow replaces every schema directly below n by what f returns for it.
func (n *node) eachBelow(f func(*node) (*node, error)) (err error) {
	places := []**node{&n.Items, &n.Names}
	if n.Additional != nil {
		places = append(places, &n.Additional.schema)
	}
	for _, place := range places {
		if *place == nil {
			continue
		}
		if *place, err = f(*place); err != nil {
			return err
		}
	}
	for name, field := range n.Properties {
		if n.Properties[name], err = f(field); err != nil {
			return err
		}
	}
	return nil
}

// child returns the schema of the value under a key or index, nil if n says
// nothing of it.
func (n *node) child(step string) *node {
	switch {
	case n == nil:
		return nil
	case n.Items != nil:
		return n.Items
	case n.Properties[step] != nil:
		return n.Properties[step]
	case n.Additional != nil:
		return n.Additional.schema
	}
	return nil
}
