// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/appofapps/roster/identity"
)

// tools replaces a developer's tools by shell scripts, with nothing else in the PATH of
// the process, by which azidentity finds them.
func tools(t *testing.T, scripts map[string]string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the fake tools are shell scripts")
	}
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
}

const (
	// what `az account get-access-token` and `azd auth token` print
	cliToken = `echo '{"accessToken":"of the CLI '"$*"'","expires_on":4102444800}'`
	azdToken = `echo '{"token":"of azd","expiresOn":"2099-12-31T00:00:00Z"}'`
	cliOut   = `echo 'ERROR: Please run "az login" to setup account.' >&2; exit 1`
	azdOut   = `echo '{"error":"not logged in, run azd auth login to login"}' >&2; exit 1`
)

func TestADeveloperIsLoggedIn(t *testing.T) {
	for _, test := range []struct {
		name    string
		scripts map[string]string
		want    string
	}{
		{"in the Azure CLI", map[string]string{"az": cliToken, "azd": azdToken}, "of the CLI account get-access-token -o json --resource https://acme.documents.azure.com --tenant " + tenant},
		{"in the other one only", map[string]string{"az": cliOut, "azd": azdToken}, "of azd"},
		{"in the only one there is", map[string]string{"azd": azdToken}, "of azd"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tools(t, test.scripts)
			i := newIdentity(t, identity.Config{Getenv: getenv([]string{"AZURE_TENANT_ID=" + tenant})})
			if got, err := get(t.Context(), i); err != nil || got != test.want {
				t.Errorf("token is %q, error %v; want %q", got, err, test.want)
			}
			if i.Source() != identity.Developer || i.Client() != "" || i.Tenant() != tenant {
				t.Errorf("source %q, client %q, tenant %q", i.Source(), i.Client(), i.Tenant())
			}
			if _, err := i.Claims(t.Context()); !errors.Is(err, identity.ErrNoClaims) {
				t.Errorf("Claims: %v, want %v", err, identity.ErrNoClaims)
			}
		})
	}
}

func TestADeveloperIsNotLoggedIn(t *testing.T) {
	expired := `echo 'ERROR: AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026-01-01. Trace ID: 1' >&2; exit 1`
	for _, test := range []struct {
		name    string
		scripts map[string]string
		want    string
		code    int
	}{
		{"no tool", nil, "no identity: log in with `az login` or `azd auth login`: AzureCLICredential: ", 0},
		{"logged out", map[string]string{"az": cliOut, "azd": azdOut}, `Please run "az login" to setup account.`, 0},
		{"a login that ended", map[string]string{"az": expired}, "Entra ID refuses: The refresh token has expired due to inactivity (AADSTS700082); log in with `az login`", 700082},
	} {
		t.Run(test.name, func(t *testing.T) {
			tools(t, test.scripts)
			_, err := get(t.Context(), newIdentity(t, identity.Config{}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("GetToken: %v, want %q", err, test.want)
			}
			refused, ok := errors.AsType[*identity.Refused](err)
			if ok != (test.code != 0) || test.code != 0 && refused.Code != test.code {
				t.Errorf("GetToken: %v, want code %d", err, test.code)
			}
		})
	}
}
