// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/appofapps/roster/manifest"
)

// read returns the published schema of a kind.
func read(t testing.TB, kind manifest.Kind) []byte {
	t.Helper()
	text, err := fs.ReadFile(Files(), FileName(kind))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEveryKindHasOneFile(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(Files(), ".")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	for _, kind := range manifest.Kinds() {
		want = append(want, FileName(kind))
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files below v1 (-want +got):\n%s", diff)
	}
}

// TestPublishedSchemasAreDraft07 compiles each file with an independent
// validator, which holds it against the meta-schema of its draft.
func TestPublishedSchemasAreDraft07(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		oracle(t, kind)
	}
}

// oracle returns the published schema of a kind in an independent validator.
func oracle(t testing.TB, kind manifest.Kind) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(read(t, kind)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("https://roster.invalid/"+FileName(kind), document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("https://roster.invalid/" + FileName(kind))
	if err != nil {
		t.Fatalf("%s is no schema: %v", FileName(kind), err)
	}
	return compiled
}

// lint returns what is wrong with the text of a schema beyond being valid.
func lint(text []byte) []string {
	var l linter
	if err := noDuplicates(json.NewDecoder(bytes.NewReader(text))); err != nil {
		l.object("", err.Error())
	}
	var top map[string]any
	if err := json.Unmarshal(text, &top); err != nil {
		l.object("", err.Error())
	}
	if top["$schema"] != "http://json-schema.org/draft-07/schema#" {
		l.object("", "does not say that it is draft-07")
	}
	l.schema("", top)
	slices.Sort(l.problems)
	return l.problems
}

type linter struct{ problems []string }

func (l *linter) object(at, problem string) { l.problems = append(l.problems, at+" "+problem) }

// schema walks one schema. Keywords that are not listed here are not allowed,
// however well other validators know them.
func (l *linter) schema(at string, s map[string]any) {
	if strings.Count(at, "/") > 2*maxDepth {
		l.object(at, "nests too deep")
		return
	}
	l.shape(at, s)
	for keyword, value := range s {
		below := at + "/" + keyword
		switch keyword {
		case "$schema":
			if at != "" {
				l.object(at, "has $schema below the top")
			}
		case "title", "description", "type", "const", "enum", "examples", "required", "dependencies":
		case "minLength", "maxLength", "minimum", "maximum":
		case "$ref":
			l.reference(at, s)
		case "pattern":
			l.pattern(at, value)
		case "properties", "definitions":
			for name, field := range value.(map[string]any) {
				l.schema(below+"/"+name, field.(map[string]any))
			}
		case "items", "propertyNames":
			l.schema(below, value.(map[string]any))
		case "additionalProperties":
			if further, is := value.(map[string]any); is {
				l.schema(below, further)
			} else if value != false {
				l.object(at, "allows any further field in words; say nothing instead")
			}
		default:
			l.object(at, "has unknown keyword "+keyword)
		}
	}
}

// shape holds a schema against our habits: one type, closed mappings, texts
// with a form, and examples of it.
func (l *linter) shape(at string, s map[string]any) {
	_, text := s["type"].(string)
	_, reference := s["$ref"]
	_, properties := s["properties"]
	_, closed := s["additionalProperties"]
	_, pattern := s["pattern"]
	_, shortest := s["minLength"]
	switch {
	case text == reference:
		l.object(at, "has not exactly one of type and $ref")
	case properties && !closed:
		l.object(at, "lists fields and allows others")
	case pattern && s["examples"] == nil:
		l.object(at, "has a pattern without examples")
	case pattern && shortest && s["minLength"] == 1.0:
		l.object(at, "says twice that it is not empty")
	}
	for _, field := range asMap(s["properties"]) {
		if asMap(field)["description"] == nil {
			l.object(at, "has a field without description")
		}
	}
}

func asMap(value any) map[string]any {
	m, _ := value.(map[string]any)
	return m
}

func (l *linter) reference(at string, s map[string]any) {
	if ref, _ := s["$ref"].(string); !strings.HasPrefix(ref, "#/definitions/") {
		l.object(at, "refers to something outside the file")
	}
	for keyword := range s {
		if keyword != "$ref" && keyword != "description" && keyword != "title" {
			l.object(at, "has "+keyword+" beside $ref, where it is ignored")
		}
	}
}

// pattern admits what RE2 and ECMA-262 read alike: ASCII, anchored, and no
// backslash, behind which the two differ (\s, \d, \w, \b) or one of them knows
// nothing (\A, \z, \pL).
func (l *linter) pattern(at string, value any) {
	pattern, _ := value.(string)
	if strings.ContainsFunc(pattern, func(r rune) bool { return r < ' ' || r > '~' || r == '\\' }) {
		l.object(at, "has a backslash or a character outside ASCII in its pattern")
	}
	if strings.Contains(pattern, "(?") {
		l.object(at, "has a group option in its pattern")
	}
	if _, err := newMachine(pattern); err != nil {
		l.object(at, err.Error())
	}
}

// noDuplicates reads one JSON value and objects to a key that comes twice.
func noDuplicates(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return err
	}
	delimiter, _ := token.(json.Delim)
	seen := map[any]bool{}
	for delimiter != 0 && decoder.More() {
		if delimiter == '{' {
			key, err := decoder.Token()
			if err != nil {
				return err
			}
			if seen[key] {
				return fmt.Errorf("has key %v twice", key)
			}
			seen[key] = true
		}
		if err := noDuplicates(decoder); err != nil {
			return err
		}
	}
	if delimiter != 0 {
		_, err = decoder.Token()
	}
	return err
}

func TestPublishedSchemasKeepToTheRules(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		for _, problem := range lint(read(t, kind)) {
			t.Errorf("%s: %s", FileName(kind), problem)
		}
	}
}

func TestLintFindsWhatItIsFor(t *testing.T) {
	t.Parallel()
	const draft = `"$schema": "http://json-schema.org/draft-07/schema#", `
	for _, test := range []struct{ name, schema, want string }{
		{"other draft", `{"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}`, "draft-07"},
		{"misspelt keyword", `{` + draft + `"type": "object", "requird": ["a"]}`, "unknown keyword requird"},
		{"keyword in other case", `{` + draft + `"type": "object", "Required": ["a"]}`, "unknown keyword Required"},
		{"newer keyword", `{` + draft + `"type": "object", "unevaluatedProperties": false}`, "unknown keyword unevaluatedProperties"},
		{"format", `{` + draft + `"type": "string", "format": "uri"}`, "unknown keyword format"},
		{"combinator", `{` + draft + `"type": "object", "oneOf": []}`, "unknown keyword oneOf"},
		{"identifier", `{` + draft + `"type": "object", "$id": "http://a.example/b"}`, "unknown keyword $id"},
		{"key twice", `{` + draft + `"type": "object", "type": "string"}`, "type twice"},
		{"remote reference", `{` + draft + `"$ref": "http://a.example/b#/c"}`, "outside the file"},
		{"keyword beside a reference", `{` + draft + `"$ref": "#/definitions/a", "maxLength": 3}`, "beside $ref"},
		{"open mapping", `{` + draft + `"type": "object", "properties": {}}`, "allows others"},
		{"undescribed field", `{` + draft + `"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}}`, "without description"},
		{"open pattern", `{` + draft + `"type": "string", "pattern": "^a", "examples": ["a"]}`, "does not begin with ^"},
		{"half-anchored choice", `{` + draft + `"type": "string", "pattern": "^a|b$", "examples": ["a"]}`, "does not begin with ^"},
		{"class that differs", `{` + draft + `"type": "string", "pattern": "^\\s$", "examples": [" "]}`, "backslash"},
		{"any character", `{` + draft + `"type": "string", "pattern": "^.$", "examples": [" "]}`, "outside ASCII"},
		{"negated class", `{` + draft + `"type": "string", "pattern": "^[^a]$", "examples": ["b"]}`, "outside ASCII"},
		{"group option", `{` + draft + `"type": "string", "pattern": "^(?i:a)$", "examples": ["a"]}`, "group option"},
		{"pattern without examples", `{` + draft + `"type": "string", "pattern": "^a$"}`, "without examples"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if problems := lint([]byte(test.schema)); !strings.Contains(strings.Join(problems, "\n"), test.want) {
				t.Errorf("lint finds %q, want %q among it", problems, test.want)
			}
		})
	}
}

// TestExamplesMatch holds every example of every schema against the schema.
func TestExamplesMatch(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		top, err := parse(read(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		visit(top, func(n *node) {
			for _, example := range n.Examples {
				c := textCheck{}
				c.value(n, example)
				if len(c.objections) > 0 {
					t.Errorf("%s: example %v does not match its schema", FileName(kind), example)
				}
			}
		})
	}
}

// visit calls f for n and every schema below it.
func visit(n *node, f func(*node)) {
	f(n)
	_ = n.eachBelow(func(below *node) (*node, error) { // f cannot fail
		visit(below, f)
		return below, nil
	})
}

// TestGoodManifestsUseEveryField: what testdata/ok shows to be accepted is all
// that the schemas have. Schemas of one title are the same in every kind.
func TestGoodManifestsUseEveryField(t *testing.T) {
	t.Parallel()
	used, all := map[string]bool{}, map[string]bool{}
	for _, kind := range manifest.Kinds() {
		source, err := os.ReadFile(filepath.Join("testdata", "ok", strings.ToLower(string(kind))+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		doc, refused := manifest.Parse("ok.yaml", source, manifest.Limits{})
		if doc == nil {
			t.Fatal(refused)
		}
		top := gateOf(t, kind).top
		use(used, top, doc.Native())
		visit(top, func(n *node) {
			for name := range n.Properties {
				all[n.Title+" / "+name] = true
			}
		})
	}
	for _, field := range slices.Sorted(maps.Keys(all)) {
		if !used[field] {
			t.Errorf("no good manifest has the field %s", field)
		}
	}
}

// use enters the fields of a value under the titles of their schemas.
func use(used map[string]bool, n *node, value any) {
	for _, step := range steps(value) {
		if n == nil {
			return
		}
		used[n.Title+" / "+step] = true
		use(used, n.child(step), below(value, step))
	}
}

// TestDefinitionsAgree holds definitions of one name in several files together:
// each file stands alone, but a scope is a scope in all of them.
func TestDefinitionsAgree(t *testing.T) {
	t.Parallel()
	type definition struct {
		file string
		text any
	}
	first := map[string]definition{}
	for _, kind := range manifest.Kinds() {
		var file struct{ Definitions map[string]any }
		if err := json.Unmarshal(read(t, kind), &file); err != nil {
			t.Fatal(err)
		}
		for _, name := range slices.Sorted(maps.Keys(file.Definitions)) {
			this := definition{FileName(kind), file.Definitions[name]}
			known, seen := first[name]
			switch {
			case name == "spec", name == "environment": // each kind's own; the fields are held against the types
			case !seen:
				first[name] = this
			case !reflect.DeepEqual(known.text, this.text):
				t.Errorf("definition %s (-%s +%s):\n%s", name, known.file, this.file, cmp.Diff(known.text, this.text))
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, schema string
		want         error // nil: any
	}{
		{"no JSON", `{`, io.ErrUnexpectedEOF},
		{"text behind the schema", `{"type": "object"} {}`, errTrailing},
		{"unknown keyword", `{"type": "object", "maxPropertys": 3}`, nil},
		{"unknown keyword below", `{"type": "object", "additionalProperties": {"minLenght": 3}}`, nil},
		{"remote reference", `{"$ref": "https://a.example/schema.json"}`, errReference},
		{"file reference", `{"$ref": "file:///etc/passwd"}`, errReference},
		{"reference to nothing", `{"$ref": "#/definitions/a"}`, errReference},
		{"reference to itself", `{"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/a"}}}`, errTooDeep},
		{"recursion", `{"type": "object", "properties": {"a": {"$ref": "#/definitions/a"}},
			"definitions": {"a": {"type": "array", "items": {"$ref": "#/definitions/a"}}}}`, errTooDeep},
		{"open pattern", `{"type": "string", "pattern": "a"}`, errUnanchored},
		{"pattern beyond ASCII", `{"type": "string", "pattern": "^é$"}`, errNotASCII},
		{"pattern of many states", `{"type": "string", "pattern": "^a{300}$"}`, errTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := newGate([]byte(test.schema)); err == nil || (test.want != nil && !errors.Is(err, test.want)) {
				t.Errorf("newGate: %v, want an error, %v", err, test.want)
			}
		})
	}
}
