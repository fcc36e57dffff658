// SPDX-License-Identifier: Apache-2.0

package entra_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/internal/azure"
	"github.com/appofapps/roster/internal/contracttest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
	"github.com/appofapps/roster/rotate/sink/keyvault"
	"github.com/appofapps/roster/rotate/source/entra"
	"github.com/appofapps/roster/store/storetest"
)

const (
	objectID = "33333333-1111-1111-1111-111111111111"
	clientID = "44444444-1111-1111-1111-111111111111"
	vaultDNS = "acme.vault.azure.net"
)

// bearer is a credential whose token nobody looks at.
type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// A cloud is Graph and a vault, held to Microsoft's descriptions, on a network
// that can be cut.
type cloud struct {
	*testing.T
	graph *contracttest.Graph
	vault *contracttest.Vault
	hosts map[string]*httptest.Server
	now   time.Time
	docs  *storetest.Memory

	calls int
	at    int    // call that goes wrong; 0 for none
	how   string // before, after, kill before, kill after
	seen  map[string]time.Time
}

var errCut = errors.New("connection cut")

type killed struct{}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	theirs := contracttest.Password{KeyID: "66666666-1111-1111-1111-111111111111", DisplayName: "made by hand", Secret: "theirs", End: time.Now().Add(time.Hour)}
	c := &cloud{
		T: t, graph: contracttest.NewGraph(t, &contracttest.Application{ID: objectID, AppID: clientID, Name: "checkout-prod", Passwords: []contracttest.Password{theirs}}),
		vault: contracttest.NewVault(t, vaultDNS), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), docs: storetest.NewMemory(), seen: map[string]time.Time{},
	}
	c.hosts = map[string]*httptest.Server{"graph.microsoft.com": httptest.NewTLSServer(c.graph), vaultDNS: httptest.NewTLSServer(c.vault)}
	for _, server := range c.hosts {
		t.Cleanup(server.Close)
	}
	return c
}

// RoundTrip brings a request to the host that it names, unless it is the one that
// goes wrong.
func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	server := c.hosts[r.URL.Host]
	if server == nil {
		c.Errorf("a request went to %s", r.URL.Host)
		return nil, errCut
	}
	c.calls++
	wrong := c.calls == c.at
	switch {
	case wrong && c.how == "kill before":
		panic(killed{})
	case wrong && c.how == "before":
		return nil, errCut
	}
	there := r.Clone(r.Context())
	there.URL.Host = strings.TrimPrefix(server.URL, "https://")
	resp, err := server.Client().Transport.RoundTrip(there)
	if resp != nil {
		resp.Request = r
	}
	switch {
	case wrong && c.how == "kill after":
		panic(killed{})
	case wrong && c.how == "after":
		return nil, errors.Join(errCut, err, resp.Body.Close())
	}
	return resp, err
}

func (c *cloud) Do(r *http.Request) (*http.Response, error) { return c.RoundTrip(r) }

// prove is Entra ID: it knows a secret some seconds after Graph does.
func (c *cloud) prove(_ context.Context, client string, secret redact.Secret) error {
	if !slices.Contains(c.graph.Secrets()[client], secret.Reveal()) {
		return errors.New("AADSTS7000215")
	}
	if _, asked := c.seen[secret.Reveal()]; !asked {
		c.seen[secret.Reveal()] = c.now
	}
	if c.now.Sub(c.seen[secret.Reveal()]) < 12*time.Second {
		return rotate.ErrNotYet
	}
	return nil
}

func (c *cloud) target() rotate.Target {
	return rotate.Target{
		Container: "orders", Partition: "checkout", Domain: "orders", Node: "orders/checkout@prod", ID: "credential@prod.entra", Name: "entra", Type: entra.Type,
		Application: "checkout-prod", Every: 30 * 24 * time.Hour, Overlap: 24 * time.Hour,
		Sinks: []plan.Sink{{KeyVault: "acme", Secret: "checkout"}, {KeyVault: "acme", Secret: "copy"}},
	}
}

// run is one process. It returns false if it was killed.
func (c *cloud) run(holder string) (o rotate.Outcome, err error, alive bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, dead := p.(killed); !dead {
				panic(p)
			}
			alive = false
		}
	}()
	once := policy.RetryOptions{MaxRetries: -1}
	graph, err := azure.New(azure.GraphEndpoint, azure.GraphScope, bearer{}, azure.Config{Transport: c, Retry: once})
	if err != nil {
		c.Fatal(err)
	}
	clock := func() time.Time { return c.now }
	o, err = rotate.Run(c.Context(), c.target(), rotate.Scheduled, rotate.Config{
		Store:  c.docs,
		Source: func(rotate.Target) (rotate.Source, error) { return entra.Source{Graph: graph, Prove: c.prove}, nil },
		Sink: func(plan.Sink) (rotate.Sink, error) {
			return keyvault.Sink{Credential: bearer{}, Transport: c, Retry: once, Suffix: "vault.azure.net", Now: clock}, nil
		},
		Now: clock, Sleep: func(_ context.Context, d time.Duration) error { c.now = c.now.Add(d); return nil }, Holder: holder,
	})
	c.check()
	return o, err, true
}

// check looks at what must be true at every instant.
func (c *cloud) check() {
	c.Helper()
	valid := c.graph.Secrets()[clientID]
	if !slices.Contains(valid, "theirs") || len(valid) > 3 {
		c.Fatalf("call %d, %s: secrets %v", c.at, c.how, valid)
	}
	for _, name := range []string{"checkout", "copy"} {
		if value := c.vault.Serves(name); value != "" && !slices.Contains(valid, value) {
			c.Fatalf("call %d, %s: %s serves a secret that is not valid", c.at, c.how, name)
		}
	}
}

// rotations runs the schedule until so many are done.
func (c *cloud) rotations(n int) {
	c.Helper()
	done := 0
	for i := 0; done < n; i++ {
		o, err, alive := c.run(fmt.Sprint(c.now.Unix(), i))
		switch {
		case alive && err == nil && o.Rotated:
			if done++; done < n {
				c.now = o.Next
			}
		case alive && err == nil && o.Next.After(c.now):
			c.now = o.Next
		default:
			c.now = c.now.Add(11 * time.Minute)
		}
		if i > 60 {
			c.Fatalf("call %d, %s: no end: %+v, %v", c.at, c.how, o, err)
		}
	}
	valid := c.graph.Secrets()[clientID]
	if len(valid) != 2 || c.vault.Serves("checkout") != valid[1] || c.vault.Serves("copy") != valid[1] {
		c.Fatalf("call %d, %s: secrets %v, served %q and %q", c.at, c.how, valid, c.vault.Serves("checkout"), c.vault.Serves("copy"))
	}
	for _, s := range c.vault.Secrets["checkout-next"] {
		if s.Enabled {
			c.Fatalf("call %d, %s: a staged value can still be read", c.at, c.how)
		}
	}
}

// TestEntraToKeyVault renews a client secret twice, into two secrets of a vault,
// by requests that Microsoft's descriptions allow.
func TestEntraToKeyVault(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	c.rotations(2)
	t.Logf("%d requests for two rotations", c.calls)
}

// TestEntraToKeyVaultFaults cuts two rotations at every request, in four ways.
func TestEntraToKeyVaultFaults(t *testing.T) {
	t.Parallel()
	clean := newCloud(t)
	clean.rotations(2)
	points := 0
	for at := 1; at <= clean.calls; at++ {
		for _, how := range []string{"before", "after", "kill before", "kill after"} {
			c := newCloud(t)
			c.at, c.how = at, how
			c.rotations(2)
			for _, server := range c.hosts {
				server.Close()
			}
			points++
		}
	}
	t.Logf("%d points", points)
	if points < 200 {
		t.Errorf("only %d points", points)
	}
}

// TestApplications refuses a node that has no application of its own.
func TestApplications(t *testing.T) {
	t.Parallel()
	c := newCloud(t)
	graph, err := azure.New(azure.GraphEndpoint, azure.GraphScope, bearer{}, azure.Config{Transport: c, Retry: policy.RetryOptions{MaxRetries: -1}})
	if err != nil {
		t.Fatal(err)
	}
	source := entra.Source{Graph: graph}
	for name, want := range map[string]error{"": entra.ErrApplication, "unknown": entra.ErrApplication, "o'brien": entra.ErrApplication, clientID: nil, "checkout-prod": nil} {
		target := c.target()
		target.Application = name
		if _, err := source.List(t.Context(), target); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestContract holds the source to the contract of sources.
func TestContract(t *testing.T) {
	t.Parallel()
	rotatetest.TestSource(t, func(t *testing.T) rotatetest.Provider {
		c := newCloud(t)
		graph, err := azure.New(azure.GraphEndpoint, azure.GraphScope, bearer{}, azure.Config{Transport: c, Retry: policy.RetryOptions{MaxRetries: -1}})
		if err != nil {
			t.Fatal(err)
		}
		return rotatetest.Provider{
			Source: entra.Source{Graph: graph, Prove: c.prove},
			Target: c.target(), Now: func() time.Time { return c.now }, Advance: func(d time.Duration) { c.now = c.now.Add(d) },
			Accepted: func(value string) bool { return slices.Contains(c.graph.Secrets()[clientID], value) },
		}
	})
}
