// SPDX-License-Identifier: Apache-2.0

package github_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	githubclient "github.com/appofapps/roster/internal/cloud/github"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/test/contracttest"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate/rotatetest"
	"github.com/appofapps/roster/rotate/sink/github"
)

// newSink returns a sink of a GitHub at an address.
func newSink(t *testing.T, api, token string, client *http.Client) github.Sink {
	t.Helper()
	c, err := githubclient.New(githubclient.Config{
		API: api, Token: redact.New(token), HTTP: client, Budget: retry.Budget{Attempts: 4, Wait: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	return github.Sink{Client: c}
}

// TestDeliver writes secrets of repositories and environments by requests that
// GitHub's description allows; GitHub can open them, and a second time is as good
// as the first.
func TestDeliver(t *testing.T) {
	t.Parallel()
	secrets := contracttest.NewSecrets(t)
	server := httptest.NewTLSServer(secrets)
	t.Cleanup(server.Close)
	sink := newSink(t, server.URL, "canary-token", server.Client())
	for place, at := range map[registration.Sink]string{
		{GitHubSecret: "acme/checkout", Name: "TOKEN"}:                               "acme/checkout TOKEN",
		{GitHubSecret: "acme@1/checkout@2", Name: "OTHER"}:                           "acme/checkout OTHER",
		{GitHubSecret: "acme/checkout", Environment: "Production EU", Name: "TOKEN"}: "acme/checkout/Production EU TOKEN",
	} {
		for _, value := range []string{"first", "second", "second"} {
			if err := sink.Deliver(t.Context(), place, "m", redact.New(value)); err != nil {
				t.Fatal(err)
			}
			if secrets.Values[at] != value {
				t.Errorf("%s is %q", at, secrets.Values[at])
			}
		}
	}
	secrets.Throttle(2)
	if err := sink.Deliver(t.Context(), registration.Sink{GitHubSecret: "acme/checkout", Name: "TOKEN"}, "m", redact.New("third")); err != nil || secrets.Values["acme/checkout TOKEN"] != "third" {
		t.Errorf("throttled: %v", err)
	}
	secrets.Lose(1)
	if err := sink.Deliver(t.Context(), registration.Sink{GitHubSecret: "acme/checkout", Name: "TOKEN"}, "m", redact.New("fourth")); err != nil || secrets.Values["acme/checkout TOKEN"] != "fourth" {
		t.Errorf("a lost answer: %v", err)
	}
	secrets.Deny(func(method, _ string) bool { return method == http.MethodPut })
	err := sink.Deliver(t.Context(), registration.Sink{GitHubSecret: "acme/checkout", Name: "TOKEN"}, "m", redact.New("canary-value"))
	if err == nil || !strings.Contains(err.Error(), "status 403") || strings.Contains(err.Error(), "canary") {
		t.Errorf("denied: %v", err)
	}
}

// TestOrganisation writes a secret of an organisation for those who could read it
// before, and for nobody else: one that nobody made is not written.
func TestOrganisation(t *testing.T) {
	t.Parallel()
	secrets := contracttest.NewSecrets(t)
	server := httptest.NewTLSServer(secrets)
	t.Cleanup(server.Close)
	sink := newSink(t, server.URL, "canary-token", server.Client())
	place := registration.Sink{GitHubSecret: "acme", Name: "TOKEN"}
	if err := sink.Deliver(t.Context(), place, "m", redact.New("first")); !errors.Is(err, github.ErrReaders) || secrets.Serves("acme TOKEN") != "" {
		t.Errorf("one that is not there: %v", err)
	}
	many := make([]int64, 230)
	for i := range many {
		many[i] = int64(1000 + i)
	}
	for _, readers := range []contracttest.Readers{{Visibility: "all"}, {Visibility: "private"}, {Visibility: "selected"}, {Visibility: "selected", Repositories: many}} {
		secrets.Readers["acme TOKEN"] = &readers
		if err := sink.Deliver(t.Context(), place, "m", redact.New("second")); err != nil || secrets.Serves("acme TOKEN") != "second" {
			t.Fatalf("%s: %v, %q", readers.Visibility, err, secrets.Serves("acme TOKEN"))
		}
		if after := secrets.Readers["acme TOKEN"]; after.Visibility != readers.Visibility || !slices.Equal(after.Repositories, readers.Repositories) {
			t.Errorf("%s: %d repositories before, now %s with %d", readers.Visibility, len(readers.Repositories), after.Visibility, len(after.Repositories))
		}
	}
}

// TestRefused refuses what is no place, and to go without a token or in the clear.
func TestRefused(t *testing.T) {
	t.Parallel()
	sink := newSink(t, "https://127.0.0.1:9", "t", http.DefaultClient)
	for _, place := range []registration.Sink{
		{},
		{GitHubSecret: "acme"},
		{GitHubSecret: "acme", Environment: "prod", Name: "A"},
		{GitHubSecret: "acme/..", Name: "A"},
		{GitHubSecret: "acme/checkout", Environment: "..", Name: "A"},
		{GitHubSecret: "acme/checkout"},
		{GitHubSecret: "acme/a/b", Name: "A"},
		{GitHubSecret: "/b", Name: "A"},
	} {
		if err := sink.Deliver(t.Context(), place, "m", redact.New("v")); !errors.Is(err, github.ErrPlace) {
			t.Errorf("%+v: %v", place, err)
		}
	}
	good := registration.Sink{GitHubSecret: "acme/checkout", Name: "A"}
	if err := newSink(t, "https://127.0.0.1:9", "", http.DefaultClient).Deliver(t.Context(), good, "m", redact.New("v")); !errors.Is(err, github.ErrToken) {
		t.Error(err)
	}
	if _, err := githubclient.New(githubclient.Config{API: "http://127.0.0.1:9"}); !errors.Is(err, rest.ErrEndpoint) || !strings.Contains(err.Error(), "https") {
		t.Error(err)
	}
}

// TestContract holds the sink to the contract of sinks.
func TestContract(t *testing.T) {
	t.Parallel()
	rotatetest.TestSink(t, func(t *testing.T) rotatetest.Places {
		secrets := contracttest.NewSecrets(t)
		server := httptest.NewTLSServer(secrets)
		t.Cleanup(server.Close)
		return rotatetest.Places{
			Sink: newSink(t, server.URL, "t", server.Client()),
			One:  registration.Sink{GitHubSecret: "acme/checkout", Name: "TOKEN"}, Other: registration.Sink{GitHubSecret: "acme/checkout", Environment: "prod", Name: "TOKEN"},
			Serves: func(place registration.Sink) string {
				at := place.GitHubSecret
				if place.Environment != "" {
					at += "/" + place.Environment
				}
				return secrets.Values[at+" "+place.Name]
			},
		}
	})
}
