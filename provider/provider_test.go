// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/provider"
	"github.com/appofapps/roster/registration"
)

// systems are three that differ in all that a descriptor can say.
func systems() provider.Set {
	return provider.Set{
		{Type: "okta", Namespaces: []string{"okta"}, Identity: "okta", Credentials: []provider.Credential{
			{Type: "okta-client-secret", KeyedBy: []provider.Part{provider.ByTenant, provider.ByApplication}, Secretless: "a key"},
		}},
		{Type: "entra", Namespaces: []string{"msgraph", "entra"}, Identity: "entra", Credentials: []provider.Credential{{Type: "entra-client-secret"}}},
		{Type: "cosmos", Namespaces: []string{"cosmos"}, Credentials: []provider.Credential{
			{Type: "cosmos-key", KeyedBy: []provider.Part{provider.ByAccount}},
			{Type: "cosmos-readonly-key", KeyedBy: []provider.Part{provider.ByAccount}},
		}},
		{Namespaces: []string{"github"}},
		{Credentials: []provider.Credential{{Type: "self-issued-token"}}},
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ got, want []string }{
		{systems().Types(), []string{"cosmos", "entra", "okta"}},
		{systems().Namespaces(), []string{"cosmos", "entra", "github", "msgraph", "okta"}},
		{systems().CredentialTypes(), []string{"cosmos-key", "cosmos-readonly-key", "entra-client-secret", "okta-client-secret", "self-issued-token"}},
		{provider.Set(nil).Types(), nil},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}

func text(value string) manifest.String { return manifest.String{Value: value} }

func declared(name, kind, tenant, account string) *manifest.Provider {
	return &manifest.Provider{
		Meta: manifest.Metadata{Name: text(name)},
		Spec: manifest.ProviderSpec{Type: text(kind), Tenant: text(tenant), Account: text(account)},
	}
}

// issue returns how a credential of a node with an application everywhere is issued.
func issue(kind, named, application string, list ...*manifest.Provider) provider.Issue {
	r := registration.Record{Identity: &registration.Identity{
		Entra: &registration.Application{Application: "entra-" + application},
		Okta:  &registration.Application{Application: application},
	}}
	return systems().Issue(r, registration.Credential{Name: "c", Type: kind, Provider: named}, list)
}

// TestProvider finds the provider of a credential: the one that it names, or the
// only one of the type that issues it.
func TestProvider(t *testing.T) {
	t.Parallel()
	one, two, other := declared("one", "okta", "", ""), declared("two", "okta", "", ""), declared("other", "", "", "")
	for name, test := range map[string]struct {
		kind, named string
		list        []*manifest.Provider
		want        *manifest.Provider
	}{
		"the only one":           {"okta-client-secret", "", []*manifest.Provider{one, other}, one},
		"named":                  {"okta-client-secret", "two", []*manifest.Provider{one, two}, two},
		"not clear":              {"okta-client-secret", "", []*manifest.Provider{one, two}, nil},
		"none":                   {"okta-client-secret", "", nil, nil},
		"another type":           {"entra-client-secret", "", []*manifest.Provider{one}, nil},
		"needs none":             {"self-issued-token", "", []*manifest.Provider{one, other}, nil},
		"unknown with a name":    {"api-key", "one", []*manifest.Provider{one}, one},
		"unknown without a name": {"okta-other", "", []*manifest.Provider{one, other}, nil},
	} {
		i := issue(test.kind, test.named, "app", test.list...)
		if known := slices.Contains(systems().CredentialTypes(), test.kind); i.Provider != test.want || i.Known != known {
			t.Errorf("%s: %+v", name, i)
		}
	}
}

// TestApplication takes the application from the field that the descriptor names.
func TestApplication(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"okta-client-secret": "app", "entra-client-secret": "entra-app", "cosmos-key": "", "self-issued-token": "", "okta-other": "",
	} {
		if got := issue(kind, "", "app").Application; got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

// TestKey tells keys apart by what their system tells them apart by.
func TestKey(t *testing.T) {
	t.Parallel()
	okta := func(tenant string) *manifest.Provider { return declared("okta", "okta", tenant, "") }
	cosmos := func(account string) *manifest.Provider { return declared("db", "cosmos", "", account) }
	secret := issue("okta-client-secret", "", "app", okta("acme.okta.com")).Key
	key := issue("cosmos-key", "", "app", cosmos("/accounts/a")).Key
	for name, test := range map[string]struct {
		key, of string
		want    bool
	}{
		"same application":     {secret, issue("okta-client-secret", "", "app", okta("acme.okta.com")).Key, true},
		"tenant in other case": {secret, issue("okta-client-secret", "", "app", okta("ACME.okta.com")).Key, true},
		"another tenant":       {secret, issue("okta-client-secret", "", "app", okta("other.okta.com")).Key, false},
		"another application":  {secret, issue("okta-client-secret", "", "APP", okta("acme.okta.com")).Key, false},
		"same account":         {key, issue("cosmos-key", "", "other", cosmos("/Accounts/A")).Key, true},
		"another account":      {key, issue("cosmos-key", "", "app", cosmos("/accounts/b")).Key, false},
		"another type":         {key, issue("cosmos-readonly-key", "", "app", cosmos("/accounts/a")).Key, false},
	} {
		if got := test.key == test.of; got != test.want || test.key == "" || test.of == "" {
			t.Errorf("%s: %s and %s", name, test.key, test.of)
		}
	}
	for name, i := range map[string]provider.Issue{
		"no application": issue("okta-client-secret", "", "", okta("acme.okta.com")),
		"no account":     issue("cosmos-key", "", "app", cosmos("")),
		"no provider":    issue("cosmos-key", "", "app"),
		"a marker":       issue("entra-client-secret", "", "app", declared("entra", "entra", "t", "")),
		"unknown":        issue("okta-other", "okta", "app", okta("acme.okta.com")),
	} {
		if i.Key != "" {
			t.Errorf("%s: %s", name, i.Key)
		}
	}
	if known := issue("okta-client-secret", "", "app"); known.Key == "" || known.Secretless != "a key" {
		t.Errorf("without a provider: %+v", known)
	}
}
