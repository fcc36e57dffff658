// SPDX-License-Identifier: Apache-2.0

package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/test/contracttest"
)

const (
	subscription = "11111111-1111-1111-1111-111111111111"
	reader       = "aaaaaaaa-0000-0000-0000-000000000001"
	writer       = "aaaaaaaa-0000-0000-0000-000000000002"
	appID        = "bbbbbbbb-0000-0000-0000-000000000001"
	objectID     = "bbbbbbbb-0000-0000-0000-00000000000f"
)

// world is the cloud of a test, and what may be asked of it.
type world struct {
	arm   *contracttest.ARM
	graph *contracttest.Graph
	azure provision.Azure
	told  []provision.Step // by Progress
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		arm:   contracttest.NewARM(t),
		graph: contracttest.NewGraph(t, &contracttest.Application{ID: objectID, AppID: appID}),
	}
	w.azure = provision.Azure{
		ARM:      client(t, w.arm, "", provision.APIVersion),
		Graph:    client(t, w.graph, "/v1.0", ""),
		Progress: func(s provision.Step) { w.told = append(w.told, s) },
	}
	return w
}

// token is the credential of a signed-in identity.
type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "token", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func client(t *testing.T, handler http.Handler, base, version string) *azure.Client {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	c, err := azure.New(server.URL+base, "scope", token{}, azure.Config{
		APIVersion: version, Transport: server.Client().Transport, PollEvery: time.Millisecond,
		Budget: retry.Budget{Attempts: 4, Wait: 10 * time.Second, Base: time.Millisecond, Cap: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wanted is a registry with two domains.
func wanted() provision.Desired {
	return provision.Desired{
		Subscription: subscription, ResourceGroup: "platform", Account: "acme-registry", Database: "registry",
		Containers: []string{"orders", "payments", provision.System},
		Readers:    []string{reader}, Writers: []string{writer},
		Federations: []provision.Federation{federation("roster-prod", "repo:acme/registry:environment:prod")},
	}
}

func federation(name, subject string) provision.Federation {
	return provision.Federation{Application: appID, Name: name, Issuer: provision.GitHubIssuer, Subject: subject}
}

// look and make fail the test on an error.
func (w *world) look(t *testing.T, want provision.Desired) []provision.Step {
	t.Helper()
	steps, err := w.azure.Look(t.Context(), want)
	if err != nil {
		t.Fatalf("look: %v", err)
	}
	if changed := append(w.arm.Mutations(), w.graph.Mutations()...); len(changed) > 0 {
		t.Fatalf("looking changed %q", changed)
	}
	return steps
}

func (w *world) make(t *testing.T, steps []provision.Step) []provision.Step {
	t.Helper()
	done, err := w.azure.Make(t.Context(), steps)
	if err != nil {
		t.Fatalf("make: %v", err)
	}
	return done
}

// forget forgets the requests so far.
func (w *world) forget() {
	w.arm.Forget()
	w.graph.Forget()
}

// short is what tests compare: a line for each step.
func short(steps []provision.Step) []string {
	lines := make([]string, len(steps))
	for i, s := range steps {
		lines[i] = fmt.Sprintf("%s %s: %s", s.Kind, s.Name, s.State)
	}
	return lines
}

// find returns the step whose line starts with a text.
func find(t *testing.T, steps []provision.Step, start string) provision.Step {
	t.Helper()
	for i, line := range short(steps) {
		if strings.HasPrefix(line, start) {
			return steps[i]
		}
	}
	t.Fatalf("no step %q in %q", start, short(steps))
	return provision.Step{}
}
