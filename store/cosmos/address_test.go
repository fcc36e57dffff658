// SPDX-License-Identifier: Apache-2.0

package cosmos_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/appofapps/roster/store/cosmos"
)

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		endpoint string // "" if it is refused
		want     error
	}{
		{"https://acme.documents.azure.com/registry", "https://acme.documents.azure.com", nil},
		{"https://ACME.documents.azure.com:443/registry/", "https://acme.documents.azure.com", nil},
		{"https://acme.documents.azure.us/registry?regions=West%20US,eastus", "https://acme.documents.azure.us", nil},
		{"https://acme.documents.azure.cn/registry", "https://acme.documents.azure.cn", nil},
		{"http://localhost:8081/registry", "http://localhost:8081", nil},
		{"https://127.0.0.1:8081/registry", "https://127.0.0.1:8081", nil},
		{"http://[::1]:8081/registry", "http://[::1]:8081", nil},
		{"http://acme.documents.azure.com/registry", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com/a/b", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com/..", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com/registry#x", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com/registry?key=x", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com/registry?regions=", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com:8081/registry", "", cosmos.ErrAddress},
		{"https://acme.documents.azure.com.evil.example/registry", "", cosmos.ErrAddress},
		{"https://evil.example/acme.documents.azure.com/registry", "", cosmos.ErrAddress},
		{"https://a.b.documents.azure.com/registry", "", cosmos.ErrAddress},
		{"https://.documents.azure.com/registry", "", cosmos.ErrAddress},
		{"https://xn--acm-8la.documents.azure.com/registry", "https://xn--acm-8la.documents.azure.com", nil},
		{"https://acmé.documents.azure.com/registry", "", cosmos.ErrAddress},
		{"https://localhost.evil.example/registry", "", cosmos.ErrAddress},
		{"ftp://localhost/registry", "", cosmos.ErrAddress},
		{"acme", "", cosmos.ErrAddress},
		{"", "", cosmos.ErrAddress},
		{"https://user:secret@acme.documents.azure.com/registry", "", cosmos.ErrStoredSecret},
		{"AccountEndpoint=https://acme.documents.azure.com:443/;AccountKey=c2VjcmV0;", "", cosmos.ErrStoredSecret},
	} {
		a, err := cosmos.ParseAddress(c.text)
		if !errors.Is(err, c.want) || a.Endpoint != c.endpoint {
			t.Errorf("%q gives %q, %v; want %q, %v", c.text, a.Endpoint, err, c.endpoint, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "c2VjcmV0") || strings.Contains(err.Error(), "user:secret")) {
			t.Errorf("%q: the error shows a secret: %v", c.text, err)
		}
	}
	a, err := cosmos.ParseAddress("https://acme.documents.azure.com/registry?regions=West%20Europe,northeurope")
	if err != nil || strings.Join(a.Regions, " ") != "westeurope northeurope" || a.Account != "acme" || a.Database != "registry" || !a.Public() || a.Emulator() {
		t.Errorf("it is %+v, %v", a, err)
	}
}

// FuzzParseAddress holds every address that is taken against what a token may be
// sent to.
func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{
		"https://acme.documents.azure.com/registry", "http://localhost:8081/r", "https://acme.documents.azure.com@evil.example/r",
		"https://acme.documents.azure.com\\.evil.example/r", "https://acme.documents.azure.com%2eevil.example/r", "https://[::1]/r",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := cosmos.ParseAddress(text)
		if err != nil {
			return
		}
		account := strings.TrimPrefix(a.Endpoint, "https://")
		domain := strings.TrimPrefix(account, a.Account)
		switch {
		case a.Emulator():
			host := strings.TrimPrefix(strings.TrimPrefix(a.Endpoint, "http://"), "https://")
			if !strings.HasPrefix(host, "localhost") && !strings.HasPrefix(host, "127.") && !strings.HasPrefix(host, "[") {
				t.Errorf("%q is an emulator at %q", text, a.Endpoint)
			}
		case domain != ".documents.azure.com" && domain != ".documents.azure.us" && domain != ".documents.azure.cn":
			t.Errorf("%q is an account at %q", text, a.Endpoint)
		}
		again, err := cosmos.ParseAddress(a.Endpoint + "/" + a.Database)
		if err != nil || again.Endpoint != a.Endpoint || again.Database != a.Database {
			t.Errorf("%q gives %q, which gives %+v, %v", text, a.Endpoint, again, err)
		}
	})
}
