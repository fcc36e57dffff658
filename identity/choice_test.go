// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/appofapps/roster/identity"
)

// vouch is an IDToken for tests that send no request.
func vouch(context.Context, string) (string, error) { return "", errors.New("not asked in this test") }

var application = []string{"AZURE_TENANT_ID=" + tenant, "AZURE_CLIENT_ID=" + client}

func TestSourceIsChosen(t *testing.T) {
	t.Parallel()
	pipelines := []string{"TF_BUILD=True", "SYSTEM_ACCESSTOKEN=x", "SYSTEM_OIDCREQUESTURI=https://dev.azure.com/a", "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID=" + other}
	for _, test := range []struct {
		name   string
		github bool
		ci     bool
		env    []string
		want   identity.Source
	}{
		{"GitHub before a file of the runner's", true, true, []string{"GITHUB_ACTIONS=true", "AZURE_FEDERATED_TOKEN_FILE=/f"}, identity.GitHubActions},
		{"GitHub without OIDC on a runner that has a file", false, true, []string{"GITHUB_ACTIONS=true", "AZURE_FEDERATED_TOKEN_FILE=/f"}, identity.TokenFile},
		{"Pipelines before a variable", false, true, append(pipelines, "ROSTER_ID_TOKEN=x"), identity.AzurePipelines},
		{"a custom connection", false, true, append(pipelines[:3:3], "ROSTER_SERVICE_CONNECTION="+other), identity.AzurePipelines},
		{"a connection outside of Pipelines", false, false, pipelines[3:], identity.Developer},
		{"a variable before a file", false, true, []string{"ROSTER_ID_TOKEN=x", "AZURE_FEDERATED_TOKEN_FILE=/f"}, identity.TokenVariable},
		{"a file outside of CI", false, false, []string{"AZURE_FEDERATED_TOKEN_FILE=/f"}, identity.TokenFile},
		{"nothing at all", false, false, nil, identity.Developer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := identity.Config{Getenv: getenv(append(test.env, application...)), CI: test.ci}
			if test.github {
				c.IDToken = vouch
			}
			if got := newIdentity(t, c).Source(); got != test.want {
				t.Errorf("source is %q, want %q", string(got), string(test.want))
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	pipelines := []string{"TF_BUILD=True", "SYSTEM_ACCESSTOKEN=x", "SYSTEM_OIDCREQUESTURI=https://dev.azure.com/a", "ROSTER_SERVICE_CONNECTION=" + other}
	set := func(entries ...string) []string { return append(application[:2:2], entries...) }
	for _, test := range []struct {
		name   string
		github bool
		env    []string
		err    error
		want   string
	}{
		{"a client secret", true, set("AZURE_CLIENT_SECRET=canary"), identity.ErrStoredSecret, "AZURE_CLIENT_SECRET is set; roster logs in by workload identity federation only"},
		{"a certificate", true, set("AZURE_CLIENT_CERTIFICATE_PATH=canary"), identity.ErrStoredSecret, "Unset it, delete the credential in Entra ID, and add a federated credential"},
		{"a password", false, set("AZURE_USERNAME=canary", "AZURE_PASSWORD=canary"), identity.ErrStoredSecret, "AZURE_USERNAME, AZURE_PASSWORD is set"},
		{"GitHub without permission", false, set("GITHUB_ACTIONS=true"), identity.ErrNoIdentity, "add `permissions: {id-token: write, contents: read}` to the job (a pull request from a fork never gets one"},
		{"Pipelines without a connection", false, set("TF_BUILD=True"), identity.ErrNoIdentity, "run the step in an AzureCLI@2 task, or set ROSTER_SERVICE_CONNECTION"},
		{"GitLab without id_tokens", false, set("GITLAB_CI=true"), identity.ErrNoIdentity, "add `id_tokens: {ROSTER_ID_TOKEN: {aud: api://AzureADTokenExchange}}` to the job"},
		{"another CI system", false, set(), identity.ErrNoIdentity, "put an OIDC token of the CI system into ROSTER_ID_TOKEN"},
		{"no application", true, nil, identity.ErrConfig, "AZURE_TENANT_ID and AZURE_CLIENT_ID not set (Entra admin centre"},
		{"no client", true, application[:1], identity.ErrConfig, "AZURE_CLIENT_ID not set"},
		{"no tenant in AKS", false, []string{application[1], "AZURE_FEDERATED_TOKEN_FILE=/f"}, identity.ErrConfig, "AZURE_TENANT_ID not set (Entra admin centre, App registrations, the application's overview: Directory (tenant) ID and Application (client) ID; both are no secrets). In AKS they are set when"},
		{"a name for a client", true, set("AZURE_CLIENT_ID=roster"), identity.ErrConfig, `AZURE_CLIENT_ID "roster" is not the id of an application`},
		{"every tenant", true, set("AZURE_TENANT_ID=common"), identity.ErrConfig, `AZURE_TENANT_ID "common" does not name one directory`},
		{"a path for a tenant", true, set("AZURE_TENANT_ID=../x"), identity.ErrConfig, `AZURE_TENANT_ID "../x" is neither the id nor a domain`},
		{"Pipelines without its token", false, append(pipelines[:1:1], append(pipelines[2:4:4], application...)...), identity.ErrConfig, "map it into the step: `env: {SYSTEM_ACCESSTOKEN: $(System.AccessToken)}`"},
		{"Pipelines in the clear", false, append(append(pipelines[:4:4], application...), "SYSTEM_OIDCREQUESTURI=http://dev.azure.com/a"), identity.ErrConfig, "SYSTEM_OIDCREQUESTURI is not an https URL"},
		{"a foreign authority", true, set("AZURE_AUTHORITY_HOST=https://login.example.org/"), identity.ErrConfig, `AZURE_AUTHORITY_HOST "https://login.example.org/" is not an authority of Microsoft; allowed: https://login.chinacloudapi.cn, https://login.microsoftonline.com`},
		{"an authority that looks like one", true, set("AZURE_AUTHORITY_HOST=https://login.microsoftonline.com.example.org/"), identity.ErrConfig, "put a custom authority into ROSTER_AUTHORITY"},
		{"an authority over http", true, set("AZURE_AUTHORITY_HOST=http://login.microsoftonline.com/"), identity.ErrConfig, "is not an authority of Microsoft"},
		{"a custom authority over http", true, set("ROSTER_AUTHORITY=http://entra.example.org"), identity.ErrConfig, `ROSTER_AUTHORITY "http://entra.example.org" is not of the form https://HOST`},
		{"an authority with a path", true, set("ROSTER_AUTHORITY=https://entra.example.org/x"), identity.ErrConfig, "is not of the form https://HOST"},
		{"an authority with a user", true, set("ROSTER_AUTHORITY=https://login.microsoftonline.com@example.org/"), identity.ErrConfig, "is not of the form https://HOST"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := identity.Config{Getenv: getenv(test.env), CI: true}
			if test.github {
				c.IDToken = vouch
			}
			_, err := identity.New(c)
			if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("New: %v\nwant %v with\n%s", err, test.err, test.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error contains a secret: %v", err)
			}
		})
	}
}

func TestAuthorities(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ set, authority, audience string }{
		{"AZURE_AUTHORITY_HOST=", "https://login.microsoftonline.com/", "api://AzureADTokenExchange"},
		{"AZURE_AUTHORITY_HOST=login.microsoftonline.com", "https://login.microsoftonline.com/", "api://AzureADTokenExchange"},
		{"AZURE_AUTHORITY_HOST=https://login.microsoftonline.us/", "https://login.microsoftonline.us/", "api://AzureADTokenExchangeUSGov"},
		{"AZURE_AUTHORITY_HOST=https://login.partner.microsoftonline.cn", "https://login.partner.microsoftonline.cn/", "api://AzureADTokenExchangeChina"},
		{"ROSTER_AUTHORITY=https://LOGIN.microsoftonline.us", "https://login.microsoftonline.us/", "api://AzureADTokenExchangeUSGov"},
		{"ROSTER_AUTHORITY=https://entra.example.org/", "https://entra.example.org/", "api://AzureADTokenExchange"},
	} {
		t.Run(test.set, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			cloud.Authority("entra.example.org")
			c, _ := config(cloud, append(cloud.GitHubEnv(), test.set))
			i := newIdentity(t, c)
			if i.Authority() != test.authority {
				t.Errorf("authority is %q, want %q", i.Authority(), test.authority)
			}
			if _, err := get(t.Context(), i); err != nil {
				t.Fatalf("GetToken: %v", err)
			}
			host := strings.Trim(strings.TrimPrefix(test.authority, "https:"), "/")
			for _, x := range cloud.Log() {
				if x.Kind == cloudtest.KindOIDC && x.Audience != test.audience {
					t.Errorf("GitHub was asked for audience %q, want %q", x.Audience, test.audience)
				}
				if (x.Kind == cloudtest.KindToken || x.Kind == cloudtest.KindDiscovery) && x.Host != host {
					t.Errorf("%s%s was asked, want nobody but %s", x.Host, x.Path, host)
				}
			}
			if hosts := cloud.Foreign(); hosts != nil {
				t.Errorf("requests went to %q", hosts)
			}
		})
	}
}

func TestTokenFilesThatAreNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const canary = "canary-of-a-file-that-is-something-else"
	for _, test := range []struct{ name, path, want string }{
		{"missing", filepath.Join(dir, "missing"), "read AZURE_FEDERATED_TOKEN_FILE: stat "},
		{"a folder", dir, "is not a regular file"},
		{"empty", write("empty", " \n"), "not a JSON Web Token"},
		{"another secret", write("other", canary), "not a JSON Web Token"},
		{"like a token", write("like", canary+"."+canary+"."+canary), "not a JSON Web Token"},
		{"huge", write("huge", strings.Repeat("x", 64<<10+1)), "has more than 65536 bytes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			c, _ := config(cloud, append(cloud.Env(), "AZURE_FEDERATED_TOKEN_FILE="+test.path))
			i := newIdentity(t, c)
			_, tokenErr := get(t.Context(), i)
			_, claimsErr := i.Claims(t.Context())
			for _, err := range []error{tokenErr, claimsErr} {
				if !errors.Is(err, identity.ErrAssertion) || !strings.Contains(err.Error(), test.want) || leak(err, []string{canary}) != "" {
					t.Errorf("error is %v, want %v with %q", err, identity.ErrAssertion, test.want)
				}
			}
		})
	}
}
