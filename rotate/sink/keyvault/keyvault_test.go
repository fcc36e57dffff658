// SPDX-License-Identifier: Apache-2.0

package keyvault_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/test/contracttest"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
	"github.com/appofapps/roster/rotate/sink/keyvault"
)

type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// network brings every request to the one vault, and remembers for whom it was.
type network struct {
	server *httptest.Server
	hosts  map[string]bool
}

func (n *network) Do(r *http.Request) (*http.Response, error) {
	n.hosts[r.URL.Host] = true
	there := r.Clone(r.Context())
	there.URL.Host = strings.TrimPrefix(n.server.URL, "https://")
	resp, err := n.server.Client().Transport.RoundTrip(there)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

func newVault(t *testing.T) (*contracttest.Vault, *network, keyvault.Sink) {
	t.Helper()
	vault := contracttest.NewVault(t, "acme.vault.azure.net")
	n := &network{server: httptest.NewTLSServer(vault), hosts: map[string]bool{}}
	t.Cleanup(n.server.Close)
	return vault, n, keyvault.Sink{
		Credential: bearer{}, Transport: n, Suffix: "vault.azure.net", Now: time.Now, Retry: policy.RetryOptions{MaxRetries: -1},
	}
}

// TestDeliver sets a secret once, however often it is asked to, and never under the
// live name what is only staged.
func TestDeliver(t *testing.T) {
	t.Parallel()
	vault, n, sink := newVault(t)
	place := registration.Sink{KeyVault: "acme", Secret: "checkout"}
	for range 2 {
		if err := sink.Deliver(t.Context(), place, "roster/a/1", redact.New("one")); err != nil {
			t.Fatal(err)
		}
	}
	ref, err := sink.Stage(t.Context(), place, rotate.StagedValue{Marker: "roster/a/2", Fence: 1, Key: "k", Value: redact.New("two")})
	if err != nil || len(vault.Secrets["checkout"]) != 1 || vault.Serves("checkout") != "one" {
		t.Fatalf("%v, %d versions", err, len(vault.Secrets["checkout"]))
	}
	later, err := sink.Stage(t.Context(), place, rotate.StagedValue{Marker: "roster/a/2", Fence: 2, Value: redact.New("three")})
	if err != nil {
		t.Fatal(err)
	}
	list, err := sink.Staged(t.Context(), place, "roster/a/2")
	if err != nil || len(list) != 2 || list[0].Ref != later || list[1].Ref != ref || list[1].Key != "k" || list[1].Value.Reveal() != "two" {
		t.Fatalf("%+v, %v", list, err)
	}
	if other, err := sink.Staged(t.Context(), place, "roster/a/3"); err != nil || len(other) != 0 {
		t.Errorf("%+v, %v", other, err)
	}
	if err := sink.Deliver(t.Context(), place, "roster/a/2", redact.New("two")); err != nil || vault.Serves("checkout") != "two" {
		t.Errorf("%v, serves %q", err, vault.Serves("checkout"))
	}
	for range 2 {
		if err := sink.Unstage(t.Context(), place, "roster/a/"); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := sink.Staged(t.Context(), place, "roster/a/2"); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if len(n.hosts) != 1 || !n.hosts["acme.vault.azure.net"] {
		t.Errorf("asked %v", n.hosts)
	}
	vault.Deny(func(method, _ string) bool { return method == http.MethodPut })
	err = sink.Deliver(t.Context(), place, "roster/a/3", redact.New("canary-value"))
	if err == nil || !strings.Contains(err.Error(), "status 403") || strings.Contains(err.Error(), "canary") {
		t.Errorf("denied: %v", err)
	}
}

// TestDeletedSecrets says that a deleted secret keeps the name, when a credential is
// delivered and, before anything is renewed, in the estimate.
func TestDeletedSecrets(t *testing.T) {
	t.Parallel()
	place := registration.Sink{KeyVault: "acme", Secret: "till"}
	for deleted, command := range map[string]string{
		"till":      "az keyvault secret recover --vault-name acme --name till, or",
		"till-next": "az keyvault secret recover --vault-name acme --name till-next, or",
	} {
		vault, _, sink := newVault(t)
		vault.Deleted = map[string]bool{deleted: true}
		if _, err := sink.Estimate(t.Context(), place); err == nil || !strings.Contains(err.Error(), command) {
			t.Errorf("estimate with %s deleted: %v", deleted, err)
		}
		_, staged := sink.Stage(t.Context(), place, rotate.StagedValue{Marker: "m", Fence: 1, Value: redact.New("v")})
		delivered := sink.Deliver(t.Context(), place, "m", redact.New("v"))
		failing, other := delivered, staged
		if deleted == "till-next" {
			failing, other = staged, delivered
		}
		if failing == nil || !strings.Contains(failing.Error(), command) || other != nil {
			t.Errorf("%s deleted: staged %v, delivered %v", deleted, staged, delivered)
		}
	}
	_, _, sink := newVault(t)
	if e, err := sink.Estimate(t.Context(), place); err != nil {
		t.Errorf("nothing deleted: %+v, %v", e, err)
	}
}

// TestFirewall tells a firewall apart from a lacking role.
func TestFirewall(t *testing.T) {
	t.Parallel()
	vault, _, sink := newVault(t)
	vault.Firewall = true
	place := registration.Sink{KeyVault: "acme", Secret: "till"}
	e, err := sink.Estimate(t.Context(), place)
	if err == nil || !strings.Contains(err.Error(), "the firewall of the vault does not admit this machine") || e.Needs[0].Granted != rotate.Unknown {
		t.Errorf("%v, needs %+v", err, e.Needs)
	}
	if err := sink.Deliver(t.Context(), place, "m", redact.New("v")); err == nil || !strings.Contains(err.Error(), "ForbiddenByFirewall") {
		t.Error(err)
	}
}

// TestVaultNames refuses a name that would lead a token elsewhere.
func TestVaultNames(t *testing.T) {
	t.Parallel()
	_, n, sink := newVault(t)
	for _, name := range []string{"", "evil.example/", "a.b", "a@b", "a/b", "a#", "a?b", "a:443"} {
		if err := sink.Deliver(t.Context(), registration.Sink{KeyVault: name, Secret: "s"}, "m", redact.New("v")); err == nil || !strings.Contains(err.Error(), "is not a vault name") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if len(n.hosts) > 0 {
		t.Errorf("asked %v", n.hosts)
	}
}

// TestContract holds the sink to the contract of sinks.
func TestContract(t *testing.T) {
	t.Parallel()
	rotatetest.TestSink(t, func(t *testing.T) rotatetest.Places {
		vault, _, sink := newVault(t)
		return rotatetest.Places{
			Sink: sink, One: registration.Sink{KeyVault: "acme", Secret: "checkout"}, Other: registration.Sink{KeyVault: "acme", Secret: "checkout-2"},
			Serves: func(place registration.Sink) string { return vault.Serves(place.Secret) },
		}
	})
}
