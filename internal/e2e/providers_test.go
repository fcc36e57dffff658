// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/internal/test/contracttest"
)

// renewable is a registry with every source and every sink.
const renewable = "../../rotate/rotatetest/testdata/registry"

const (
	oktaHost  = "acme.okta.com"
	oktaApp   = "0oa1checkout00000000"
	entraApp  = "44444444-1111-1111-1111-111111111111"
	vaultHost = "acme.vault.azure.net"
	ownToken  = "ghs_canary-of-roster-own-app"
)

// providers is all providers, on the internet of a cloud. Each is checked against its
// vendor's description, and requires tokens of Entra ID or Okta.
type providers struct {
	graph  *contracttest.Graph
	okta   *contracttest.Okta
	arm    *contracttest.ARM
	vault  *contracttest.Vault
	github *contracttest.Secrets
}

func newProviders(t *testing.T, cloud *cloudtest.Cloud) *providers {
	t.Helper()
	p := &providers{
		graph: contracttest.NewGraph(t, &contracttest.Application{ID: "33333333-1111-1111-1111-111111111111", AppID: entraApp, Name: "checkout-prod"}),
		okta:  contracttest.NewOkta(t, oktaHost, &contracttest.OktaApp{ID: oktaApp, Label: "checkout-prod", Method: oktaclient.MethodBasic}),
		arm:   contracttest.NewARM(t), vault: contracttest.NewVault(t, vaultHost), github: contracttest.NewSecrets(t),
	}
	p.arm.Polls = 0
	p.github.Readers["acme CHECKOUT"] = &contracttest.Readers{Visibility: "private"}
	key, err := oktaclient.JWK(cloud.Vault(t, p.vault))
	if err != nil {
		t.Fatal(err)
	}
	p.okta.Key = key
	for host, handler := range map[string]http.Handler{
		"graph.microsoft.com": p.graph, oktaHost: p.okta, "management.azure.com": p.arm, "acme-registry.documents.azure.com": p.arm.Data(), "api.github.com": p.github,
	} {
		cloud.Handle(host, handler)
	}
	cloud.ClientSecrets(p.graph.Opens)
	return p
}

// served returns the value that each credential's destinations serve. All must serve
// the same value, and the provider must accept it.
func (p *providers) served(t *testing.T, dir string) map[string]string {
	t.Helper()
	read := func(name string) string {
		content, err := os.ReadFile(filepath.Join(dir, "secrets", name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(content)
	}
	all := map[string]string{}
	for name, c := range map[string]struct {
		places  []string
		accepts func(string) bool
	}{
		"entra":   {[]string{p.vault.Serves("checkout-entra"), p.github.Serves("acme/checkout/prod ENTRA")}, func(v string) bool { return p.graph.Opens(entraApp, v) }},
		"okta":    {[]string{p.vault.Serves("checkout-okta"), p.github.Serves("acme/checkout OKTA")}, func(v string) bool { return p.okta.Opens(oktaApp, v) }},
		"token":   {[]string{read("checkout"), p.github.Serves("acme CHECKOUT")}, func(string) bool { return true }}, // TestRotateKilled asks the command
		"db":      {[]string{p.vault.Serves("ledger-db"), p.github.Serves("acme/ledger/prod DB")}, p.arm.Opens},
		"reports": {[]string{read("reports"), p.vault.Serves("reports")}, p.arm.Opens},
	} {
		value := c.places[0]
		if value == "" || !slices.Equal(c.places, []string{value, value}) || !c.accepts(value) {
			t.Errorf("%s: places serve %d different values, accepted: %v", name, len(slices.Compact(slices.Clone(c.places))), c.accepts(value))
		}
		all[name] = value
	}
	return all
}

// secrets returns all secrets at providers and destinations, and those that
// authenticate roster.
func (p *providers) secrets() []string {
	return slices.Concat([]string{ownToken}, p.graph.Secrets()[entraApp], p.okta.Kept(), p.arm.Kept(), p.vault.Kept(), p.github.Kept())
}
