// SPDX-License-Identifier: Apache-2.0

package github_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cloud/github"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
)

// handler answers in place of the network.
type handler http.HandlerFunc

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	h(recorder, r)
	resp := recorder.Result()
	resp.Request = r
	return resp, nil
}

func newClient(t *testing.T, token string, h handler) *github.Client {
	t.Helper()
	client, err := github.New(github.Config{
		API: "https://github.example/api/v3", Token: redact.New(token), HTTP: &http.Client{Transport: h},
		Budget: retry.Budget{Attempts: 3, Wait: 5 * time.Minute, Base: time.Second, Cap: time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	var got http.Header
	client := newClient(t, "canary", func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
	if err := client.Get(t.Context(), "/x", nil, nil); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Accept": {"application/vnd.github+json"}, "X-Github-Api-Version": {"2022-11-28"}, "User-Agent": {"roster"}, "Authorization": {"Bearer canary"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoToken(t *testing.T) {
	t.Parallel()
	client := newClient(t, "", func(http.ResponseWriter, *http.Request) { t.Error("a request without a token was sent") })
	if err := client.Get(t.Context(), "/x", nil, nil); !errors.Is(err, github.ErrToken) {
		t.Error(err)
	}
}

// TestQuery asks GraphQL on the same host, again after a lost answer.
func TestQuery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		client := newClient(t, "t", func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			_, _ = fmt.Fprintf(w, `{"data":{"said":%q}}`, r.URL.Path+" "+string(body))
		})
		var out struct{ Said string }
		err := client.Query(t.Context(), "https://github.example/api/graphql", "query", map[string]any{"a": 1}, &out)
		if want := `/api/graphql {"query":"query","variables":{"a":1}}`; err != nil || out.Said != want || asked != 2 {
			t.Errorf("asked %d times: %q, error %v", asked, out.Said, err)
		}
		if err := client.Query(t.Context(), "https://other.example/graphql", "query", nil, &out); !errors.Is(err, rest.ErrForeignHost) {
			t.Error(err)
		}
	})
}

// TestLimits waits as GitHub asks, and retries even a POST, which had no effect.
func TestLimits(t *testing.T) {
	t.Parallel()
	const reset = "X-RateLimit-Reset"
	for name, c := range map[string]struct {
		status    int
		body      string
		header    map[string]string
		low, high time.Duration // of the pause; 0: it is not retried
	}{
		"no right":                  {403, `{"message":"Resource not accessible"}`, map[string]string{"X-RateLimit-Remaining": "17"}, 0, 0},
		"not found":                 {404, `secondary rate limit`, map[string]string{"X-RateLimit-Remaining": "0"}, 0, 0},
		"a limit that asks to wait": {403, "", map[string]string{"Retry-After": "90"}, 90 * time.Second, 90 * time.Second},
		"the primary limit":         {403, "", map[string]string{"X-RateLimit-Remaining": "0", reset: "946684860"}, time.Minute, time.Minute},
		"the primary limit as 429":  {429, "", map[string]string{"X-RateLimit-Remaining": "0", reset: "946684860"}, time.Minute, time.Minute},
		"both":                      {403, "", map[string]string{"X-RateLimit-Remaining": "0", reset: "946684860", "Retry-After": "7"}, 7 * time.Second, 7 * time.Second},
		"a secondary limit":         {403, `{"message":"You have exceeded a secondary rate limit."}`, nil, time.Minute, time.Minute},
		"longer than the budget":    {403, "", map[string]string{"X-RateLimit-Remaining": "0", reset: "946688400"}, 0, 0},
		"without a time":            {429, "", nil, time.Second / 2, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var at []time.Time
				client := newClient(t, "t", func(w http.ResponseWriter, _ *http.Request) {
					if at = append(at, time.Now()); len(at) > 1 {
						return
					}
					w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat)) // 2000-01-01 in the bubble
					w.Header().Set("X-GitHub-Request-Id", "id-1")
					for name, value := range c.header {
						w.Header().Set(name, value)
					}
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, c.body)
				})
				err := client.Post(t.Context(), "/x", nil, nil)
				if c.low == 0 {
					if !rest.IsStatus(err, c.status) || len(at) != 1 || !strings.HasSuffix(err.Error(), fmt.Sprintf("/x: status %d (request id-1)", c.status)) {
						t.Errorf("%d requests: %v", len(at), err)
					}
					return
				}
				if err != nil || len(at) != 2 || at[1].Sub(at[0]) < c.low || at[1].Sub(at[0]) > c.high {
					t.Errorf("requests at %v: %v", at, err)
				}
			})
		})
	}
}
