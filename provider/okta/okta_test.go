// SPDX-License-Identifier: Apache-2.0

package okta_test

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/test/contracttest"
	"github.com/appofapps/roster/provider/okta"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
)

const (
	host  = "acme.okta.com"
	appID = "0oa1checkout00000000"
)

// local brings requests to a handler of the host that they name.
type local struct {
	t       *testing.T
	handler http.Handler
}

func (l local) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != host || r.URL.Scheme != "https" {
		l.t.Errorf("a request went to %s", r.URL)
		return nil, errors.New("no such host")
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	l.handler.ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

type rig struct {
	*contracttest.Okta
	app    *contracttest.OktaApp
	source okta.Source
	now    time.Time
}

func newRig(t *testing.T, method string) *rig {
	t.Helper()
	r := &rig{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	r.app = &contracttest.OktaApp{ID: appID, Label: "checkout-prod", Method: method}
	r.Okta = contracttest.NewOkta(t, host, r.app)
	r.Now, r.Delay = func() time.Time { return r.now }, 12*time.Second
	key, err := signing.NewFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := oktaclient.JWK(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	if _, isECDSA := public.Key.(*ecdsa.PublicKey); !isECDSA || public.KeyID == "" {
		t.Fatalf("the key to register is %+v", public)
	}
	r.Key = public
	c, err := oktaclient.New(oktaclient.Config{
		Host: host, App: r.Client, Scopes: []string{okta.Scope}, Now: r.Now, HTTP: &http.Client{Transport: local{t, r.Okta}},
		Key:    func(context.Context) (signing.Key, error) { return key, nil },
		Budget: retry.Budget{Attempts: 4, Wait: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.source = okta.Source{Client: c, Now: r.Now}
	return r
}

func (r *rig) target() rotate.Target {
	return rotate.Target{Node: "orders/checkout@prod", Name: "okta", Type: okta.Type, Application: "checkout-prod"}
}

// TestContract holds the source to its contract, for each way in which a client
// proves itself, with and without tokens that are bound.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, method := range []string{oktaclient.MethodBasic, oktaclient.MethodPost, oktaclient.MethodJWT} {
		for _, unbound := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, unbound %v", method, unbound), func(t *testing.T) {
				rotatetest.TestSource(t, func(t *testing.T) rotatetest.Provider {
					r := newRig(t, method)
					r.Unbound = unbound
					return rotatetest.Provider{
						Source: r.source, Target: r.target(), Now: r.Now, Advance: func(d time.Duration) { r.now = r.now.Add(d) },
						Accepted: func(value string) bool { return r.Opens(appID, value) },
					}
				})
			})
		}
	}
}

// TestFull says what stands in the way of a third secret, and adds none.
func TestFull(t *testing.T) {
	t.Parallel()
	r := newRig(t, oktaclient.MethodBasic)
	for _, id := range []string{"ocs1", "ocs2"} {
		r.app.Secrets = append(r.app.Secrets, &contracttest.OktaSecret{ID: id, Value: "theirs" + id, Status: "ACTIVE", Created: r.now, Updated: r.now})
	}
	_, err := r.source.Create(t.Context(), r.target(), rotate.Request{Value: redact.New("canary"), Live: "ocs1"})
	if !errors.Is(err, okta.ErrFull) || !strings.Contains(err.Error(), "(ocs2, created 2026-01-01)") || len(r.app.Secrets) != 2 {
		t.Errorf("%v, %d secrets", err, len(r.app.Secrets))
	}
}

// TestOwn leaves the application alone that the run logs in as.
func TestOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t, oktaclient.MethodBasic)
	r.Apps[r.Client] = &contracttest.OktaApp{ID: r.Client, Label: "roster", Method: oktaclient.MethodBasic}
	own := r.target()
	for _, name := range []string{r.Client, "roster"} {
		own.Application = name
		if _, err := r.source.Create(t.Context(), own, rotate.Request{Value: redact.New("canary")}); !errors.Is(err, okta.ErrOwn) || len(r.Apps[r.Client].Secrets) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSoak makes an old secret inactive, and deletes it after a day or at once.
func TestSoak(t *testing.T) {
	t.Parallel()
	for _, atOnce := range []bool{false, true} {
		r := newRig(t, oktaclient.MethodBasic)
		r.app.Secrets = []*contracttest.OktaSecret{
			{ID: "ocs1", Value: "old", Status: "ACTIVE", Created: r.now, Updated: r.now}, {ID: "ocs2", Value: "new", Status: "ACTIVE", Created: r.now, Updated: r.now},
		}
		err := r.source.Revoke(t.Context(), r.target(), rotate.Revocation{Key: "ocs1", AtOnce: atOnce})
		var later *rotate.PendingError
		if atOnce {
			if err != nil || len(r.app.Secrets) != 1 {
				t.Errorf("at once: %v, %d secrets", err, len(r.app.Secrets))
			}
			continue
		}
		if !errors.As(err, &later) || !later.At.Equal(r.now.Add(okta.Soak)) || r.app.Secrets[0].Status != "INACTIVE" {
			t.Fatalf("%v, %+v", err, r.app.Secrets[0])
		}
		r.now = later.At
		if err := r.source.Revoke(t.Context(), r.target(), rotate.Revocation{Key: "ocs1"}); err != nil || len(r.app.Secrets) != 1 || r.app.Secrets[0].ID != "ocs2" {
			t.Errorf("%v, %+v", err, r.app.Secrets)
		}
	}
}

// TestThrottled waits as long as Okta says, and tells what else it refuses.
func TestThrottled(t *testing.T) {
	t.Parallel()
	r := newRig(t, oktaclient.MethodBasic)
	r.Throttle(1)
	if _, err := r.source.List(t.Context(), r.target()); err != nil {
		t.Error(err)
	}
	r.Deny(func(_, path string) bool { return strings.HasPrefix(path, "/api/") })
	if _, err := r.source.List(t.Context(), r.target()); !rest.IsStatus(err, http.StatusForbidden) || !strings.Contains(err.Error(), "E0000006") {
		t.Error(err)
	}
	other := r.target()
	for name, want := range map[string]error{"": okta.ErrApplication, "unknown": okta.ErrApplication, "checkout": okta.ErrApplication} {
		r.Deny(nil)
		other.Application = name
		if _, err := r.source.List(t.Context(), other); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := oktaclient.New(oktaclient.Config{Host: "acme.okta.com/x", App: "c", HTTP: http.DefaultClient}); !errors.Is(err, oktaclient.ErrConfig) {
		t.Error(err)
	}
}
