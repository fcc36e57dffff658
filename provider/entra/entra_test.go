// SPDX-License-Identifier: Apache-2.0

package entra_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/test/contracttest"
	"github.com/appofapps/roster/provider/entra"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
)

const (
	objectID = "33333333-1111-1111-1111-111111111111"
	clientID = "44444444-1111-1111-1111-111111111111"
)

// bearer is a credential whose token nobody looks at.
type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// local brings requests to Microsoft Graph.
type local struct {
	*testing.T
	handler http.Handler
}

func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.URL.Host != "graph.microsoft.com" {
		l.Errorf("a request went to %s", r.URL)
	}
	asked := r.Clone(r.Context())
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	l.handler.ServeHTTP(recorder, asked)
	resp := recorder.Result()
	resp.Request = r
	return resp, nil
}

// newSource returns a tenant with one application, which has a secret that somebody
// made by hand, and the source.
func newSource(t *testing.T) (*contracttest.Graph, entra.Source) {
	t.Helper()
	theirs := contracttest.Password{KeyID: "66666666-1111-1111-1111-111111111111", DisplayName: "made by hand", Secret: "theirs", End: time.Now().Add(time.Hour)}
	graph := contracttest.NewGraph(t, &contracttest.Application{ID: objectID, AppID: clientID, Name: "checkout-prod", Passwords: []contracttest.Password{theirs}})
	client, err := azure.New(azure.GraphEndpoint, azure.GraphScope, bearer{}, azure.Config{Transport: local{t, graph}, Budget: retry.Budget{Attempts: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return graph, entra.Source{Graph: client, Prove: func(_ context.Context, app string, secret redact.Secret) error {
		if !graph.Opens(app, secret.Reveal()) {
			return rotate.ErrNotYet
		}
		return nil
	}}
}

func target() rotate.Target {
	return rotate.Target{Node: "orders/checkout@prod", Name: "entra", Type: entra.Type, Application: "checkout-prod"}
}

// TestApplications refuses a node that has no application of its own.
func TestApplications(t *testing.T) {
	t.Parallel()
	_, source := newSource(t)
	for name, want := range map[string]error{"": entra.ErrApplication, "unknown": entra.ErrApplication, "o'brien": entra.ErrApplication, clientID: nil, "checkout-prod": nil} {
		other := target()
		other.Application = name
		if _, err := source.List(t.Context(), other); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestOwn leaves the application alone that the run logs in as.
func TestOwn(t *testing.T) {
	t.Parallel()
	graph, source := newSource(t)
	source.Own = strings.ToUpper(clientID)
	_, err := source.Create(t.Context(), target(), rotate.Request{Marker: "roster/0/1", Expires: time.Now().Add(time.Hour)})
	if !errors.Is(err, entra.ErrOwn) || len(graph.Mutations()) > 0 {
		t.Errorf("%v, %v", err, graph.Mutations())
	}
}

// TestRoles says whether the role is granted, as far as the run knows its own.
func TestRoles(t *testing.T) {
	t.Parallel()
	_, source := newSource(t)
	for name, test := range map[string]struct {
		roles []string
		want  rotate.Granted
	}{
		"none known":   {nil, rotate.Unknown},
		"the least":    {[]string{"Directory.Read.All", "Application.ReadWrite.OwnedBy"}, rotate.Yes},
		"more":         {[]string{"Application.ReadWrite.All"}, rotate.Yes},
		"another only": {[]string{"Directory.Read.All"}, rotate.No},
	} {
		source.Roles = func(context.Context) []string { return test.roles }
		f, err := source.Estimate(t.Context(), target(), nil)
		if err != nil || f.Needs[0].Granted != test.want {
			t.Errorf("%s: %+v, %v", name, f.Needs, err)
		}
	}
}

// TestContract holds the source to the contract of sources.
func TestContract(t *testing.T) {
	t.Parallel()
	rotatetest.TestSource(t, func(t *testing.T) rotatetest.Provider {
		graph, source := newSource(t)
		now := time.Now()
		return rotatetest.Provider{
			Source: source, Target: target(), Now: func() time.Time { return now }, Advance: func(d time.Duration) { now = now.Add(d) },
			Accepted: func(value string) bool { return graph.Opens(clientID, value) },
		}
	})
}
