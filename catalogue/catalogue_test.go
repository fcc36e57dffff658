// SPDX-License-Identifier: Apache-2.0

package catalogue_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/catalogue"
)

// TestCatalogues holds every data file against its own form, and asks for
// permissions that everybody knows.
func TestCatalogues(t *testing.T) {
	t.Parallel()
	all, err := catalogue.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		text, err := os.ReadFile("data/" + n.Name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := catalogue.Encode(n)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(encoded), string(text)); d != "" {
			t.Errorf("%s is not as it would be written:\n%s", n.Name, d)
		}
		inside := access.Union(parse(t, n.Name+":*"), parse(t, n.Name+"/**:*"))
		for _, s := range n.Scopes {
			if !inside.Allows(parse(t, s)) {
				t.Errorf("%s lists %s", n.Name, s)
			}
		}
	}
	set, err := catalogue.Set(all)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"msgraph/User.Read.All:application":   true,
		"msgraph/Mail.Send:delegated":         true,
		"msgraph/Mail.Sent:delegated":         false,
		"okta/apps:manage":                    true,
		"okta/apps:own":                       false,
		"cosmos/shop/orders/carts:items.read": true,
		"cosmos/shop:readMetadata":            true,
		"cosmos/shop/orders:items.read":       false,
		"keyvault/acme/db:get":                true,
		"keyvault/acme/db:fly":                false,
	} {
		if got := set.Allows(parse(t, text)); got != want {
			t.Errorf("%s is listed: %v", text, got)
		}
	}
}

func parse(t *testing.T, text string) access.Scope {
	t.Helper()
	scope, err := access.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return scope
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", `{"name": "x", "scopes": ["x/b:r", "x/a:r"]}`, `{"name": "x", "scopes": ["x/a:r", "x/a:r"]}`, `{"name": "x", "foreign": 1}`,
	} {
		if n, err := catalogue.Decode([]byte(text)); err == nil {
			t.Errorf("%s is read as %v", text, n)
		}
	}
	if text, err := catalogue.Encode(catalogue.Namespace{Name: "x", Scopes: []string{"no scope"}}); err == nil {
		t.Errorf("written: %s", text)
	}
}
