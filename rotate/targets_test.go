// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

func text(value string) manifest.String { return manifest.String{Value: value} }

func provider(name, kind, account string) *manifest.Provider {
	return &manifest.Provider{Meta: manifest.Metadata{Name: text(name)}, Spec: manifest.ProviderSpec{Type: text(kind), Account: text(account), Tenant: text("acme.okta.com")}}
}

func node(path, application string, credentials ...registration.Credential) registration.Record {
	for i := range credentials {
		credentials[i].Rotate = &registration.Rotation{Every: manifest.ParseDuration("30d"), AckTimeout: manifest.ParseDuration("2h")}
	}
	return registration.Record{Domain: "orders", Path: "orders/" + path, Credentials: credentials, Identity: &registration.Identity{Okta: &registration.Application{Application: application}}}
}

// TestProviders finds the provider of a credential: the one that it names, or the
// only one of its kind.
func TestProviders(t *testing.T) {
	t.Parallel()
	one, two := provider("one", "cosmos", "/a"), provider("two", "cosmos", "/b")
	for name, test := range map[string]struct {
		named     string
		providers []*manifest.Provider
		want      string
	}{
		"the only one": {"", []*manifest.Provider{one, provider("login", "okta", "")}, "/a"},
		"named":        {"two", []*manifest.Provider{one, two}, "/b"},
		"not clear":    {"", []*manifest.Provider{one, two}, ""},
		"none":         {"", nil, ""},
	} {
		list, err := rotate.Targets(wire.Systems(), []registration.Record{node("a", "", registration.Credential{Name: "db", Type: "cosmos-key", Provider: test.named})}, nil, test.providers, "")
		if err != nil || list[0].Provider.Account != test.want || list[0].Overlap != 24*time.Hour || list[0].AckTimeout != 2*time.Hour {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

// TestShared finds credentials that are the same key, and lets none of them be
// renewed.
func TestShared(t *testing.T) {
	t.Parallel()
	db := func(name, kind string) registration.Credential {
		return registration.Credential{Name: name, Type: kind}
	}
	list, err := rotate.Targets(wire.Systems(), []registration.Record{
		node("a", "one", db("login", "okta-client-secret"), db("db", "cosmos-key")),
		node("b", "one", db("login", "okta-client-secret"), db("reader", "cosmos-readonly-key")),
		node("c", "two", db("login", "okta-client-secret"), db("db", "cosmos-key")),
		node("d", "", db("login", "okta-client-secret"), db("token", "self-issued-token")),
		node("e", "", db("login", "okta-client-secret"), db("token", "self-issued-token")),
	}, nil, []*manifest.Provider{provider("db", "cosmos", "/a"), provider("okta", "okta", "")}, "")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"orders/a login": "orders/b login", "orders/b login": "orders/a login", "orders/a db": "orders/c db", "orders/c db": "orders/a db",
	}
	for _, target := range list {
		if target.Shared != want[target.String()] {
			t.Errorf("%s shares a key with %q", target, target.Shared)
		}
	}
	_, err = rotate.Run(t.Context(), list[0], rotate.Scheduled, rotate.Config{})
	if !errors.Is(err, rotate.ErrHeld) || !strings.Contains(err.Error(), "orders/c db") {
		t.Error(err)
	}
}

// TestOnePlaceServesOneCredential spells one place in two ways, and refuses to renew
// what is delivered there, whoever holds it.
func TestOnePlaceServesOneCredential(t *testing.T) {
	t.Parallel()
	token := func(name string, sink registration.Sink) registration.Credential {
		return registration.Credential{Name: name, Type: "self-issued-token", Sinks: []registration.Sink{sink}}
	}
	for name, test := range map[string]struct {
		a, b  registration.Sink
		clash bool
	}{
		"file with dots":        {registration.Sink{File: "keys/till"}, registration.Sink{File: "./keys//x/../till"}, true},
		"file by absolute path": {registration.Sink{File: "keys/till"}, registration.Sink{File: "/srv/registry/keys/till"}, true},
		"file elsewhere":        {registration.Sink{File: "keys/till"}, registration.Sink{File: "/srv/keys/till"}, false},
		"vault":                 {registration.Sink{KeyVault: "Live", Secret: "Till"}, registration.Sink{KeyVault: "live", Secret: "till"}, true},
		"environment": {
			registration.Sink{GitHubSecret: "Acme/Till", Environment: "Live", Name: "key"},
			registration.Sink{GitHubSecret: "acme/till", Environment: "live", Name: "KEY"},
			true,
		},
		"another environment": {
			registration.Sink{GitHubSecret: "acme/till", Environment: "test", Name: "KEY"},
			registration.Sink{GitHubSecret: "acme/till", Environment: "live", Name: "KEY"},
			false,
		},
	} {
		for who, nodes := range map[string][]registration.Record{
			"one node":  {node("a", "", token("x", test.a), token("y", test.b))},
			"two nodes": {node("a", "", token("x", test.a)), node("b", "", token("x", test.b))},
		} {
			list, err := rotate.Targets(wire.Systems(), nodes, nil, nil, "/srv/registry")
			if err != nil || len(list) != 2 {
				t.Fatal(list, err)
			}
			for _, target := range list {
				if got := target.Overwrites != ""; got != test.clash {
					t.Errorf("%s of %s: %s overwrites %q", name, who, target, target.Overwrites)
				}
				if !test.clash {
					continue
				}
				if _, err := rotate.Run(t.Context(), target, rotate.Scheduled, rotate.Config{}); !errors.Is(err, rotate.ErrHeld) {
					t.Errorf("%s of %s: %v", name, who, err)
				}
			}
		}
	}
}
