// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// TestDescriptorsAreClear finds two systems that claim the same name, and one that
// says nothing.
func TestDescriptorsAreClear(t *testing.T) {
	t.Parallel()
	claimed := map[string]bool{}
	for i, d := range wire.Systems() {
		names := []string{"type " + d.Type, "identity " + d.Identity}
		if d.Type == "" && len(d.Namespaces) == 0 && len(d.Credentials) == 0 {
			t.Errorf("descriptor %d says nothing", i)
		}
		for _, n := range d.Namespaces {
			names = append(names, "namespace "+n)
		}
		for _, c := range d.Credentials {
			names = append(names, "credential "+c.Type)
			if c.Secretless == "" {
				t.Errorf("nothing says how to do without %s", c.Type)
			}
		}
		for _, name := range names {
			if claimed[name] && name != "type " && name != "identity " {
				t.Errorf("descriptor %d claims %s, and so does another", i, name)
			}
			claimed[name] = true
		}
	}
	r := wire.Rotations{Run: wire.NewRun(wire.World{Getenv: func(string) string { return "" }})}
	if _, err := r.Source(rotate.Target{Type: "entra-cilent-secret"}); err == nil {
		t.Error("a type that no descriptor has was opened")
	}
}

// TestDescriptorsMatchTheFormat holds what the descriptors say against the schemas,
// the fields of a node's identity, the catalogues and the page of rules.
func TestDescriptorsMatchTheFormat(t *testing.T) {
	t.Parallel()
	systems := wire.Systems()
	if got := enum(t, "provider", "spec", "type"); !slices.Equal(got, systems.Types()) {
		t.Errorf("the schema allows providers of type %q, descriptors have %q", got, systems.Types())
	}
	identities := []string{}
	for _, d := range systems {
		if d.Identity != "" {
			identities = append(identities, d.Identity)
		}
	}
	slices.Sort(identities)
	for _, of := range []struct {
		identity reflect.Type
		tag      string
	}{{reflect.TypeFor[manifest.Identity](), "manifest"}, {reflect.TypeFor[registration.Identity](), "json"}} {
		if got := applications(of.identity, of.tag); !slices.Equal(got, identities) {
			t.Errorf("applications of %s are %q, descriptors have %q", of.identity, got, identities)
		}
	}
	world, err := wire.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range world.Namespaces {
		if !slices.Contains(systems.Namespaces(), name) {
			t.Errorf("namespace %s has a catalogue and no descriptor", name)
		}
	}
	if got := documented(t, "checks.md", `The namespaces are .*\.`); !slices.Equal(got, systems.Namespaces()) {
		t.Errorf("docs/checks.md lists the namespaces %q, descriptors have %q", got, systems.Namespaces())
	}
	types := documented(t, "rotation.md", "(?m)^\\| `[a-z-]+`(, `[a-z-]+`)* \\| (a|an|the) ")
	slices.Sort(types)
	if !slices.Equal(types, systems.CredentialTypes()) {
		t.Errorf("docs/rotation.md lists the credential types %q, descriptors have %q", types, systems.CredentialTypes())
	}
}

// documented returns what a page of the documents quotes in the parts that match.
func documented(t *testing.T, page, part string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	var quoted []string
	for _, match := range regexp.MustCompile(part).FindAllString(string(text), -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(match, -1) {
			quoted = append(quoted, name[1])
		}
	}
	return quoted
}

// enum returns what a schema allows for a field of a definition.
func enum(t *testing.T, kind, definition, field string) []string {
	t.Helper()
	text, err := os.ReadFile("../../schema/v1/" + kind + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Definitions map[string]struct {
			Properties map[string]struct {
				Enum []string `json:"enum"`
			} `json:"properties"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	return schema.Definitions[definition].Properties[field].Enum
}

// applications returns the fields of an identity that name an application, as
// manifests spell them.
func applications(identity reflect.Type, tag string) []string {
	var names []string
	for field := range identity.Fields() {
		if of := field.Type.Elem(); of.NumField() == 1 && of.Field(0).Name == "Application" {
			names = append(names, regexp.MustCompile(`^[^,]*`).FindString(field.Tag.Get(tag)))
		}
	}
	slices.Sort(names)
	return names
}
