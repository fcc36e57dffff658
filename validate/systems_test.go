// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/validate"
)

const systemsRoot = "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"*/*.yaml\"]}\n"

// of returns the findings of one rule.
func of(rule string, findings []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(findings, func(f finding.Finding) bool { return f.Rule != rule })
}

// domainNamed is a registry with a domain of a name, beside a provider.
func domainNamed(name string) map[string]string {
	return map[string]string{
		"roster.yaml":  systemsRoot,
		"d/one.yaml":   "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: " + name + "}\nspec: {owner: group:o}\n",
		"p/login.yaml": "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: login}\nspec: {type: entra}\n",
		"d/app.yaml":   "apiVersion: roster/v1\nkind: App\nmetadata: {name: app}\nspec: {domain: " + name + ", owner: group:o, version: v1, scopes: []}\n",
	}
}

// TestNamespaceDomain refuses a domain with the name of any namespace, or of a
// provider of the registry.
func TestNamespaceDomain(t *testing.T) {
	t.Parallel()
	namespaces := wire.Systems().Namespaces()
	if len(namespaces) < 7 {
		t.Fatalf("only %q", namespaces)
	}
	for _, name := range append(namespaces, "login") {
		found := of(validate.RuleNamespaceDomain, judge(load(t, domainNamed(name))))
		if len(found) != 1 || found[0].Severity != finding.Error || found[0].Position() != "d/one.yaml:3:18" || !strings.Contains(found[0].Message, name) {
			t.Errorf("%s: %v", name, found)
		}
	}
	for _, name := range []string{"orders", "keyvaults", "log-in"} {
		if found := judge(load(t, domainNamed(name))); len(found) != 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	if open, _ := validate.Open(validate.Result{Findings: []finding.Finding{{Rule: validate.RuleNamespaceDomain, Severity: finding.Error}}}, validate.Accepted{Allow: []string{"namespace-domain=1"}}); len(open) != 1 {
		t.Error("a taken namespace can be accepted by its number")
	}
}

// withCredentials is a registry of one app with an environment that declares its own.
func withCredentials(app, environment string) map[string]string {
	return map[string]string{
		"roster.yaml":   systemsRoot,
		"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: group:o}\n",
		"a/app.yaml": fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: app}\nspec:\n  domain: orders\n  owner: group:o\n  version: v1\n  scopes: []\n"+
			"  credentials: [%s]\n  environments: {dev: {}, test: {}, prod: {credentials: [%s]}}\n", app, environment),
	}
}

// TestUnknownCredentialType refuses what nobody renews, once where it is written,
// and leaves alone what is only declared.
func TestUnknownCredentialType(t *testing.T) {
	t.Parallel()
	const renewed = "{name: c, type: %s, rotate: {every: 30d, overlap: 24h}, sinks: [{file: a}]}"
	for name, test := range map[string]struct {
		app, environment string
		hints            []string
	}{
		"misspelt":        {fmt.Sprintf(renewed, "entra-cilent-secret"), "", []string{"did you mean entra-client-secret?"}},
		"of environment":  {"", fmt.Sprintf(renewed, "Okta-client-secret"), []string{"did you mean okta-client-secret?"}},
		"both":            {fmt.Sprintf(renewed, "cosmoskey"), fmt.Sprintf(renewed, "cosmos_key"), []string{"did you mean cosmos-key?", "did you mean cosmos-key?"}},
		"foreign":         {fmt.Sprintf(renewed, "api-key"), "", []string{"correct the type, or remove rotate if something else renews the credential"}},
		"only declared":   {"{name: c, type: entra-cilent-secret, sinks: [{file: a}]}", "{name: c, type: api-key}", nil},
		"known":           {fmt.Sprintf(renewed, "self-issued-token"), "", nil},
		"another of both": {fmt.Sprintf(renewed, "entra-client-secret"), fmt.Sprintf(renewed, "cosmos-readonly-key"), nil},
	} {
		var hints []string
		for _, f := range of(validate.RuleUnknownCredentialType, judge(load(t, withCredentials(test.app, test.environment)))) {
			if f.Severity != finding.Error || !slices.Equal(f.Allowed, wire.Systems().CredentialTypes()) {
				t.Errorf("%s: %+v", name, f)
			}
			hints = append(hints, f.Hint)
		}
		if !slices.Equal(hints, test.hints) {
			t.Errorf("%s: %q, want %q", name, hints, test.hints)
		}
	}
}

// TestSharedKeyInAnyOrder finds a key that two nodes share whatever stands before
// it in their lists.
func TestSharedKeyInAnyOrder(t *testing.T) {
	t.Parallel()
	const secret = "{name: z, type: okta-client-secret, rotate: {every: 30d, overlap: 24h}, sinks: [{file: %s}]}, {name: a, type: api-key}"
	files := withCredentials("", "")
	for _, name := range []string{"app", "other"} {
		files["a/"+name+".yaml"] = "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + "}\nspec:\n  domain: orders\n  owner: group:o\n  version: v1\n  scopes: []\n" +
			"  identity: {okta: {application: shared}}\n  credentials: [" + fmt.Sprintf(secret, name) + "]\n"
	}
	if found := of(validate.RuleSharedKey, judge(load(t, files))); len(found) != 2 || !strings.HasPrefix(found[0].Message, `credential "z" of orders/app is`) {
		t.Errorf("%v", found)
	}
}

// TestApplicationNames warns about an application that is renewed and has a name instead
// of an id.
func TestApplicationNames(t *testing.T) {
	t.Parallel()
	const renewed = "{name: c, type: %s, rotate: {every: 30d}, sinks: [{file: a}]}"
	for name, test := range map[string]struct {
		identity, kind string
		want           int
	}{
		"entra, a name":       {"entra: {application: checkout}", "entra-client-secret", 1},
		"entra, an id":        {"entra: {application: 5B2C1F0E-7d3a-4c8e-9a61-2f4d8e6b7c90}", "entra-client-secret", 0},
		"okta, a label":       {"okta: {application: Checkout}", "okta-client-secret", 1},
		"okta, an id":         {"okta: {application: 0oa1checkout00000000}", "okta-client-secret", 0},
		"okta, almost an id":  {"okta: {application: 0oa1checkout0000000}", "okta-client-secret", 1},
		"no application":      {"github: {repository: acme/checkout}", "entra-client-secret", 0},
		"of another system":   {"entra: {application: checkout}", "self-issued-token", 0},
		"that is not renewed": {"entra: {application: checkout}", "", 0},
	} {
		credential := fmt.Sprintf(renewed, test.kind)
		if test.kind == "" {
			credential = "{name: c, type: entra-client-secret, sinks: [{file: a}]}"
		}
		files := withCredentials("", credential)
		files["a/app.yaml"] = strings.Replace(files["a/app.yaml"], "prod: {", "prod: {identity: {"+test.identity+"}, ", 1)
		found := of(validate.RuleApplicationName, judge(load(t, files)))
		if len(found) != test.want || len(found) == 1 && (found[0].Severity != finding.Warning || found[0].Node != "orders/app@prod") {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// TestNamespaces: a scope begins with a domain, with a provider's namespace or with the
// name of a declared provider.
func TestNamespaces(t *testing.T) {
	t.Parallel()
	provider := "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: login}\nspec: {type: entra, tenant: t}\n"
	for scope, want := range map[string]int{"login/x:read": 0, "msgraph/User:read": 0, "logins/x:read": 1, "entr/x:read": 1} {
		files := shop("", map[string]string{"a/login.yaml": provider})
		files["a/till.yaml"] = strings.Replace(files["a/till.yaml"], "scopes: []", `scopes: ["`+scope+`"]`, 1)
		if found := of(validate.RuleUnknownNamespace, judge(load(t, files))); len(found) != want {
			t.Errorf("%s: %v", scope, found)
		}
	}
}
