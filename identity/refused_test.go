// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/identity"
)

const (
	client = "c0ffee00-1d2c-4b3a-8f4e-2a6b7c8d9e0f"
	tenant = "7b1e7f4e-3c53-4a0c-9d0e-5f6f3c1f0a11"
	other  = "11111111-2222-4333-8444-555555555555"
)

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*cloudtest.Cloud) (env []string) // what goes before the environment of the job
		scope  string
		code   int
		want   string
	}{
		{
			"subject", func(c *cloudtest.Cloud) []string {
				c.Subject("repo:acme/registry:ref:refs/heads/it's")
				return nil
			}, scope, 700213,
			`Entra ID refuses: No matching federated identity record found for presented assertion subject 'repo:acme/registry:ref:refs/heads/it's' (AADSTS700213);` +
				` the job presents issuer "https://token.actions.githubusercontent.com" and subject "repo:acme/registry:ref:refs/heads/it's";` +
				` a federated credential of application c0ffee00-1d2c-4b3a-8f4e-2a6b7c8d9e0f must match both, including letter case.` +
				` To give this job access, run ` +
				"`az ad app federated-credential create --id c0ffee00-1d2c-4b3a-8f4e-2a6b7c8d9e0f --parameters" +
				` '{"name":"roster-repo-acme-registry-ref-refs-heads-it-s","issuer":"https://token.actions.githubusercontent.com",` +
				`"subject":"repo:acme/registry:ref:refs/heads/it'\''s","audiences":["api://AzureADTokenExchange"]}'` + "`" +
				`. GitHub may also send this subject as "repo:acme@100200/registry@700100200:ref:refs/heads/it's":` +
				` a credential matches only one spelling, so create one for each`,
		},
		{
			"subject with ids", func(c *cloudtest.Cloud) []string {
				c.Subject("repo:acme@100200/registry@700100200:environment:prod")
				return nil
			}, scope, 700213, `GitHub may also send this subject as "repo:acme/registry:environment:prod"`,
		},
		{
			"letter case", func(c *cloudtest.Cloud) []string {
				c.Subject("repo:Acme/registry:environment:prod")
				return nil
			}, scope, 7002138, "including letter case",
		},
		{
			"issuer", func(c *cloudtest.Cloud) []string {
				c.Unfederate()
				return nil
			}, scope, 700211,
			`presented assertion issuer 'https://token.actions.githubusercontent.com' (AADSTS700211); the job presents issuer "https://token.actions.githubusercontent.com"`,
		},
		{
			"audience", func(c *cloudtest.Cloud) []string {
				c.Claims(map[string]any{"aud": "https://github.com/acme"})
				return nil
			}, scope, 700212,
			`(AADSTS700212); the job presents audience "https://github.com/acme", "api://AzureADTokenExchange" is expected: the federated credential of the application must list it under audiences`,
		},
		{
			"expired", func(c *cloudtest.Cloud) []string {
				c.Claims(map[string]any{"exp": time.Now().Add(-time.Minute).Unix()})
				return nil
			}, scope, 700024, "it was requested just now, so check the clock of the runner",
		},
		{
			"client", func(*cloudtest.Cloud) []string { return []string{"AZURE_CLIENT_ID=" + other} }, scope, 700016,
			"there is no application " + other + " in tenant " + tenant + ": check AZURE_CLIENT_ID and AZURE_TENANT_ID",
		},
		{
			"tenant", func(*cloudtest.Cloud) []string { return []string{"AZURE_TENANT_ID=" + other} }, scope, 90002,
			`there is no tenant "` + other + `" at https://login.microsoftonline.com/: check AZURE_TENANT_ID`,
		},
		{
			"resource", func(*cloudtest.Cloud) []string { return nil }, "https://acme.example.org/.default", 500011,
			`the tenant does not know the resource of scope "https://acme.example.org/.default"`,
		},
		{
			"scope", func(*cloudtest.Cloud) []string { return nil }, "https://acme.documents.azure.com/user", 1002012,
			`scope "https://acme.documents.azure.com/user" is not of the form https://HOST/.default`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			env := append(cloud.GitHubEnv(), test.change(cloud)...)
			c, _ := config(cloud, env)
			_, err := get(t.Context(), newIdentity(t, c), test.scope)
			refused, ok := errors.AsType[*identity.Refused](err)
			if !ok {
				t.Fatalf("GetToken: %v, want a refusal", err)
			}
			if refused.Code != test.code || !strings.Contains(err.Error(), test.want) {
				t.Errorf("GetToken:\n%v\nwant %d with\n%s", err, test.code, test.want)
			}
			if refused.Correlation == "" {
				t.Error("the refusal has no correlation id")
			}
			if secret := leak(err, cloud.Secrets()); secret != "" {
				t.Errorf("the error holds %q", secret)
			}
		})
	}
}

func TestAnAssertionOfAnotherKeyIsRefused(t *testing.T) {
	t.Parallel()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	c, _ := config(cloud, append(cloud.GitLabEnv(), "ROSTER_ID_TOKEN="+cloud.Forge(nil)))
	_, err := get(t.Context(), newIdentity(t, c))
	refused, ok := errors.AsType[*identity.Refused](err)
	if want := "is not signed by its issuer's published keys"; !ok || refused.Code != 700027 || !strings.Contains(refused.Next, want) {
		t.Errorf("GetToken: %v, want 700027 with %q", err, want)
	}
}

// entraSays replaces the answer of the token endpoint, computed from the assertion in
// the request.
func entraSays(cloud *cloudtest.Cloud, status int, body func(assertion string) string) {
	cloud.Handle("login.microsoftonline.com", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := "https://login.microsoftonline.com/" + tenant
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			_, _ = w.Write([]byte(`{"issuer":"` + base + `/v2.0","authorization_endpoint":"` + base + `/authorize","token_endpoint":"` + base + `/token"}`))
			return
		}
		_ = r.ParseForm()
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body(r.PostForm.Get("client_assertion"))))
	}))
}

func TestWhatEntraSaysIsNotBelievedToBeHarmless(t *testing.T) {
	t.Parallel()
	described := func(text string) func(string) string {
		return func(string) string { return `{"error":"invalid_client","error_description":"` + text + `"}` }
	}
	for _, test := range []struct {
		name   string
		status int
		body   func(assertion string) string
		want   string
	}{
		{"an unknown code", 401, described("AADSTS7999999: The moon is wrong. Trace ID: 1"), "Entra ID refuses: The moon is wrong (AADSTS7999999); see https://login.microsoftonline.com/error?code=7999999"},
		{"no code", 400, described("Something.\\r\\nTrace"), "Entra ID refuses: Something"},
		{"no description", 400, described(""), "Entra ID refuses: invalid_client"},
		{"the assertion", 401, func(a string) string { return described("AADSTS50027: The token " + a + " is malformed. T")("") }, "Entra ID refuses: The token *** is malformed (AADSTS50027)"},
		{"the assertion as an error", 401, func(a string) string { return `{"error":"` + a + `"}` }, "Entra ID refuses: ***"},
		{"a workflow command", 401, described("AADSTS1234: x\\n::add-mask::y\\u001b[2J"), "Entra ID refuses: x (AADSTS1234)"},
		{"terminal codes", 401, described("AADSTS1234: x\\u001b[2Jy\\u202ez"), "Entra ID refuses: x [2Jy z (AADSTS1234)"},
		{"a page of a proxy", 407, func(a string) string { return "<html>" + a + "</html>" }, "status 407 with an answer that is not from Entra ID; check for a proxy"},
		{"the assertion instead of a token", 200, func(a string) string { return "<html>" + a }, "get a token from https://login.microsoftonline.com/: "},
		{"half of a token", 200, func(string) string {
			return `{"token_type":"Bearer","expires_in":3599,"access_token":"opaque-canary-of-a-token`
		}, "check for a proxy"},
		{"no token", 200, func(string) string { return `{"token_type":"Bearer","expires_in":3599}` }, "get a token from https://login.microsoftonline.com/: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			entraSays(cloud, test.status, test.body)
			c, _ := config(cloud, cloud.GitHubEnv())
			_, err := get(t.Context(), newIdentity(t, c))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("GetToken: %v\nwant %s", err, test.want)
			}
			if secret := leak(err, append(cloud.Secrets(), "opaque-canary-of-a-token")); secret != "" {
				t.Errorf("the error holds %q: %v", secret, err)
			}
			if err != nil && strings.ContainsAny(err.Error(), "\n\r\x1b\u202e") {
				t.Errorf("the error has control characters: %q", err)
			}
		})
	}
}

// A client of Azure requests its tokens in its pipeline, inside of its retries.
func TestARefusalPassesThroughAClient(t *testing.T) {
	t.Parallel()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	cloud.Unfederate()
	c, _ := config(cloud, cloud.GitHubEnv())
	pipeline := runtime.NewPipeline("test", "v0", runtime.PipelineOptions{
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(newIdentity(t, c), []string{scope}, nil)},
	}, &policy.ClientOptions{Transport: c.Transport})
	request, err := runtime.NewRequest(t.Context(), http.MethodGet, "https://acme.documents.azure.com/")
	if err != nil {
		t.Fatal(err)
	}
	response, err := pipeline.Do(request)
	if err == nil {
		_ = response.Body.Close()
	}
	refused, ok := errors.AsType[*identity.Refused](err)
	if !ok || refused.Code != 700211 {
		t.Errorf("the client says: %v; want the refusal 700211", err)
	}
	if n := count(cloud, cloudtest.KindToken); n != 1 {
		t.Errorf("%d exchanges, want one: asking again is in vain", n)
	}
	if n := count(cloud, cloudtest.KindAccount); n != 0 {
		t.Errorf("the account was asked %d times without a token", n)
	}
}
