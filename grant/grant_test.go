// SPDX-License-Identifier: Apache-2.0

package grant_test

import (
	"strconv"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/grant"
	"github.com/appofapps/roster/manifest"
)

const (
	root  = "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"p/*.yaml\"], propagate: [login]}\n"
	login = "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: login}\nspec:\n  type: entra\n  tenant: t\n  maps:\n    \"msgraph/User.*:application\": Reader\n    \"msgraph/**:*\": Everything\n    \"orders/**:read\": Reader\n"
	idle  = "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: idle}\nspec: {type: okta, maps: {\"orders/**:*\": Admin}}\n"
)

func mapsOf(t *testing.T, provider string) (grant.Maps, *bounds.Tree) {
	t.Helper()
	files := fstest.MapFS{}
	for name, text := range map[string]string{"roster.yaml": root, "p/login.yaml": provider, "p/idle.yaml": idle} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	registry, findings, err := manifest.Load(t.Context(), files, manifest.Options{Workers: 1})
	if err != nil || len(findings) > 0 {
		t.Fatal(findings, err)
	}
	tree := bounds.New(registry, nil)
	return grant.MapsOf(registry, tree), tree
}

// TestRoles gives the roles of the maps that are propagated, each with its reason.
func TestRoles(t *testing.T) {
	t.Parallel()
	m, tree := mapsOf(t, login)
	for name, test := range map[string]struct {
		scopes [][]string
		want   map[string]string // witness by role
	}{
		"nothing":        {[][]string{{}}, map[string]string{}},
		"one pattern":    {[][]string{{"orders/carts:read,write"}}, map[string]string{"login: Reader": "orders/carts:read"}},
		"two patterns":   {[][]string{{"msgraph/User.Read.All:application"}}, map[string]string{"login: Reader": "msgraph/User.Read.All:application", "login: Everything": "msgraph/User.Read.All:application"}},
		"two holders":    {[][]string{{"orders/a:read"}, {"orders/b:read"}}, map[string]string{"login: Reader": "orders/a:read"}},
		"not propagated": {[][]string{{"orders/a:write"}}, map[string]string{}},
	} {
		got := map[string]string{}
		for role, given := range m.Roles(tree, test.scopes...) {
			if !given.Proven || given.Role != role || given.File != "p/login.yaml" || given.At.Line == 0 {
				t.Errorf("%s: %+v", name, given)
			}
			got[role.String()] = given.Witness
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestCaptures: {n} of a native name is what the n-th * of the pattern took of a scope.
// What cannot be told is *.
func TestCaptures(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ pattern, native, scope, want string }{
		{"msgraph/*:application", "{1}", "msgraph/User.Read.All:application", "User.Read.All"},
		{"msgraph/*:application", "{1}", "msgraph/User.*:application", "User.*"},
		{"msgraph/*:application", "{1}", "msgraph/**:application", "*"},
		{"msgraph/*:application", "{1}", "**:application", "*"},
		{"msgraph/User.*:application", "{1}", "msgraph/User.Read:application", "Read"},
		{"msgraph/*.Read:application", "{1}", "msgraph/User.Read:application", "User"},
		{"msgraph/User.*:application", "{1}", "msgraph/*:application", "*"},
		{"msgraph/*.Read:application", "{1}", "msgraph/*:application", "*"},
		{"msgraph/User.*.All:application", "{1}", "msgraph/User.Read.All:application", "Read"},
		{"msgraph/User.*.All:application", "{1}", "msgraph/User.R*:application", "*"},
		{"msgraph/User.*.All:application", "{1}", "msgraph/*d.All:application", "*"},
		{"msgraph/*.*:application", "{1}-{2}", "msgraph/User.Read:application", "*-*"},
		{"cosmos/*/**:read", "{1} of {2}", "cosmos/orders/carts/items:read", "orders of carts/items"},
		{"cosmos/*/*/**:read", "{3} of {2} of {1}", "cosmos/orders/carts/items:read", "items of carts of orders"},
		{"cosmos/*/**:read", "{1} of {2}", "cosmos/**:read", "* of *"},
		{"cosmos/*/**:read", "{1} of {2}", "**:read", "* of *"},
		{"cosmos/*:read", "fixed", "cosmos/orders:read", "fixed"},
	} {
		provider := "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: login}\nspec: {type: entra, tenant: t, maps: {" +
			strconv.Quote(test.pattern) + ": " + strconv.Quote(test.native) + "}}\n"
		m, tree := mapsOf(t, provider)
		var got []string
		for role := range m.Roles(tree, []string{test.scope}) {
			got = append(got, role.Native)
		}
		if d := cmp.Diff([]string{test.want}, got); d != "" {
			t.Errorf("%s with %s (-want +got):\n%s", test.pattern, test.scope, d)
		}
		if left := m[0].Uncaptured(); left != "" {
			t.Errorf("%s: %s is left", test.pattern, left)
		}
	}
	m, _ := mapsOf(t, "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: login}\nspec: {type: entra, tenant: t, maps: {\"msgraph/*:application\": \"{1}{2}\"}}\n")
	if left := m[0].Uncaptured(); left != "{2}" {
		t.Errorf("%q is left, want {2}", left)
	}
}

// TestEqual tells maps apart by all that decides what is given, and by no more.
func TestEqual(t *testing.T) {
	t.Parallel()
	m, _ := mapsOf(t, login)
	same, _ := mapsOf(t, "# a comment\n"+login)
	if !m.Equal(same) {
		t.Error("the same maps on other lines differ")
	}
	for i, change := range []func(*grant.Mapping){
		func(m *grant.Mapping) { m.Pattern = "**" }, func(m *grant.Mapping) { m.Native = "Other" },
		func(m *grant.Mapping) { m.Tenant = "other" }, func(m *grant.Mapping) { m.Account = "other" },
		func(m *grant.Mapping) { m.Provider = "other" }, func(m *grant.Mapping) { m.Type = "other" },
	} {
		other, _ := mapsOf(t, login)
		change(&other[0])
		if m.Equal(other) || m.Equal(other[:1]) {
			t.Errorf("change %d was not seen", i)
		}
	}
}
