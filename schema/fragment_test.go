// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// treeOf reads JSON as a manifest would be read: numbers as they are written.
func treeOf(t testing.TB, text string) any {
	t.Helper()
	tree, err := parseTree(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tree
}

func parseTree(text string) (any, error) {
	var tree any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	err := d.Decode(&tree)
	return tree, err
}

func TestFragment(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ schema, value, want string }{
		"missing":    {`{"required": ["owner"]}`, `{}`, `: has no "owner"`},
		"right":      {`{"required": ["owner"]}`, `{"owner": "group:a"}`, ""},
		"pattern":    {`{"properties": {"version": {"pattern": "^v"}}}`, `{"version": "1"}`, `version: does not match the pattern "^v"`},
		"additional": {`{"properties": {}, "additionalProperties": false}`, `{"a": 1}`, `: has "a", which is not allowed`},
		"forbidden":  {`{"properties": {"config": false}}`, `{"config": {}}`, `config: is not allowed`},
		"items":      {`{"properties": {"scopes": {"items": {"maxLength": 3}}}}`, `{"scopes": ["abc", "abcd"]}`, `scopes/1: does not satisfy maxLength`},
		"not":        {`{"not": {"required": ["config"]}}`, `{"config": 1}`, `: matches what the keyword not excludes`},
		"reference":  {`{"properties": {"a": {"$ref": "#/definitions/v"}}, "definitions": {"v": {"type": "string"}}}`, `{"a": 1}`, `a: does not have the type "string"`},
		"number":     {`{"properties": {"n": {"maximum": 3}}}`, `{"n": 4}`, `n: does not satisfy maximum`},
		"conditional": {
			`{"if": {"properties": {"environment": {"const": "prod"}}, "required": ["environment"]}, "then": {"required": ["version"]}}`,
			`{"environment": "prod"}`, `: does not satisfy then|: has no "version"`,
		},
		"hostile": {`{"additionalProperties": false}`, `{"x\n::error::": 1}`, `: has "x\n::error::", which is not allowed`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := NewFragment(treeOf(t, test.schema))
			if err != nil {
				t.Fatal(err)
			}
			list, err := f.Check(treeOf(t, test.value))
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, len(list))
			for i, m := range list {
				got[i] = strings.Join(m.Path, "/") + ": " + m.Message
			}
			if d := cmp.Diff(test.want, strings.Join(got, "|")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestFragmentRefuses shows what never reaches the library: what it would
// ignore, fetch, recurse into without end or panic at.
func TestFragmentRefuses(t *testing.T) {
	t.Parallel()
	wide := `{"$ref": "#/definitions/d1"}`
	definitions := make([]string, 9)
	for i := range definitions {
		definitions[i] = fmt.Sprintf(`"d%d": {"anyOf": [{"$ref": "#/definitions/d%d"}, {"$ref": "#/definitions/d%d"}]}`, i, i+1, i+1)
	}
	for name, test := range map[string]struct{ schema, want string }{
		"misspelt":     {`{"requird": ["owner"]}`, "schema.requird: unsupported keyword"},
		"format":       {`{"properties": {"a": {"format": "uri"}}}`, "schema.properties.a.format: unsupported keyword"},
		"id":           {`{"$id": "https://example.com/s"}`, `schema."$id": unsupported keyword`},
		"remote":       {`{"properties": {"a": {"$ref": "https://example.com/s"}}}`, `reference to something outside the schema's own definitions: "https://example.com/s"`},
		"file":         {`{"properties": {"a": {"$ref": "file:///etc/passwd"}}}`, `reference to something outside`},
		"unknown":      {`{"properties": {"a": {"$ref": "#/definitions/none"}}}`, `reference to something outside`},
		"self":         {`{"properties": {"a": {"$ref": "#"}}}`, `reference to something outside`},
		"beside":       {`{"properties": {"a": {"$ref": "#/definitions/v", "type": "string"}}, "definitions": {"v": true}}`, "reference next to other keywords"},
		"cycle":        {`{"definitions": {"a": {"not": {"$ref": "#/definitions/a"}}}}`, "too many levels, or a cycle of references"},
		"exponential":  {`{"properties": {"a": ` + wide + `}, "definitions": {` + strings.Join(definitions, ",") + `, "d9": true}}`, "too many schemas once the references are followed"},
		"deep":         {strings.Repeat(`{"not": `, 40) + "true" + strings.Repeat("}", 40), "too many levels"},
		"no schema":    {`{"properties": {"a": "string"}}`, "schema.properties.a: invalid schema"},
		"list":         {`[]`, "schema: invalid schema"},
		"bad pattern":  {`{"pattern": "("}`, "compile schema"},
		"bad type":     {`{"type": "text"}`, "compile schema"},
		"bad required": {`{"required": "owner"}`, "compile schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := NewFragment(treeOf(t, test.schema))
			if err == nil {
				t.Fatalf("compiled: %v", f)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("refused by %q, want %q", err, test.want)
			}
		})
	}
}

// FuzzFragment holds fragments that are accepted against an independent
// validator: both say the same of every value.
func FuzzFragment(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"required": ["owner"], "properties": {"version": {"pattern": "^v"}}}`, `{"version": "x"}`},
		{`{"anyOf": [{"minItems": 1}, {"contains": {"const": "a"}}], "uniqueItems": true}`, `["a", "a"]`},
		{`{"if": {"type": "object"}, "then": {"propertyNames": {"maxLength": 2}}}`, `{"abc": 1}`},
		{`{"dependencies": {"a": ["b"]}, "maximum": 3, "enum": [1, "x"]}`, `{"a": 1e2}`},
	} {
		f.Add(seed[0], seed[1])
	}
	huge := regexp.MustCompile(`[eE][+-]?[0-9]{3}`) // which no manifest can have: manifest.Limits
	f.Fuzz(func(t *testing.T, schema, value string) {
		tree, err := parseTree(schema)
		if err != nil || len(schema) > 1<<12 || len(value) > 1<<12 || huge.MatchString(schema+" "+value) {
			return
		}
		fragment, err := NewFragment(tree)
		if err != nil {
			return
		}
		instance, err := parseTree(value)
		if err != nil {
			return
		}
		list, err := fragment.Check(instance)
		if err != nil {
			return // denied
		}
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(jsonschema.Draft7)
		if err := compiler.AddResource("fragment.json", tree); err != nil {
			return
		}
		oracle, err := compiler.Compile("fragment.json")
		if err != nil {
			return // it refuses more
		}
		if want := oracle.Validate(instance) == nil; want != (len(list) == 0) {
			t.Errorf("%s on %s: %v, the other validator accepts: %v", schema, value, list, want)
		}
	})
}
