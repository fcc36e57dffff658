// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"testing"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/internal/test/universe"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/verdict"
)

// TestCatalogueMode has changes that are new for ever and not today, and such
// that are new today.
func TestCatalogueMode(t *testing.T) {
	t.Parallel()
	scope := func(text string) access.Scope {
		s, err := access.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	world := &verdict.World{Namespaces: []string{"vault"}, Listed: access.Union(scope("vault/*/*:get,list"))}
	provider := "apiVersion: roster/v1\nkind: App\nmetadata: {name: p}\nspec: {domain: a, owner: group:o, scopes: [], provides: [\"a/x:r\"]}\n"
	for name, test := range map[string]struct {
		before, after string
		open, today   string // witnesses, "" for nothing new
	}{
		"every verb of a listed provider":   {"vault/k/*:get,list", "vault/k/*:*", "vault/k/x:x", ""},
		"another vault":                     {"vault/k/*:get", "vault/*/*:get", "vault/x/x:get", "vault/x/x:get"},
		"all that a domain's apps provide":  {"a/x:r", "a/*:r", "a/y:r", ""},
		"what an app provides":              {"a/y:r", "a/*:r", "a/x:r", "a/x:r"},
		"a namespace of which all is known": {"vault/k/s:get", "vault:get", "vault:get", ""},
		"a namespace of which none is":      {"other/x:r", "other/*:r", "other/y:r", "other/y:r"},
	} {
		files := func(scope string) map[string]string {
			one := tree{domains: map[string]universe.Bounds{"a": {}}, apps: map[string]app{"one": {domain: "a", scopes: []string{scope}}}}
			all := one.files()
			all["a/p.yaml"] = provider
			return all
		}
		for config, want := range map[*verdict.World]string{nil: test.open, world: test.today} {
			v := verdict.Compare(bounds.New(load(t, files(test.before)), nil), bounds.New(load(t, files(test.after)), nil), verdict.Config{Catalogue: config})
			got := ""
			if len(v.NewAccess) > 0 {
				got = v.NewAccess[0].Witness
			}
			if got != want {
				t.Errorf("%s, %s: new is %q, want %q", name, v.Mode, got, want)
			}
		}
	}
}
