// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/test/contracttest"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	cosmoskey "github.com/appofapps/roster/provider/cosmos"
	"github.com/appofapps/roster/provider/entra"
	"github.com/appofapps/roster/provider/okta"
	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

const (
	vaultHost  = "acme.vault.azure.net"
	oktaHost   = "acme.okta.com"
	dataHost   = "acme-registry.documents.azure.com"
	oktaApp    = "0oa1checkout00000000"
	entraApp   = "44444444-1111-1111-1111-111111111111"
	foreign    = "made-by-hand~and-not-ours"
	registry   = "testdata/registry"
	gitHubHost = "api.github.com"
)

// need skips a test that lacks the vendors' descriptions, and lets it run beside others.
func need(t *testing.T) {
	t.Helper()
	described(t)
	t.Parallel()
}

func described(t *testing.T) {
	t.Helper()
	if os.Getenv(contracttest.Variable) == "" {
		t.Skipf("SKIPPED: %s is not set", contracttest.Variable)
	}
}

// A cloud is every provider and every place of a registry's credentials, each held
// to its vendor's description, in one process whose clock stands still while
// somebody works. After every call it looks at what must be true at every instant.
type cloud struct {
	testing.TB
	graph   *contracttest.Graph
	okta    *contracttest.Okta
	arm     *contracttest.ARM
	vault   *contracttest.Vault
	github  *contracttest.Secrets
	hosts   map[string]http.Handler
	docs    *storetest.Memory
	folder  string
	key     signing.Key // of roster's service app in Okta
	targets []rotate.Target

	calls  int
	plan   map[int]fault // by call
	fired  map[string]int
	met    func(by, what string) // asked before every call
	said   func(text []byte)     // is told all that processes say; nil: nobody listens
	broken []string

	mu     sync.Mutex // guards what follows
	served map[string]map[string]time.Time
	made   []string      // every value that was ever served
	slack  time.Duration // by how much clocks differ
	exempt bool          // a leak: nothing is promised to consumers
}

// newCloud reads the registry and builds what it is about; names are the
// credentials that are renewed, none for all.
func newCloud(t testing.TB, names ...string) *cloud {
	t.Helper()
	theirs := contracttest.Password{KeyID: "66666666-1111-1111-1111-111111111111", DisplayName: "by hand", Secret: foreign, End: time.Now().Add(10 * 365 * 24 * time.Hour)}
	c := &cloud{
		TB: t, docs: storetest.NewMemory(), folder: t.TempDir(), plan: map[int]fault{}, fired: map[string]int{}, served: map[string]map[string]time.Time{},
		graph: contracttest.NewGraph(t, &contracttest.Application{
			ID: "33333333-1111-1111-1111-111111111111", AppID: entraApp, Name: "checkout-prod", Passwords: []contracttest.Password{theirs},
		}),
		okta: contracttest.NewOkta(t, oktaHost, &contracttest.OktaApp{ID: oktaApp, Label: "checkout-prod", Method: oktaclient.MethodBasic}),
		arm:  contracttest.NewARM(t), vault: contracttest.NewVault(t, vaultHost), github: contracttest.NewSecrets(t),
	}
	c.graph.Delay, c.okta.Delay, c.arm.Takes = 12*time.Second, 7*time.Second, 25*time.Second
	for _, key := range c.arm.Keys {
		key.Generated = time.Now().AddDate(-1, 0, 0)
	}
	c.github.Readers["acme CHECKOUT"] = &contracttest.Readers{Visibility: "selected", Repositories: []int64{1, 2}}
	key, err := signing.NewFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	if c.okta.Key, err = oktaclient.JWK(key.Public()); err != nil {
		t.Fatal(err)
	}
	c.key = key
	c.hosts = map[string]http.Handler{
		"graph.microsoft.com": c.graph, oktaHost: c.okta, "management.azure.com": c.arm, dataHost: c.arm.Data(), vaultHost: c.vault, gitHubHost: c.github,
	}
	c.targets = slices.DeleteFunc(readTargets(t), func(t rotate.Target) bool { return len(names) > 0 && !slices.Contains(names, t.Name) })
	return c
}

// readRegistry reads the registry as the command does.
func readRegistry(t testing.TB) ([]registration.Record, []*manifest.Provider) {
	t.Helper()
	r, findings, err := manifest.Load(t.Context(), os.DirFS(registry), manifest.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("%v, %v", findings, err)
	}
	return registration.All(r), r.Providers
}

func readTargets(t testing.TB) []rotate.Target {
	t.Helper()
	registrations, providers := readRegistry(t)
	list, err := rotate.Targets(wire.Systems(), registrations, map[string]string{"orders": "orders"}, providers, "")
	if err != nil || len(list) != 5 {
		t.Fatalf("%d credentials, %v", len(list), err)
	}
	for _, credential := range wire.Systems().CredentialTypes() {
		if !slices.ContainsFunc(list, func(t rotate.Target) bool { return t.Type == credential }) {
			t.Fatalf("%s renews no %s, so no fault reaches its source", registry, credential)
		}
	}
	return list
}

// at names what a place serves as the stand-in does.
func (c *cloud) at(place registration.Sink) string {
	switch {
	case place.KeyVault != "":
		return c.vault.Serves(place.Secret)
	case place.GitHubSecret != "":
		at := place.GitHubSecret
		if place.Environment != "" {
			at += "/" + place.Environment
		}
		return c.github.Serves(at + " " + place.Name)
	}
	content, err := os.ReadFile(filepath.Join(c.folder, place.File))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		c.Fatal(err)
	}
	return string(content)
}

// accepted reports whether the provider of a credential takes a value now.
func (c *cloud) accepted(t rotate.Target, value string) bool {
	switch t.Type {
	case entra.Type:
		return c.graph.Opens(entraApp, value)
	case okta.Type:
		return c.okta.Opens(oktaApp, value)
	case cosmoskey.Type, cosmoskey.TypeReadOnly:
		return c.arm.Opens(value)
	}
	tokens, _, err := token.Load(context.Background(), c.docs, t.Container, t.Partition, t.ID)
	if err != nil {
		c.Fatal(err)
	}
	return tokens.Check(value, time.Now()) == nil
}

// check looks at what must be true at every instant: what each place serves is
// accepted; a value is accepted for as long as it was promised after the last place
// stopped to serve it; nothing foreign is gone; and there are never more than two.
func (c *cloud) check(when string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	bad := func(format string, values ...any) {
		c.broken = append(c.broken, fmt.Sprintf("call %d, %s, %s: ", c.calls, when, now.Format(time.RFC3339))+fmt.Sprintf(format, values...))
	}
	for _, t := range c.targets {
		values := c.served[t.Name]
		if values == nil {
			values = map[string]time.Time{}
			c.served[t.Name] = values
		}
		current := map[string]bool{}
		for _, place := range t.Sinks {
			value := c.at(place)
			if value == "" {
				continue
			}
			current[value] = true
			if !c.accepted(t, value) && !c.exempt {
				bad("%s serves a value of %s that its provider does not accept", place, t)
			}
		}
		for value := range current {
			if _, known := values[value]; !known {
				c.made = append(c.made, value)
			}
			values[value] = time.Time{}
		}
		for value, left := range values {
			switch {
			case current[value]:
			case left.IsZero():
				values[value] = now
			case now.Sub(left) < t.Overlap-c.slack && !c.exempt && !c.accepted(t, value):
				bad("a value of %s is ended %s after it was last served", t, now.Sub(left))
			}
		}
	}
	c.limits(bad)
}

// limits checks what there may be at the providers.
func (c *cloud) limits(bad func(string, ...any)) {
	secrets := c.graph.Secrets()[entraApp]
	if !slices.Contains(secrets, foreign) {
		bad("somebody else's secret is gone")
	}
	if len(secrets) > 3 {
		bad("%d client secrets of ours in Entra ID", len(secrets)-1)
	}
	if n := c.okta.Count(oktaApp); n > 2 {
		bad("%d client secrets in Okta", n)
	}
	if readers := c.github.Readers["acme CHECKOUT"]; readers == nil || readers.Visibility != "selected" || len(readers.Repositories) != 2 {
		bad("others may read the organisation's secret: %+v", readers)
	}
}

// records reads what is on record of a credential.
func (c *cloud) records(t rotate.Target) (credential rotate.Credential, under *rotate.Rotation) {
	c.Helper()
	for _, kind := range []store.Type{rotate.TypeCredential, rotate.TypeRotation} {
		docs, err := c.docs.List(context.Background(), t.Container, t.Partition, kind)
		if err != nil {
			c.Fatal(err)
		}
		for _, doc := range docs {
			if kind == rotate.TypeCredential && doc.ID == t.ID {
				decode(c, doc, &credential)
			}
			var r rotate.Rotation
			if decode(c, doc, &r); kind == rotate.TypeRotation && r.Credential == t.ID && r.State != rotate.Done {
				under = &r
			}
		}
	}
	return credential, under
}

// final checks what must be true when nothing is under way: every place serves the
// live value, no other is accepted, and nothing of ours is left beside it.
func (c *cloud) final() {
	c.Helper()
	bad := func(format string, values ...any) {
		c.broken = append(c.broken, "at the end: "+fmt.Sprintf(format, values...))
	}
	for _, t := range c.targets {
		credential, under := c.records(t)
		if credential.Live == nil || credential.Previous != nil || under != nil {
			bad("on record of %s: %+v, %+v", t, credential, under)
			continue
		}
		now := c.at(t.Sinks[0])
		for _, place := range t.Sinks {
			if c.at(place) != now || now == "" {
				bad("the places of %s do not serve the same", t)
			}
		}
		for value := range c.served[t.Name] {
			if value != now && c.accepted(t, value) {
				bad("an old value of %s is still accepted", t)
			}
		}
	}
	if n := len(c.graph.Secrets()[entraApp]); n > 2 {
		bad("%d client secrets of ours in Entra ID", n-1)
	}
	if n := c.okta.Count(oktaApp); n > 1 {
		bad("%d client secrets in Okta", n)
	}
	for name, list := range c.vault.Secrets {
		for _, s := range list {
			if strings.HasSuffix(name, "-next") && s.Enabled {
				bad("a staged value of %s can still be read", name)
			}
		}
	}
	if staged, _ := filepath.Glob(filepath.Join(c.folder, "*", "*.next-*")); len(staged) > 0 {
		bad("staged files are left: %v", staged)
	}
}

// sound fails a test if anything was not true.
func (c *cloud) sound() {
	c.Helper()
	if len(c.broken) > 0 {
		c.Fatalf("%v\n%s", c.plan, strings.Join(c.broken[:min(5, len(c.broken))], "\n"))
	}
}
