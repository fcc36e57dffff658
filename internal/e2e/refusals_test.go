// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// with replaces one variable of a job's environment.
func with(env []string, name, value string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, name+"=") })
	return append(env, name+"="+value)
}

// TestRefused checks every reason to refuse a sync: by roster, by Entra or by the
// account. Each error names the problem and the next step, contains no token, no
// request goes to another host, and nothing is written.
func TestRefused(t *testing.T) {
	t.Parallel()
	const federate = "az ad app federated-credential create"
	domains := containers(t, shop)
	for _, c := range []struct {
		name string
		make func(s *site)
		code int
		says []string
	}{
		{"audience", func(s *site) { s.Claims(map[string]any{"aud": "https://github.com/acme"}) }, 3, []string{"AADSTS700212", "api://AzureADTokenExchange"}},
		{"subject", func(s *site) { s.Subject("repo:acme/registry:pull_request") }, 3, []string{"AADSTS700213", "repo:acme/registry:pull_request", federate}},
		{"subject of another repository", func(s *site) { s.Subject("repo:evil/registry:environment:prod") }, 3, []string{"AADSTS700213", "repo:evil/registry:environment:prod"}},
		{"issuer", func(s *site) { s.Claims(map[string]any{"iss": "https://token.actions.githubusercontent.com/evil"}) }, 3, []string{"AADSTS700211", "issuer"}},
		{"expired assertion", func(s *site) {
			s.Claims(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})
		}, 3, []string{"AADSTS700024", "the assertion expires at"}},
		{"application of another tenant", func(s *site) { s.env = with(s.env, "AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555") }, 3, []string{"AADSTS700016", "AZURE_CLIENT_ID"}},
		{"no tenant", func(s *site) { s.env = with(s.env, "AZURE_TENANT_ID", "") }, 2, []string{"AZURE_TENANT_ID"}},
		{"client secret", func(s *site) { s.env = append(s.env, "AZURE_CLIENT_SECRET=s3cr3t-canary") }, 2, []string{"AZURE_CLIENT_SECRET", "federat"}},
		{"no permission for a token", func(s *site) { s.env = with(s.env, "ACTIONS_ID_TOKEN_REQUEST_URL", "") }, 2, []string{"id-token: write"}},
		{"account key", func(s *site) {
			s.env = append(s.env, "ROSTER_STORE=cosmos:AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey=c2VjcmV0LWNhbmFyeQ==;")
		}, 2, []string{"account key or connection string refused", "workload identity federation", "roster doctor"}},
		{"plain http", func(s *site) { s.env = append(s.env, "ROSTER_STORE=cosmos:http://acme.documents.azure.com/registry") }, 2, []string{"not https"}},
		{"host of somebody else", func(s *site) {
			s.env = append(s.env, "ROSTER_STORE=cosmos:https://acme.documents.azure.com.evil.example/registry")
		}, 2, []string{"not an account of Azure"}},
		{"foreign endpoint in the account document", func(s *site) { s.plant("https://collector.evil.example:443/") }, 3, []string{"foreign endpoint", "collector.evil.example", "nothing was sent there"}},
		{"another account in the account document", func(s *site) { s.plant("https://evil.documents.azure.com:443/") }, 3, []string{"foreign endpoint", "evil.documents.azure.com"}},
		{"plain http in the account document", func(s *site) { s.plant("http://acme-westeurope.documents.azure.com/") }, 3, []string{"foreign endpoint", "http://acme-westeurope.documents.azure.com"}},
		{"several write regions", func(s *site) {
			s.AccountDocument(func(d map[string]any) { d["enableMultipleWriteLocations"] = true })
		}, 3, []string{"multi-region writes", "az cosmosdb update"}},
		{"no right to read", func(s *site) { s.Roles("readMetadata") }, 3, []string{"denied", "items/read", "roster doctor"}},
		{"no right to create", func(s *site) { s.Roles("readMetadata", "items/read", "executeQuery", "items/replace") }, 3, []string{"denied", "items/create", "roster doctor"}},
		{"no container", func(s *site) { s.database = s.front.Database(t, append(domains[1:], "roster")...) }, 3, []string{domains[0], "nothing was written", "roster store init"}},
		{"no database", func(s *site) { s.env = append(s.env, "ROSTER_STORE=cosmos:https://acme.documents.azure.com/elsewhere") }, 3, []string{"roster store init"}},
		{"authority of somebody else", func(s *site) { s.env = append(s.env, "AZURE_AUTHORITY_HOST=https://login.evil.example/") }, 2, []string{"login.evil.example", "ROSTER_AUTHORITY"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, cloudtest.Config{}, domains...)
			c.make(s)
			o := s.roster(t, "sync", copyOf(t, shop))
			if o.code != c.code {
				t.Errorf("want exit %d, got %s", c.code, o)
			}
			for _, words := range c.says {
				if !strings.Contains(o.stdout+o.talk(), words) {
					t.Errorf("it does not say %q: %s", words, o)
				}
			}
			if strings.Contains(o.stdout+o.stderr, "canary") || strings.Contains(o.stdout+o.stderr, "c2VjcmV0") {
				t.Errorf("it shows a secret: %s", o)
			}
			if foreign := s.Foreign(); len(foreign) > 0 {
				t.Errorf("requests to %q", foreign)
			}
			if written := s.front.Dump(t, s.database); len(written) > 0 {
				t.Errorf("it wrote %v", written)
			}
			t.Log(strings.TrimSpace(o.talk()))
		})
	}
}

// plant makes the account document name another endpoint for reads and writes.
func (s *site) plant(endpoint string) {
	s.AccountDocument(func(d map[string]any) {
		place := []any{map[string]any{"name": "West Europe", "databaseAccountEndpoint": endpoint}}
		d["writableLocations"], d["readableLocations"] = place, place
	})
}

// TestReplay makes Entra refuse replayed assertions. A run that requests a new assertion
// each time does not notice; one with a captured assertion is refused.
func TestReplay(t *testing.T) {
	t.Parallel()
	domains := containers(t, shop)
	s := newSite(t, cloudtest.Config{}, domains...)
	s.RefuseReplay()
	for range 3 {
		s.must(t, 0, "", "sync", copyOf(t, shop))
	}
	for _, e := range s.Log() {
		if e.Replayed {
			t.Errorf("request %d presents an assertion again", e.N)
		}
	}
	s.env = s.GitLabEnv() // one assertion for the whole job
	s.must(t, 0, "", "plan", shop)
	o := s.must(t, 3, "Entra ID refuses", "plan", shop)
	t.Log(strings.TrimSpace(o.talk()))
}

// TestEverySystem reaches the store from every kind of job that can get an assertion.
func TestEverySystem(t *testing.T) {
	t.Parallel()
	domains := containers(t, shop)
	s := newSite(t, cloudtest.Config{}, domains...)
	says := "Synced: " // by the first, and by nobody after it
	for _, system := range []struct {
		env []string
		who string
	}{
		{s.GitHubEnv(), "GitHub Actions OIDC"},
		{s.AzurePipelinesEnv(), "Azure Pipelines service connection"},
		{s.GitLabEnv(), "ID token in ROSTER_ID_TOKEN"},
		{s.AKSEnv(t), "token file in AZURE_FEDERATED_TOKEN_FILE"},
	} {
		s.env = system.env
		s.must(t, 0, says, "sync", copyOf(t, shop))
		says = "Nothing to change"
		o := s.must(t, 0, "Healthy", "doctor", shop)
		if !strings.Contains(o.stdout, system.who) {
			t.Errorf("it does not say %q: %s", system.who, o)
		}
	}
}
