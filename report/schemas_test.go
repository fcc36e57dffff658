// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/sync"
	"github.com/appofapps/roster/validate"
)

const publishedSchemas = "../schema/results/v1"

// TestJSONMatchesPublishedSchemas validates what is really written.
func TestJSONMatchesPublishedSchemas(t *testing.T) {
	t.Parallel()
	for _, s := range specimens() {
		if !slices.Contains(s.formats, formatJSON) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			out := s.bytes(t, formatJSON, s.make(t))
			var head struct{ Kind string }
			if err := json.Unmarshal(out, &head); err != nil {
				t.Fatal(err)
			}
			schema, err := jsonschema.NewCompiler().Compile(schemaFile(head.Kind))
			if err != nil {
				t.Fatal(err)
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(value); err != nil {
				t.Errorf("%s is no valid %s: %#v", s.name, head.Kind, err)
			}
			value.(map[string]any)["foreign"] = true
			if schema.Validate(value) == nil {
				t.Errorf("%s is valid with a foreign field: the schema is not closed", head.Kind)
			}
		})
	}
}

func schemaFile(kind string) string {
	return filepath.Join(publishedSchemas, strings.ToLower(kind)+".json")
}

// TestSchemasMatchTypes holds every published schema against the Go type that
// is written: the same names, the same ones required, all the way down.
func TestSchemasMatchTypes(t *testing.T) {
	t.Parallel()
	types := map[string]reflect.Type{
		"validateresult":    reflect.TypeFor[validate.Result](),
		"plan":              reflect.TypeFor[plan.Plan](),
		"syncresult":        reflect.TypeFor[sync.Result](),
		"auditlog":          reflect.TypeFor[ledger.AuditLog](),
		"auditverification": reflect.TypeFor[ledger.Verification](),
		"explanation":       reflect.TypeFor[validate.Explanation](),
		"provisionresult":   reflect.TypeFor[Provisioned](),
		"diagnosis":         reflect.TypeFor[doctor.Diagnosis](),
		"policylist":        reflect.TypeFor[validate.PolicyList](),
		"version":           reflect.TypeFor[Version](),
		"failure":           reflect.TypeFor[Failure](),
		"policytestresult":  reflect.TypeFor[policycase.Result](),
		"rotateresult":      reflect.TypeFor[rotate.Result](),
		"rotationplan":      reflect.TypeFor[rotate.Plan](),
		"rotationstatus":    reflect.TypeFor[rotate.Status](),
		"accessdiff":        reflect.TypeFor[accessDiff](),
	}
	files, err := filepath.Glob(filepath.Join(publishedSchemas, "*.json"))
	if err != nil || len(files) < len(types) {
		t.Fatalf("%d schemas in %s: %v", len(files), publishedSchemas, err)
	}
	for _, file := range files {
		kind := strings.TrimSuffix(filepath.Base(file), ".json")
		typ, known := types[kind]
		if !known {
			t.Errorf("%s describes no type", file)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var schema map[string]any
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		compareSchema(t, kind, typ, schema, schema)
	}
}

// compareSchema walks a type and its schema side by side.
func compareSchema(t *testing.T, at string, typ reflect.Type, schema, root map[string]any) {
	t.Helper()
	if ref, ok := schema["$ref"].(string); ok {
		definitions, _ := root["definitions"].(map[string]any)
		schema, _ = definitions[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
	}
	if schema == nil {
		t.Errorf("%s has no schema", at)
		return
	}
	if typ == reflect.TypeFor[json.RawMessage]() {
		return // what an author or another version wrote
	}
	kinds := map[reflect.Kind]string{
		reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number", reflect.Bool: "boolean",
		reflect.Slice: "array", reflect.Map: "object", reflect.Struct: "object",
	}
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch typ {
	case reflect.TypeFor[time.Time](), reflect.TypeFor[manifest.Duration](): // RFC 3339; as 30d
		typ = reflect.TypeFor[string]()
	}
	if want := kinds[typ.Kind()]; schema["type"] != want {
		t.Errorf("%s is %v in the schema, want %s", at, schema["type"], want)
		return
	}
	if typ.Kind() == reflect.Slice {
		items, _ := schema["items"].(map[string]any)
		compareSchema(t, at+"[]", typ.Elem(), items, root)
	}
	if typ.Kind() == reflect.Struct {
		compareObject(t, at, typ, schema, root)
	}
}

func compareObject(t *testing.T, at string, typ reflect.Type, schema, root map[string]any) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	var tagged, required, named []string
	for _, field := range reflect.VisibleFields(typ) {
		name, option, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || !field.IsExported() {
			continue
		}
		tagged = append(tagged, name)
		if option != "omitempty" && option != "omitzero" {
			required = append(required, name)
		}
		property, _ := properties[name].(map[string]any)
		compareSchema(t, at+"."+name, field.Type, property, root)
	}
	for name := range properties {
		named = append(named, name)
	}
	if diff := cmp.Diff(sorted(tagged), sorted(named)); diff != "" {
		t.Errorf("%s: fields of the type and of the schema (-type +schema):\n%s", at, diff)
	}
	if diff := cmp.Diff(sorted(required), sorted(texts(schema["required"]))); diff != "" {
		t.Errorf("%s: required fields (-type +schema):\n%s", at, diff)
	}
	if schema["additionalProperties"] != false {
		t.Errorf("%s is not closed", at)
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }

func texts(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, item := range list {
		text, _ := item.(string)
		all = append(all, text)
	}
	return all
}
