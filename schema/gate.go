// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"fmt"
	"strings"

	"github.com/xeipuuv/gojsonschema"
)

// A gate is one schema, compiled. The library judges the shape of a document:
// which fields there are and must be, mappings, lists, numbers and booleans.
// Texts are judged by textCheck, see shape.
type gate struct {
	top   *node
	shape *gojsonschema.Schema
}

// An objection is one reason why a document does not match its schema.
type objection struct {
	path    []string // of the value that is wrong, or lacks or has the field
	problem problem
	field   string // the field or key in question, if path leads to its mapping
}

// problem describes one mistake.
type problem int

const (
	missingField problem = iota
	unknownField
	wrongType
	malformed    // a text is not of its pattern or not among those allowed
	malformedKey // so is the key of a mapping
	tooShort
	tooLong
	tooSmall
	tooLarge
)

func newGate(text []byte) (*gate, error) {
	top, err := parse(text)
	if err != nil {
		return nil, err
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.AutoDetect, loader.Draft = false, gojsonschema.Draft7
	shape, err := loader.Compile(gojsonschema.NewRawLoader(top.shape()))
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	return &gate{top: top, shape: shape}, nil
}

// judge returns every objection to a tree in no order. The raw loader takes the
// tree as it is, which is safe for trees of map[string]any, []any, string, bool
// and json.Number alone: other Go types make the library panic or skip
// keywords. A panic of the library is an error here, not a crash.
func (g *gate) judge(tree any) (objections []objection, err error) {
	defer func() {
		if p := recover(); p != nil {
			objections, err = nil, fmt.Errorf("panic: %v", p)
		}
	}()
	result, err := g.shape.Validate(gojsonschema.NewRawLoader(tree))
	if err != nil {
		return nil, fmt.Errorf("apply schema: %w", err)
	}
	for _, e := range result.Errors() {
		o, err := translate(e)
		if err != nil {
			return nil, err
		}
		objections = append(objections, o)
	}
	c := textCheck{trail: make([]step, 0, usualDepth), objections: objections}
	c.value(g.top, tree)
	return c.objections, nil
}

// separator joins the steps of a path when the library is asked for one. It
// cannot occur in a step: the byte 0xff is part of no UTF-8 text.
const separator = "\xff"

// translate reads an objection of the library.
func translate(e gojsonschema.ResultError) (objection, error) {
	// The first step is the library's name for the whole document.
	o := objection{path: strings.Split(e.Context().String(separator), separator)[1:]}
	detail := ""
	switch e.(type) {
	case *gojsonschema.RequiredError:
		o.problem, detail = missingField, "property"
	case *gojsonschema.MissingDependencyError:
		o.problem, detail = missingField, "dependency"
	case *gojsonschema.AdditionalPropertyNotAllowedError:
		o.problem, detail = unknownField, "property"
	case *gojsonschema.InvalidTypeError:
		o.problem = wrongType
	case *gojsonschema.NumberGTEError:
		o.problem = tooSmall
	case *gojsonschema.NumberLTEError:
		o.problem = tooLarge
	default:
		return objection{}, fmt.Errorf("unexpected objection: %s", e.Description())
	}
	o.field, _ = e.Details()[detail].(string)
	return o, nil
}

// shape returns the part of n that the library judges, in its terms: n without
// references, without what only people read, and with every text let through.
// The library copies a text four times to look at it once and runs a general
// regular expression over it; textCheck does neither, which halves the cost of
// a typical manifest.
func (n *node) shape() any {
	if n.Type == "string" {
		return true
	}
	s := map[string]any{}
	if n.Type != "" {
		s["type"] = n.Type
	}
	if n.Minimum != "" {
		s["minimum"] = n.Minimum
	}
	if n.Maximum != "" {
		s["maximum"] = n.Maximum
	}
	if n.Items != nil && n.Items.Type != "string" {
		s["items"] = n.Items.shape()
	}
	switch {
	case n.Additional == nil:
	case n.Additional.schema == nil:
		s["additionalProperties"] = false
	case n.Additional.schema.Type != "string":
		s["additionalProperties"] = n.Additional.schema.shape()
	}
	if n.Properties != nil {
		s["properties"] = mapped(n.Properties, (*node).shape)
	}
	if n.Required != nil {
		s["required"] = anys(n.Required)
	}
	if n.Dependencies != nil {
		s["dependencies"] = mapped(n.Dependencies, func(names []string) any { return anys(names) })
	}
	return s
}

// mapped returns m with f applied to its values.
func mapped[V any](m map[string]V, f func(V) any) map[string]any {
	result := make(map[string]any, len(m))
	for key, value := range m {
		result[key] = f(value)
	}
	return result
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
