// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/manifest"
)

// TestNamesInListsAreUnique: a name stands for one item of a list.
func TestNamesInListsAreUnique(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		root, app, template string
		want                []string
	}{
		"all different": {"groups: [{name: x}, {name: y}]", "credentials: [{name: a}, {name: b}], environments: {prod: {credentials: [{name: a}]}}", "rules: [{name: r}, {name: s}]", nil},
		"credentials":   {"", "credentials: [{name: a}, {name: b}, {name: a}]", "", []string{`a.yaml:4:51 credential "a" is declared twice, first in a.yaml:4`}},
		"of an environment": {
			"", "credentials: [{name: a}], environments: {prod: {credentials: [{name: b}, {name: b}]}}", "",
			[]string{`a.yaml:4:88 credential "b" is declared twice, first in a.yaml:4`},
		},
		"three times":   {"", "credentials: [{name: a}, {name: a}, {name: a}]", "", []string{`a.yaml:4:40 credential "a" is declared twice, first in a.yaml:4`, `a.yaml:4:51 credential "a" is declared twice, first in a.yaml:4`}},
		"rules":         {"", "", "rules: [{name: r}, {name: r}]", []string{`t.yaml:4:34 rule "r" is declared twice, first in t.yaml:4`}},
		"groups":        {"groups: [{name: x}, {name: x}]", "", "", []string{`roster.yaml:4:56 group "x" is declared twice, first in roster.yaml:4`}},
		"without names": {"groups: [{}, {}]", "credentials: [{type: x}, {type: y}]", "", nil},
	} {
		of := func(kind, name, spec string) *fstest.MapFile {
			return &fstest.MapFile{Data: []byte("apiVersion: roster/v1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec: {" + spec + "}\n")}
		}
		fsys := fstest.MapFS{
			"roster.yaml": of("Root", "acme", `include: ["?.yaml"], `+test.root), "d.yaml": of("Domain", "d", "owner: group:a"), "t.yaml": of("PolicyTemplate", "t", test.template),
			"a.yaml": of("App", "a", test.app),
		}
		_, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range findings {
			if f.Rule == "duplicate-name" {
				got = append(got, fmt.Sprintf("%s %s", f.Position(), f.Message))
			}
		}
		if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
