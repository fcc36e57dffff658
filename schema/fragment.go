// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/xeipuuv/gojsonschema"

	"github.com/appofapps/roster/finding"
)

// Bounds of a fragment, once its references are followed. They are ours: any
// policy that a person can read is far smaller.
const (
	maxFragmentDepth = 32
	maxFragmentNodes = 1000
)

// A Fragment is a JSON Schema (draft-07) that somebody else wrote, such as the
// schema of a policy template. It may use the keywords of keywords alone and
// refer to nothing but its own definitions. It may be used by many goroutines at
// once.
type Fragment struct{ compiled *gojsonschema.Schema }

// A Mismatch is one reason why a value does not match a fragment.
type Mismatch struct {
	Path    []string // of the value, from the top; list items by index
	Message string   // the mistake, as the rest of a sentence that begins with the value
}

// NewFragment compiles a schema given as a tree of map[string]any, []any,
// string, bool and json.Number, with numbers as bounded as a manifest's. The error says at which keyword it is refused.
func NewFragment(tree any) (f *Fragment, err error) {
	defer func() {
		if p := recover(); p != nil { // the library panics on some numbers
			f, err = nil, fmt.Errorf("compile schema: %v", p)
		}
	}()
	w := &fragmentWalk{}
	if top, ok := tree.(map[string]any); ok {
		w.definitions, _ = top["definitions"].(map[string]any)
	}
	if err := w.schema(tree, spot{name: "schema"}); err != nil {
		return nil, err
	}
	loader := gojsonschema.NewSchemaLoader()
	loader.AutoDetect, loader.Draft = false, gojsonschema.Draft7
	compiled, err := loader.Compile(gojsonschema.NewRawLoader(tree))
	if err != nil {
		return nil, fmt.Errorf("compile schema: %s", finding.Quote(err.Error()))
	}
	return &Fragment{compiled}, nil
}

// Check returns everything in which a tree differs from the fragment, sorted by
// path. The tree has the form of NewFragment's. An error means that the library
// could not tell.
func (f *Fragment) Check(tree any) (list []Mismatch, err error) {
	defer func() {
		if p := recover(); p != nil {
			list, err = nil, fmt.Errorf("apply schema: %v", p)
		}
	}()
	result, err := f.compiled.Validate(gojsonschema.NewRawLoader(tree))
	if err != nil {
		return nil, fmt.Errorf("apply schema: %w", err)
	}
	for _, e := range result.Errors() {
		list = append(list, Mismatch{
			Path:    strings.Split(e.Context().String(separator), separator)[1:],
			Message: mismatch(e),
		})
	}
	slices.SortFunc(list, func(a, b Mismatch) int {
		return cmp.Or(slices.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	return list, nil
}

// mismatch says what an objection of the library means, in our words: its own
// could carry a value as it is.
func mismatch(e gojsonschema.ResultError) string {
	detail := func(name string) string { return finding.Quote(fmt.Sprint(e.Details()[name])) }
	switch e.(type) {
	case *gojsonschema.RequiredError:
		return "has no " + detail("property")
	case *gojsonschema.AdditionalPropertyNotAllowedError:
		return "has " + detail("property") + ", which is not allowed"
	case *gojsonschema.InvalidPropertyNameError:
		return "has a field whose name is not allowed: " + detail("property")
	case *gojsonschema.MissingDependencyError:
		return "has no " + detail("dependency") + ", which another field needs"
	case *gojsonschema.InvalidTypeError:
		return "does not have the type " + detail("expected")
	case *gojsonschema.DoesNotMatchPatternError:
		return "does not match the pattern " + detail("pattern")
	case *gojsonschema.FalseError:
		return "is not allowed"
	case *gojsonschema.NumberNotError:
		return "matches what the keyword not excludes"
	}
	return "does not satisfy " + keywordOf(e)
}

// keywordOf names the keyword of an objection by the library's name for it.
func keywordOf(e gojsonschema.ResultError) string {
	names := map[string]string{
		"number_any_of": "anyOf", "number_one_of": "oneOf", "number_all_of": "allOf",
		"array_min_items": "minItems", "array_max_items": "maxItems", "unique": "uniqueItems", "contains": "contains",
		"array_min_properties": "minProperties", "array_max_properties": "maxProperties",
		"string_gte": "minLength", "string_lte": "maxLength",
		"number_gte": "minimum", "number_gt": "exclusiveMinimum", "number_lte": "maximum", "number_lt": "exclusiveMaximum",
		"condition_then": "then", "condition_else": "else",
	}
	return cmp.Or(names[e.Type()], e.Type())
}

// content says what a keyword holds.
type content int

const (
	plainValue content = iota
	oneSchema
	schemaList
	schemaMap
	schemaOrList
	dependencyMap
	reference
)

// keywords are all that a fragment may use. What a validator does not know it
// ignores in silence, so that a misspelt keyword would permit everything;
// "format" is not among them, for no two validators agree on it; "$id" and
// references to other documents would be fetched.
func keywords() map[string]content {
	return map[string]content{
		"title": plainValue, "description": plainValue,
		"type": plainValue, "const": plainValue, "enum": plainValue,
		"pattern": plainValue, "minLength": plainValue, "maxLength": plainValue,
		"minimum": plainValue, "maximum": plainValue, "exclusiveMinimum": plainValue, "exclusiveMaximum": plainValue,
		"required": plainValue, "minProperties": plainValue, "maxProperties": plainValue,
		"minItems": plainValue, "maxItems": plainValue, "uniqueItems": plainValue,
		"properties": schemaMap, "definitions": schemaMap, "dependencies": dependencyMap,
		"additionalProperties": oneSchema, "propertyNames": oneSchema, "contains": oneSchema, "not": oneSchema,
		"if": oneSchema, "then": oneSchema, "else": oneSchema,
		"items": schemaOrList, "allOf": schemaList, "anyOf": schemaList, "oneOf": schemaList,
		"$ref": reference,
	}
}

// Errors of fragments.
var (
	errNotSchema     = errors.New("invalid schema: write a mapping, true or false")
	errKeyword       = errors.New("unsupported keyword")
	errForeign       = errors.New("reference to something outside the schema's own definitions")
	errBeside        = errors.New("reference next to other keywords, which would be ignored")
	errFragmentDepth = errors.New("too many levels, or a cycle of references")
	errFragmentSize  = errors.New("too many schemas once the references are followed")
)

// fragmentWalk looks at every schema of a fragment, and follows references as
// often as there are, so that what the library would do is counted before.
type fragmentWalk struct {
	definitions map[string]any
	nodes       int
}

// A spot is a place of a fragment, as a person would name it, and how deep it
// is once references are followed.
type spot struct {
	name  string
	depth int
}

func (s spot) enter(step string) spot { return spot{s.name + step, s.depth + 1} }

func (w *fragmentWalk) schema(value any, at spot) error {
	w.nodes++
	switch {
	case at.depth > maxFragmentDepth:
		return fmt.Errorf("%s: %w", at.name, errFragmentDepth)
	case w.nodes > maxFragmentNodes:
		return fmt.Errorf("%s: %w", at.name, errFragmentSize)
	}
	if _, ok := value.(bool); ok {
		return nil
	}
	node, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: %w", at.name, errNotSchema)
	}
	known := keywords()
	for _, name := range slices.Sorted(maps.Keys(node)) {
		kind, ok := known[name]
		if !ok {
			return fmt.Errorf("%s.%s: %w; allowed: %s", at.name, plain(name), errKeyword, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
		if err := w.keyword(node, name, kind, at); err != nil {
			return err
		}
	}
	return nil
}

// keyword looks at the value of a keyword of a schema.
func (w *fragmentWalk) keyword(node map[string]any, name string, kind content, at spot) error {
	value, inside := node[name], at.enter("."+name)
	switch kind {
	case plainValue:
		return nil
	case oneSchema:
		return w.schema(value, inside)
	case schemaList:
		return w.list(value, inside)
	case schemaMap:
		return w.mapping(value, inside, false)
	case dependencyMap:
		return w.mapping(value, inside, true)
	case schemaOrList:
		if _, several := value.([]any); several {
			return w.list(value, inside)
		}
		return w.schema(value, inside)
	default:
		return w.reference(node, inside)
	}
}

func (w *fragmentWalk) list(value any, at spot) error {
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%s is not a list of schemas", at.name)
	}
	for i, item := range list {
		if err := w.schema(item, at.enter("["+strconv.Itoa(i)+"]")); err != nil {
			return err
		}
	}
	return nil
}

// mapping looks at schemas by name; a list of names may replace one where
// names are allowed.
func (w *fragmentWalk) mapping(value any, at spot, names bool) error {
	entries, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s is not a mapping of schemas", at.name)
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		if _, list := entries[name].([]any); list && names {
			continue
		}
		if err := w.schema(entries[name], at.enter("."+plain(name))); err != nil {
			return err
		}
	}
	return nil
}

func (w *fragmentWalk) reference(node map[string]any, at spot) error {
	text, _ := node["$ref"].(string)
	name, local := strings.CutPrefix(text, "#/definitions/")
	target, known := w.definitions[name]
	switch {
	case !local || !known:
		return fmt.Errorf("%s: %w: %s", at.name, errForeign, finding.Quote(text))
	case len(node) > 1:
		return fmt.Errorf("%s: %w", at.name, errBeside)
	}
	return w.schema(target, spot{"schema.definitions." + plain(name), at.depth})
}
