// SPDX-License-Identifier: Apache-2.0

package cosmos_test

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

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/test/contracttest"
	cosmoskey "github.com/appofapps/roster/provider/cosmos"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
)

type bearer struct{}

func (bearer) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// local brings requests to Resource Manager.
type local struct{ handler http.Handler }

func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.Host = r.URL.Host
	recorder := httptest.NewRecorder()
	l.handler.ServeHTTP(recorder, r)
	resp := recorder.Result()
	resp.Request = r
	return resp, nil
}

type rig struct {
	*contracttest.ARM
	source cosmoskey.Source
	now    time.Time
}

func newRig(t *testing.T, polls int) *rig {
	t.Helper()
	r := &rig{ARM: contracttest.NewARM(t), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	r.Polls, r.Now = polls, func() time.Time { return r.now }
	arm, err := azure.New(azure.ManagementEndpoint, azure.ManagementScope, bearer{}, azure.Config{
		APIVersion: cosmoskey.APIVersion, Transport: local{r.ARM}, Budget: retry.Budget{Attempts: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.source = cosmoskey.Source{
		ARM: arm, Now: r.Now, Sleep: func(_ context.Context, d time.Duration) error { r.now = r.now.Add(d); return nil },
		Prove: func(_ context.Context, endpoint string, key redact.Secret) error {
			if endpoint != "https://acme-registry.documents.azure.com:443" || !r.Opens(key.Reveal()) {
				return rotate.ErrNotYet
			}
			return nil
		},
	}
	return r
}

func (r *rig) target(kind string) rotate.Target {
	return rotate.Target{
		Node: "orders/checkout@prod", Name: "db", Type: kind,
		Provider: rotate.Provider{Name: "orders-db", Type: "cosmos", Account: "/subscriptions/" + r.Subscription + "/resourceGroups/platform/providers/Microsoft.DocumentDB/databaseAccounts/acme-registry"},
	}
}

// TestContract holds the source to its contract: for keys that are made at once, in
// a while, and for longer than a run waits.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{cosmoskey.Type, cosmoskey.TypeReadOnly} {
		for _, polls := range []int{0, 2, 15} {
			t.Run(fmt.Sprintf("%s, %d polls", kind, polls), func(t *testing.T) {
				rotatetest.TestSource(t, func(t *testing.T) rotatetest.Provider {
					r := newRig(t, polls)
					return rotatetest.Provider{
						Source: r.source, Target: r.target(kind), Accepted: r.Opens, Now: r.Now, Advance: func(d time.Duration) { r.now = r.now.Add(d) },
					}
				})
			})
		}
	}
}

// TestOtherKeysStay makes one key anew, the second one first, and none of the other
// kind; what is live stays.
func TestOtherKeysStay(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	before := map[string]string{}
	for kind, key := range r.Keys {
		before[kind] = key.Value
	}
	made, err := r.source.Create(t.Context(), r.target(cosmoskey.TypeReadOnly), rotate.Request{Since: r.now.Add(-time.Minute)})
	if err != nil || made.Key != "secondary" {
		t.Fatalf("%+v, %v", made, err)
	}
	for kind, key := range r.Keys {
		if changed := key.Value != before[kind]; changed != (kind == "secondaryReadonly") {
			t.Errorf("%s changed: %v", kind, changed)
		}
	}
	for _, line := range r.Requests() {
		if strings.HasSuffix(line, "/listKeys") {
			t.Error("for a key that reads, those that write were asked for")
		}
	}
}

// TestOperationLost loses the address of an operation: no second one is begun while the
// account says that it is changing, and no key is taken that may be made once more.
func TestOperationLost(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	r.Takes = time.Hour
	request := rotate.Request{Since: r.now}
	made := func() int {
		return len(slices.DeleteFunc(r.Requests(), func(line string) bool { return !strings.HasSuffix(line, "/regenerateKey") }))
	}
	var later *rotate.PendingError
	for range 3 {
		if _, err := r.source.Create(t.Context(), r.target(cosmoskey.Type), request); !errors.As(err, &later) || made() != 1 {
			t.Fatalf("%v, %d operations", err, made())
		}
		if err := r.source.Revoke(t.Context(), r.target(cosmoskey.Type), rotate.Revocation{Key: "primary"}); !errors.As(err, &later) || made() != 1 {
			t.Fatalf("%v, %d operations", err, made())
		}
		r.now = r.now.Add(10 * time.Minute)
	}
	r.now = r.now.Add(time.Hour)
	if got, err := r.source.Create(t.Context(), r.target(cosmoskey.Type), request); err != nil || got.Key != "secondary" || !r.Opens(got.Value.Reveal()) || made() != 1 {
		t.Errorf("%+v, %v, %d operations", got, err, made())
	}
}

// TestAccounts refuses what names no account, and one whose keys open nothing.
func TestAccounts(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0)
	for _, p := range []rotate.Provider{{}, {Type: "cosmos"}, {Type: "cosmos", Account: "acme-registry"}, {Type: "cosmos", Account: "/subscriptions/../x"}} {
		target := r.target(cosmoskey.Type)
		target.Provider = p
		if _, err := r.source.List(t.Context(), target); !errors.Is(err, cosmoskey.ErrAccount) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if n := len(r.Requests()); n > 0 {
		t.Errorf("%d requests for accounts that are none", n)
	}
	r.NoLocalAuth = true
	if _, err := r.source.List(t.Context(), r.target(cosmoskey.Type)); !errors.Is(err, cosmoskey.ErrAccount) || !strings.Contains(err.Error(), "local authentication is off") {
		t.Error(err)
	}
}
