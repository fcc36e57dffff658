// SPDX-License-Identifier: Apache-2.0

package cloudtest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

const scope = accountURL + "/.default openid offline_access profile"

// TestEntraRefuses checks each refusal with otherwise valid requests.
func TestEntraRefuses(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	now := time.Now().Unix()
	claim := func(name string, value any) string { return c.Mint(map[string]any{name: value}) }
	const stranger = "00000000-0000-0000-0000-000000000001"
	for _, test := range []struct {
		name      string
		assertion string
		over      map[string]string
		status    int
		word      string
		code      int
		text      string
	}{
		{"issuer", claim("iss", "https://issuer.example"), nil, 401, "invalid_client", 700211, "assertion issuer 'https://issuer.example'"},
		{"issuer with a slash", claim("iss", cloudtest.GitHubIssuer+"/"), nil, 401, "invalid_client", 700211, "assertion issuer"},
		{"subject", claim("sub", "repo:acme/registry:pull_request"), nil, 401, "invalid_client", 700213, "assertion subject 'repo:acme/registry:pull_request'"},
		{"longer subject", claim("sub", cloudtest.GitHubSubject+"2"), nil, 401, "invalid_client", 700213, "assertion subject"},
		{"subject of another issuer", claim("sub", cloudtest.GitLabSubject), nil, 401, "invalid_client", 700213, "assertion subject"},
		{"no subject", claim("sub", nil), nil, 401, "invalid_client", 700213, "assertion subject ''"},
		{"subject in other case", claim("sub", "repo:Acme/registry:environment:prod"), nil, 401, "invalid_client", 7002138, "case-sensitive"},
		{"GitHub's own audience", claim("aud", "https://github.com/acme"), nil, 401, "invalid_client", 700212, "assertion audience 'https://github.com/acme'"},
		{"no audience", claim("aud", nil), nil, 401, "invalid_client", 700212, "assertion audience ''"},
		{"two audiences", claim("aud", []string{cloudtest.ExchangeAudience, "x"}), nil, 401, "invalid_client", 700212, "assertion audience"},
		{"expired", claim("exp", now-1), nil, 401, "invalid_client", 700024, "not within its valid time range"},
		{"never expires", claim("exp", nil), nil, 401, "invalid_client", 700024, "not within its valid time range"},
		{"too early", claim("nbf", now+60), nil, 401, "invalid_client", 700024, "not within its valid time range"},
		{"foreign key", c.Forge(nil), nil, 401, "invalid_client", 700027, "signature"},
		{"another issuer's name", c.Mint(map[string]any{"iss": cloudtest.GitLabIssuer, "sub": cloudtest.GitLabSubject}), nil, 401, "invalid_client", 7000272, cloudtest.GitLabIssuer},
		{"altered", alter(c.Mint(nil)), nil, 401, "invalid_client", 700027, "signature"},
		{"not a token", "x.y.z", nil, 401, "invalid_client", 50027, "malformed"},
		{"unsigned", "eyJhbGciOiJub25lIn0.e30.", nil, 401, "invalid_client", 50027, "malformed"},
		{"tenant", c.Mint(nil), map[string]string{"tenant": stranger}, 400, "invalid_request", 90002, "Tenant '" + stranger + "'"},
		{"client", c.Mint(nil), map[string]string{"client_id": stranger}, 400, "unauthorized_client", 700016, "identifier '" + stranger + "'"}, //nolint:misspell // RFC 6749's spelling
		{"no client", c.Mint(nil), map[string]string{"client_id": ""}, 400, "invalid_request", 900144, "'client_id'"},
		{"secret", c.Mint(nil), map[string]string{"client_secret": "s"}, 401, "invalid_client", 7000215, "secret"},
		{"no assertion", c.Mint(nil), map[string]string{"client_assertion": ""}, 401, "invalid_client", 7000216, "'client_assertion'"},
		{"no assertion type", c.Mint(nil), map[string]string{"client_assertion_type": ""}, 400, "invalid_request", 900144, "'client_assertion_type'"},
		{"grant", c.Mint(nil), map[string]string{"grant_type": "password"}, 400, "unsupported_grant_type", 70003, "'password'"},
		{"no scope", c.Mint(nil), map[string]string{"scope": ""}, 400, "invalid_request", 900144, "'scope'"},
		{"scope", c.Mint(nil), map[string]string{"scope": accountURL + "/read"}, 400, "invalid_scope", 1002012, "/.default"},
		{"resource", c.Mint(nil), map[string]string{"scope": "https://evil.example/.default"}, 400, "invalid_resource", 500011, "https://evil.example"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := exchange(t, c, test.assertion, scope, test.over)
			if r.err != nil || r.status != test.status {
				t.Fatalf("got %d, error %v, want %d", r.status, r.err, test.status)
			}
			if word := r.field(t, "error"); word != test.word {
				t.Errorf("error %q, want %q", word, test.word)
			}
			if codes := fmt.Sprint(r.field(t, "error_codes")); codes != fmt.Sprint([]any{float64(test.code)}) {
				t.Errorf("codes %s, want [%d]", codes, test.code)
			}
			description, _ := r.field(t, "error_description").(string)
			if !strings.HasPrefix(description, fmt.Sprintf("AADSTS%d: ", test.code)) || !strings.Contains(description, test.text) {
				t.Errorf("description %q, want %q in it", description, test.text)
			}
			log := c.Log()
			if last := log[len(log)-1]; last.AADSTS != test.code || last.Kind != cloudtest.KindToken {
				t.Errorf("noted as %s with code %d", last.Kind, last.AADSTS)
			}
		})
	}
}

// alter changes the end of the signature.
func alter(token string) string {
	parts := strings.Split(token, ".")
	parts[2] = parts[2][:len(parts[2])-8] + "AAAAAAAA"
	return strings.Join(parts, ".")
}

func TestAssertionsEnd(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{AssertionLife: 2 * time.Second})
	assertion := c.Mint(nil)
	if r := exchange(t, c, assertion, scope, nil); r.status != http.StatusOK {
		t.Fatalf("fresh: %d %s", r.status, r.body)
	}
	time.Sleep(2 * time.Second) // claims have whole seconds, so it ends within the second one
	if r := exchange(t, c, assertion, scope, nil); !strings.Contains(r.body, "AADSTS700024") {
		t.Errorf("stale: %d %s", r.status, r.body)
	}
}

func TestReplays(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	assertion := c.Mint(nil)
	for i, want := range []bool{false, true} {
		r := exchange(t, c, assertion, scope, nil)
		if got := c.Log()[i].Replayed; r.status != http.StatusOK || got != want {
			t.Errorf("presentation %d: %d, replayed %v, want %v", i, r.status, got, want)
		}
	}
	c.RefuseReplay()
	if r := exchange(t, c, assertion, scope, nil); r.status != http.StatusUnauthorized || r.field(t, "error") != "invalid_client" {
		t.Errorf("got %d %s", r.status, r.body)
	}
	if r := exchange(t, c, c.Mint(nil), scope, nil); r.status != http.StatusOK {
		t.Errorf("a fresh one: %d %s", r.status, r.body)
	}
}

func TestFederation(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	const subject = "repo:acme@100200/registry@700100200:environment:prod"
	c.Subject(subject)
	if r := exchange(t, c, c.Mint(nil), scope, nil); !strings.Contains(r.body, "AADSTS700213") {
		t.Errorf("before: %d %s", r.status, r.body)
	}
	c.Federate(cloudtest.GitHubIssuer, subject)
	if r := exchange(t, c, c.Mint(nil), scope, nil); r.status != http.StatusOK {
		t.Errorf("after: %d %s", r.status, r.body)
	}
	c.Unfederate()
	if r := exchange(t, c, c.Mint(nil), scope, nil); !strings.Contains(r.body, "AADSTS700211") {
		t.Errorf("without any: %d %s", r.status, r.body)
	}
}

func TestNationalClouds(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	target := "https://login.microsoftonline.us/" + tenant + "/oauth2/v2.0/token"
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	body := "grant_type=client_credentials&client_id=" + client + "&scope=https://cosmos.azure.com/.default" +
		"&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion="
	if r := send(t, c, http.MethodPost, target, body+c.Mint(nil), header); !strings.Contains(r.body, "AADSTS700212") {
		t.Errorf("public audience: %d %s", r.status, r.body)
	}
	if r := send(t, c, http.MethodPost, target, body+c.Mint(map[string]any{"aud": "api://AzureADTokenExchangeUSGov"}), header); r.status != http.StatusOK {
		t.Errorf("its own audience: %d %s", r.status, r.body)
	}
}

func TestInstanceDiscovery(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	c.Authority("login.cloud.example")
	ask := func(host string) reply {
		return send(t, c, http.MethodGet, login+"/common/discovery/instance?api-version=1.1&authorization_endpoint=https://"+host+"/"+tenant+"/oauth2/v2.0/authorize", "", nil)
	}
	if r := ask("login.evil.example"); r.field(t, "error") != "invalid_instance" {
		t.Errorf("unknown: %d %s", r.status, r.body)
	}
	r := ask("login.cloud.example")
	want := "https://login.cloud.example/" + tenant + "/v2.0/.well-known/openid-configuration"
	if got := r.field(t, "tenant_discovery_endpoint"); got != want {
		t.Fatalf("got %v, want %s", got, want)
	}
	if r := send(t, c, http.MethodGet, want, "", nil); r.field(t, "issuer") != "https://login.cloud.example/"+tenant+"/v2.0" {
		t.Errorf("configuration: %d %s", r.status, r.body)
	}
}

// TestIssuers sends each issuer documented requests, and requests that it must refuse.
func TestIssuers(t *testing.T) {
	t.Parallel()
	c := cloudtest.Start(t, cloudtest.Config{})
	github, devops := lookup(c.GitHubEnv()), lookup(c.AzurePipelinesEnv())
	githubURL, devopsURL := github("ACTIONS_ID_TOKEN_REQUEST_URL"), devops("SYSTEM_OIDCREQUESTURI")+"?api-version=7.1&serviceConnectionId="
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }
	ghToken, adoToken, connection := github("ACTIONS_ID_TOKEN_REQUEST_TOKEN"), devops("SYSTEM_ACCESSTOKEN"), devops("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")
	for _, test := range []struct {
		name, method, url string
		header            map[string]string
		status            int
		contains          string
	}{
		{"GitHub", http.MethodGet, githubURL + "&audience=api://AzureADTokenExchange", bearer(ghToken), 200, `"value":"ey`},
		{"GitHub, wrong bearer", http.MethodGet, githubURL, bearer("x"), 401, ""},
		{"GitHub, no bearer", http.MethodGet, githubURL, nil, 401, ""},
		{"GitHub, POST", http.MethodPost, githubURL, bearer(ghToken), 405, ""},
		{"Azure Pipelines", http.MethodPost, devopsURL + connection, bearer(adoToken), 200, `"oidcToken":"ey`},
		{"Azure Pipelines, other connection", http.MethodPost, devopsURL + "x", bearer(adoToken), 404, ""},
		{"Azure Pipelines, wrong bearer", http.MethodPost, devopsURL + connection, bearer(ghToken), 401, ""},
		{"Azure Pipelines, GET", http.MethodGet, devopsURL + connection, bearer(adoToken), 405, ""},
		{"GitHub's discovery", http.MethodGet, cloudtest.GitHubIssuer + "/.well-known/openid-configuration", nil, 200, `"issuer":"` + cloudtest.GitHubIssuer + `"`},
		{"GitHub's keys", http.MethodGet, cloudtest.GitHubIssuer + "/.well-known/jwks", nil, 200, `"kid":"github-1"`},
		{"AKS's discovery", http.MethodGet, cloudtest.AKSIssuer + ".well-known/openid-configuration", nil, 200, `"issuer":"` + cloudtest.AKSIssuer + `"`},
		{"GitLab's keys", http.MethodGet, cloudtest.GitLabIssuer + "/.well-known/jwks", nil, 200, `"kid":"gitlab-1"`},
		{"Entra's keys", http.MethodGet, login + "/" + tenant + "/discovery/v2.0/keys", nil, 200, `"kid":"entra-1"`},
		{"nothing", http.MethodGet, cloudtest.GitLabIssuer + "/acme", nil, 404, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := send(t, c, test.method, test.url, "", test.header)
			if r.err != nil || r.status != test.status || !strings.Contains(r.body, test.contains) {
				t.Errorf("got %d %s, error %v, want %d with %q", r.status, r.body, r.err, test.status, test.contains)
			}
		})
	}
}
