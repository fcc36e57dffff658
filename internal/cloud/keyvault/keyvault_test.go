// SPDX-License-Identifier: Apache-2.0

package keyvault_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/internal/cloud/keyvault"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/test/cloudtest"
)

// TestAddresses shows that only a vault of Microsoft's is one: nobody else gets a
// token.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		cloudtest.VaultKey, cloudtest.VaultKey + "/0f1e", "https://a.vault.usgovcloudapi.net/keys/k", "https://a.vault.azure.cn/keys/k/1",
	} {
		if _, err := keyvault.ParseAddress(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{
		"", "acme", "http://acme.vault.azure.net/keys/k", "https://vault.azure.net/keys/k", "https://.vault.azure.net/keys/k",
		"https://a.b.vault.azure.net/keys/k", "https://acme.vault.azure.net.evil.example/keys/k", "https://evil.example/acme.vault.azure.net/keys/k",
		"https://acme.vault.azure.net:8443/keys/k", "https://user@acme.vault.azure.net/keys/k", "https://acme.vault.azure.net/secrets/k",
		"https://acme.vault.azure.net/keys", "https://acme.vault.azure.net/keys/", "https://acme.vault.azure.net/keys/k/1/sign",
		"https://acme.vault.azure.net/keys/k?api-version=1", "https://acme.vault.azure.net/keys/k#x", "https://acme.vault.azure.net/keys//1",
	} {
		if _, err := keyvault.ParseAddress(bad); !errors.Is(err, keyvault.ErrForm) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// bearer is a credential whose token nobody looks at.
type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// TestAnswersThatAreNone shows what a vault may not answer.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	good := map[string]any{
		"kid": cloudtest.VaultKey + "/0f1e", "kty": "EC", "crv": "P-256",
		// The base point of P-256 (SEC 2 section 2.4.2), which is as good as any.
		"x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
	}
	for name, over := range map[string]map[string]any{
		"RSA": {"kty": "RSA"}, "P-384": {"crv": "P-384"}, "off the curve": {"x": good["y"]}, "no coordinates": {"x": nil, "y": nil},
		"short": {"x": "axfR"}, "another vault": {"kid": "https://evil.vault.azure.net/keys/snapshots/0f1e"},
		"another key": {"kid": "https://acme.vault.azure.net/keys/snapshot/0f1e"}, "no version": {"kid": cloudtest.VaultKey}, "nothing": {"kid": ""},
	} {
		if _, err := open(t, good, over, "no"); err == nil {
			t.Errorf("%s: it was believed", name)
		}
	}
	for _, value := range []any{"AAAA", nil, "!", good["x"]} {
		key, err := open(t, good, nil, value)
		if err != nil {
			t.Fatal(err)
		}
		if signature, err := signing.Sign(t.Context(), "text\n", "acme", key); err == nil {
			t.Errorf("%v: signed as %q", value, signature)
		}
	}
}

// open opens a key of a vault that answers with these.
func open(t *testing.T, key, over map[string]any, signature any) (*keyvault.Key, error) {
	t.Helper()
	cloud := cloudtest.Start(t, cloudtest.Config{})
	cloud.Handle("acme.vault.azure.net", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		all := maps.Clone(key)
		maps.Copy(all, over)
		if err := json.NewEncoder(w).Encode(map[string]any{"key": all, "value": signature}); err != nil {
			t.Error(err)
		}
	}))
	address, err := keyvault.ParseAddress(cloudtest.VaultKey)
	if err != nil {
		t.Fatal(err)
	}
	return keyvault.Open(t.Context(), address, bearer{}, cloud.Transport())
}
