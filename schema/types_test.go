// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"reflect"
	"slices"
	"testing"

	"github.com/appofapps/roster/manifest"
)

// goTypes returns the type that a kind's spec is decoded into.
func goTypes() map[manifest.Kind]any {
	return map[manifest.Kind]any{
		manifest.KindRoot:           manifest.RootSpec{},
		manifest.KindDomain:         manifest.DomainSpec{},
		manifest.KindApp:            manifest.AppSpec{},
		manifest.KindAgent:          manifest.AppSpec{},
		manifest.KindPolicyTemplate: manifest.PolicyTemplateSpec{},
		manifest.KindProvider:       manifest.ProviderSpec{},
		manifest.KindWaiver:         manifest.WaiverSpec{},
	}
}

// TestSchemasAndTypesAgree holds each schema against the Go type that reads the
// same part of a manifest, in both directions: a field of one that the other
// lacks is an error, and so is a field of another shape.
func TestSchemasAndTypesAgree(t *testing.T) {
	t.Parallel()
	for _, kind := range manifest.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			spec, known := goTypes()[kind]
			if !known {
				t.Fatal("no Go type is listed for this kind")
			}
			top, err := parse(read(t, kind))
			if err != nil {
				t.Fatal(err)
			}
			c := comparison{T: t, kind: kind}
			c.fields("", top, []string{"apiVersion", "kind", "metadata", "spec"})
			metadata := reflect.TypeFor[manifest.Metadata]()
			if kind == manifest.KindApp || kind == manifest.KindAgent {
				metadata = reflect.TypeFor[manifest.AppMetadata]()
			}
			c.structure("metadata", top.Properties["metadata"], metadata)
			c.structure("spec", top.Properties["spec"], reflect.TypeOf(spec))
		})
	}
}

// durationPattern is what manifest.ParseDuration reads, and no sign or zero.
const durationPattern = `^[1-9][0-9]{0,5}[mhd]$`

type comparison struct {
	*testing.T
	kind manifest.Kind
}

func (c comparison) fields(at string, n *node, want []string) {
	c.Helper()
	slices.Sort(want)
	var got []string
	for name := range n.Properties {
		got = append(got, name)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		c.Errorf("%s has the fields\n%q in the schema,\n%q in Go", at, got, want)
	}
	if n.Type != "object" || n.Additional == nil || n.Additional.schema != nil {
		c.Errorf("%s is not a mapping of these fields only", at)
	}
}

func (c comparison) structure(at string, n *node, structure reflect.Type) {
	var names []string
	for field := range structure.Fields() {
		name, tagged := field.Tag.Lookup("manifest")
		if only, limited := field.Tag.Lookup("only"); !tagged || limited && only != string(c.kind) {
			continue
		}
		names = append(names, name)
		if below := n.Properties[name]; below != nil {
			c.value(at+"."+name, below, field.Type)
		}
	}
	c.fields(at, n, names)
}

// value compares what stands in a field with the Go type of the field.
func (c comparison) value(at string, n *node, of reflect.Type) {
	want := "object"
	switch of {
	case reflect.TypeFor[manifest.String]():
		want = "string"
		if n.Pattern == durationPattern {
			c.Errorf("%s is a duration in the schema and a text in Go", at)
		}
	case reflect.TypeFor[manifest.Duration]():
		want = "string"
		if n.Pattern != durationPattern {
			c.Errorf("%s is a duration in Go; its pattern in the schema is %q, want %q", at, n.Pattern, durationPattern)
		}
	case reflect.TypeFor[manifest.Bool]():
		want = "boolean"
	case reflect.TypeFor[manifest.Int]():
		want = "integer"
	case reflect.TypeFor[manifest.Strings]():
		want = "array"
		if n.Items == nil || n.Items.Type != "string" {
			c.Errorf("%s is a list of texts in Go and not in the schema", at)
		}
	case reflect.TypeFor[manifest.Map]():
		if n.Properties != nil || n.Additional == nil || n.Additional.schema == nil || n.Additional.schema.Type != "string" {
			c.Errorf("%s maps names to texts in Go and not in the schema", at)
		}
	case reflect.TypeFor[manifest.Config]():
		if n.Properties != nil || n.Additional != nil {
			c.Errorf("%s is free-form in Go and not in the schema", at)
		}
	case reflect.TypeFor[[]manifest.Environment]():
		if n.Additional == nil || n.Additional.schema == nil {
			c.Fatalf("%s maps names to environments in Go and not in the schema", at)
		}
		c.structure(at+".*", n.Additional.schema, of.Elem())
	default:
		want = c.composite(at, n, of)
	}
	if n.Type != want {
		c.Errorf("%s is of type %s in the schema and %v in Go", at, n.Type, of)
	}
}

// composite compares structures, pointers to them and lists of them, and
// returns the type that the schema must have.
func (c comparison) composite(at string, n *node, of reflect.Type) string {
	switch of.Kind() {
	case reflect.Struct:
		c.structure(at, n, of)
	case reflect.Pointer:
		c.structure(at, n, of.Elem())
	case reflect.Slice:
		if n.Items == nil {
			c.Fatalf("%s is a list in Go and not in the schema", at)
		}
		c.structure(at+"[]", n.Items, of.Elem())
		return "array"
	default:
		c.Errorf("%s is of type %v, which this test does not know", at, of)
	}
	return "object"
}

// TestNamesFitTheirPattern holds the pattern of names against the rule of
// package manifest: every name fits, and what fits breaks only those parts of
// the rule that a schema leaves to it.
func TestNamesFitTheirPattern(t *testing.T) {
	t.Parallel()
	top, err := parse(read(t, manifest.KindApp))
	if err != nil {
		t.Fatal(err)
	}
	name := top.Properties["metadata"].Properties["name"]
	long := "a234567890123456789012345678901234567890123456789012345678901"
	for _, test := range []struct {
		text         string
		fits, isName bool
	}{
		{"a", true, true},
		{"checkout", true, true},
		{"a--b", true, true},
		{"0a", true, true},
		{long + "23", true, true},
		{long + "234", false, false},
		{"", false, false},
		{"-a", false, false},
		{"a-", false, false},
		{"A", false, false},
		{"a_b", false, false},
		{"a.b", false, false},
		{"a\n", false, false},
		{"é", false, false},
		{"42", true, false},
		{"0x1f", true, false},
		{"1e3", true, false},
		{"true", true, false},
	} {
		if _, wrong := name.fault(test.text); wrong == test.fits {
			t.Errorf("%q fits the pattern: %t, want %t", test.text, !wrong, test.fits)
		}
		if got := manifest.CheckName(test.text); got != test.isName {
			t.Errorf("%q is a name: %t, want %t", test.text, got, test.isName)
		}
	}
}
