// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/test/cloudtest"
)

// TestNoFailureShowsASecret makes every request between a job, its issuer and Entra
// fail in every way, in every kind of job, and checks the errors. All cases wait for
// their retries at the same time.
func TestNoFailureShowsASecret(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	for _, fault := range []cloudtest.Fault{
		{Status: 400}, {Status: 401}, {Status: 404}, {Status: 503}, {Cut: true}, {Truncate: true}, {Cut: true, After: true},
	} {
		for _, kind := range []cloudtest.Kind{cloudtest.KindOIDC, cloudtest.KindToken, cloudtest.KindDiscovery} {
			cloud := cloudtest.Start(t, cloudtest.Config{})
			cloud.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
				if x.Kind == kind {
					return fault
				}
				return cloudtest.Fault{}
			})
			for _, j := range jobs() {
				asks := j.source == identity.GitHubActions || j.source == identity.AzurePipelines
				if kind == cloudtest.KindOIDC && !asks {
					continue
				}
				c, out := config(cloud, j.env(t, cloud))
				i := newIdentity(t, c)
				wait.Go(func() {
					_, err := get(t.Context(), i)
					if problem := indiscretion(err, kind, out.String(), cloud.Secrets()); problem != "" {
						t.Errorf("%s, %s with %+v: %s: %v", j.name, kind, fault, problem, err)
					}
				})
			}
		}
	}
	wait.Wait()
}

// indiscretion returns the problem of an error text, "" if it has none.
func indiscretion(err error, kind cloudtest.Kind, commands string, secrets []string) string {
	if err == nil {
		return "there is no error"
	}
	if secret := leak(err, secrets); secret != "" {
		return "the error holds " + secret
	}
	if kind == cloudtest.KindOIDC != errors.Is(err, identity.ErrAssertion) {
		return "the wrong one is blamed"
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		return "the error has line breaks"
	}
	for line := range strings.Lines(commands) {
		if !strings.HasPrefix(line, "::add-mask::ey") {
			return "the runner is told " + line
		}
	}
	return ""
}

func TestShortTroubleIsSatOut(t *testing.T) {
	t.Parallel()
	for _, kind := range []cloudtest.Kind{cloudtest.KindOIDC, cloudtest.KindToken} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			var asked atomic.Int32
			cloud.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
				if x.Kind == kind && asked.Add(1) <= 2 {
					return cloudtest.Fault{Status: http.StatusInternalServerError}
				}
				return cloudtest.Fault{}
			})
			c, _ := config(cloud, cloud.GitHubEnv())
			if _, err := get(t.Context(), newIdentity(t, c)); err != nil || asked.Load() != 3 {
				t.Errorf("GetToken asked %d times: %v; want 3 times, and no error", asked.Load(), err)
			}
		})
	}
}

func TestAnEndedContextIsToldAsSuch(t *testing.T) {
	t.Parallel()
	for _, kind := range []cloudtest.Kind{cloudtest.KindOIDC, cloudtest.KindDiscovery, cloudtest.KindToken} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cloud.OnRequest(func(x cloudtest.Exchange) cloudtest.Fault {
				if x.Kind == kind {
					cancel()
				}
				return cloudtest.Fault{}
			})
			c, _ := config(cloud, cloud.GitHubEnv())
			if _, err := get(ctx, newIdentity(t, c)); !errors.Is(err, context.Canceled) {
				t.Errorf("GetToken: %v, want %v", err, context.Canceled)
			}
		})
	}
}

func TestAzurePipelinesRefusesWithAdvice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, set, want string }{
		{"access token", "SYSTEM_ACCESSTOKEN=stale-canary-0123456789", "status 401; check that SYSTEM_ACCESSTOKEN is the $(System.AccessToken) of this job"},
		{"connection", "ROSTER_SERVICE_CONNECTION=" + other, `status 404; check that "` + other + `" is the id of a service connection`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cloud := cloudtest.Start(t, cloudtest.Config{})
			c, _ := config(cloud, append(cloud.AzurePipelinesEnv(), test.set))
			_, err := get(t.Context(), newIdentity(t, c))
			if !errors.Is(err, identity.ErrAssertion) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("GetToken: %v, want %v with %q", err, identity.ErrAssertion, test.want)
			}
			if secret := leak(err, append(cloud.Secrets(), "stale-canary-0123456789")); secret != "" {
				t.Errorf("the error holds %q", secret)
			}
			if n := count(cloud, cloudtest.KindToken); n != 0 {
				t.Errorf("%d exchanges, want none", n)
			}
		})
	}
}
