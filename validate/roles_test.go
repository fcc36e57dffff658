// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/validate"
)

// TestRoles compares native roles with what a node declares.
func TestRoles(t *testing.T) {
	t.Parallel()
	const exact = `"cosmos/acct/orders/carts:items.read"`
	reader := `"cosmos/acct:readMetadata", "cosmos/acct/*:readMetadata", "cosmos/acct/*/*:readMetadata,items.read,executeQuery,readChangeFeed"`
	for name, test := range map[string]struct {
		kind, pattern, role, scopes, excess string
		want                                []string // rule and witness of each finding
	}{
		"exactly the verbs":                              {"cosmos", "cosmos/*/*/*:*", "[items.read]@/dbs/{2}/colls/{3}", exact, "", nil},
		"metadata that is not asked":                     {"cosmos", "cosmos/*/*/*:*", "reader@/dbs/{2}/colls/{3}", exact, "", []string{"wide-role cosmos/acct/orders/carts:executeQuery"}},
		"a reader of the account":                        {"cosmos", "cosmos/**:*", "reader@/", reader, "", nil},
		"a contributor of the account for one container": {"cosmos", "cosmos/**:*", "Built-in Data Contributor @ /", exact, "", []string{"wide-role cosmos/acct:readMetadata"}},
		"a reader of the database for one container":     {"cosmos", "cosmos/**:*", "[items.read]@/dbs/orders", exact, "", []string{"wide-role cosmos/acct/orders/x:items.read"}},
		"the rest is accepted":                           {"cosmos", "cosmos/**:*", "[items.read]@/dbs/orders", exact, `"cosmos/acct/orders/*:items.read"`, nil},
		"less than declared":                             {"cosmos", "cosmos/**:*", "[items.read]@/dbs/orders/colls/carts", `"cosmos/acct/orders/*:items.read"`, "", []string{"short-role cosmos/acct/orders/x:items.read"}},
		"each permission of Graph":                       {"entra", "msgraph/*:application", "msgraph#{1}", `"msgraph/User.Read.All:application", "msgraph/Mail.Send:application"`, "", nil},
		"another permission of Graph":                    {"entra", "msgraph/User.*:application", "msgraph#User.ReadWrite.All", `"msgraph/User.Read.All:application"`, "", []string{"short-role msgraph/User.Read.All:application", "wide-role msgraph/User.ReadWrite.All:application"}},
		"a scope of Okta":                                {"okta", "okta/*:read", "grant:okta.{1}.read", `"okta/apps:read"`, "", nil},
		"a scope of Okta that manages":                   {"okta", "okta/*:read", "grant:okta.{1}.manage", `"okta/apps:read"`, "", []string{"short-role okta/apps:read", "wide-role okta/apps:manage"}},
		"a role of an API of one's own":                  {"entra", "orders/carts:read", "Carts.Read", `"orders/carts:read"`, "", nil},
		"a role of an API, mapped too widely":            {"entra", "orders/**:*", "Orders.All", `"orders/carts:read"`, "", []string{"wide-role orders/x:x"}},
		"a place that the pattern does not have":         {"entra", "msgraph/*:application", "msgraph#{2}", `"msgraph/Mail.Send:application"`, "", []string{"role-map", "short-role msgraph/Mail.Send:application"}},
	} {
		files := map[string]string{
			"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"d/*.yaml\"], propagate: [p]}\n",
			"d/p.yaml": "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: p}\nspec:\n  type: " + test.kind + "\n  account: /subscriptions/1/databaseAccounts/Acct\n  maps: {\"" +
				test.pattern + "\": \"" + test.role + "\"}\n  excess: [" + test.excess + "]\n",
			"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\"}\n",
			"d/app.yaml":    "apiVersion: roster/v1\nkind: App\nmetadata: {name: app}\nspec: {domain: orders, owner: \"group:o\", version: v1, scopes: [" + test.scopes + "], provides: [\"orders/carts:read\"]}\n",
		}
		findings, _ := validate.Registry(load(t, files), validate.Config{Systems: wire.Systems()})
		var got []string
		for _, f := range findings {
			switch f.Rule {
			case validate.RuleWideRole, validate.RuleShortRole:
				words := strings.Fields(f.Message)
				got = append(got, f.Rule+" "+strings.TrimSuffix(words[slices.IndexFunc(words, func(w string) bool { return w == "gives" || w == "give" })+1], ","))
			case validate.RuleRoleMap:
				got = append(got, f.Rule)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestRolesOfOneApplication: a role is given to an application, so what all its nodes
// declare counts.
func TestRolesOfOneApplication(t *testing.T) {
	t.Parallel()
	app := func(name, application, scope, more string) string {
		return "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + "}\nspec: {domain: orders, owner: \"group:o\", version: v1, identity: {entra: {application: " + application +
			"}}, scopes: [\"orders/carts:" + scope + "\"], provides: [\"orders/carts:read,write\"]" + more + "}\n"
	}
	for name, test := range map[string]struct {
		two  string
		want int
	}{
		"one application":       {app("two", "x", "write", ""), 0},
		"two applications":      {app("two", "y", "write", ""), 2},
		"both declare the same": {app("two", "x", "read", ""), 2},
		"an app of whose environments none is the application": {app("two", "x", "write", ", environments: {prod: {identity: {entra: {application: z}}}}"), 2},
	} {
		files := map[string]string{
			"roster.yaml":   "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"d/*.yaml\"], propagate: [p]}\n",
			"d/p.yaml":      "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: p}\nspec: {type: entra, maps: {\"orders/carts:read,write\": Carts.All}}\n",
			"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\"}\n",
			"d/one.yaml":    app("one", "x", "read", ""),
			"d/two.yaml":    test.two,
		}
		if found := of(validate.RuleWideRole, judge(load(t, files))); len(found) != test.want {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestRoleSentences says which role a change gives, and by which scope.
func TestRoleSentences(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"roster.yaml":   "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"d/*.yaml\"], propagate: [p]}\n",
		"d/p.yaml":      "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: p}\nspec: {type: entra, maps: {}}\n",
		"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\"}\n",
		"d/app.yaml":    "apiVersion: roster/v1\nkind: App\nmetadata: {name: app}\nspec: {domain: orders, owner: \"group:o\", version: v1, scopes: [\"orders/carts:read\"], provides: [\"orders/carts:read\"]}\n",
	}
	base := load(t, files)
	files["d/p.yaml"] = strings.Replace(files["d/p.yaml"], "maps: {}", `maps: {"orders/carts:read": Reader}`, 1)
	findings, _ := validate.Registry(load(t, files), validate.Config{Systems: wire.Systems(), Base: &validate.Base{Registry: base}})
	found := of(validate.RuleNewAccess, findings)
	if len(found) != 1 || found[0].Message != `orders/app gains the role "p: Reader" for orders/carts:read (because of maps of provider p, d/p.yaml:4)` {
		t.Errorf("%v", found)
	}
}
