// SPDX-License-Identifier: Apache-2.0

package rest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/retry"
)

func TestTemporary(t *testing.T) {
	t.Parallel()
	for status := 300; status < 600; status++ {
		want := status == 408 || status == 429 || status >= 500
		if got := (&rest.Error{Status: status}).Temporary(); got != want {
			t.Errorf("%d: %t, want %t", status, got, want)
		}
		if !(&rest.Error{Status: status, Throttled: true}).Temporary() {
			t.Errorf("%d, throttled, is not temporary", status)
		}
	}
}

// TestErrors cleans what a service says, and leaves out the query.
func TestErrors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2000)
	for said, want := range map[string]string{
		`{}`: "status 409",
		`{"Code":"Conflict","Message":"there is one","RequestID":"id-1"}`:                         "status 409 Conflict: there is one (request id-1)",
		`{"Code":"a\nb","Message":"x\n::error::y\u001b[31m\u202ez \u0000","RequestID":"1\r\n::"}`: "status 409 a b: x ::error::y [31m z (request 1 ::)",
		`{"Message":"` + long + `"}`:                             "status 409: " + long[:1024] + "...",
		`{"Message":"` + strings.Repeat(long, 100) + `"}`:        "status 409", // cut off, so no JSON
		"<html>a proxy</html>":                                   "status 409",
		`{"Method":"forged","URL":"forged","Status":200} forged`: "status 409",
	} {
		client, server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, said)
		}, func(c *rest.Config) {
			c.Explain = func(e *rest.Error, _ http.Header, body []byte) {
				var words struct{ Code, Message, RequestID string }
				if json.Unmarshal(body, &words) == nil {
					e.Code, e.Message, e.RequestID = words.Code, words.Message, words.RequestID
				}
			}
		})
		err := client.Get(t.Context(), "/x y", url.Values{"sig": {"secret"}}, nil)
		if e, ok := errors.AsType[*rest.Error](err); !ok || e.Status != http.StatusConflict || err.Error() != "GET "+server.URL+"/base/x%20y: "+want {
			t.Errorf("%.100s: %v", said, err)
		}
	}
}

// TestRetryAfter reads every form, a date by the service's own clock.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const afterMs, azureMs = "Retry-After-Ms", "X-Ms-Retry-After-Ms"
	now := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(t time.Time) string { return t.Format(http.TimeFormat) }
	for _, c := range []struct {
		header, after, date string
		want                time.Duration
	}{
		{"Retry-After", "", "", 0},
		{"Retry-After", "7", "", 7 * time.Second},
		{"Retry-After", "-7", "", 0},
		{"Retry-After", "soon", "", 0},
		{"Retry-After", date(now.Add(time.Minute)), date(now), time.Minute},
		{"Retry-After", date(now.Add(-time.Minute)), date(now), 0},
		{"Retry-After", date(now.Add(time.Minute)), "today", 0},
		{afterMs, "70", "", 70 * time.Millisecond},
		{azureMs, "70", "", 70 * time.Millisecond},
		{azureMs, "-70", "", 0},
		{azureMs, "soon", "", 0},
	} {
		client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(c.header, c.after)
			w.Header().Set("Date", c.date)
			w.WriteHeader(http.StatusServiceUnavailable)
		}, func(config *rest.Config) { config.Budget = retry.Budget{} })
		err := client.Get(t.Context(), "/x", nil, nil)
		if e, ok := errors.AsType[*rest.Error](err); !ok || e.RetryAfter != c.want {
			t.Errorf("%s %q at %q: %v, error %v", c.header, c.after, c.date, e.RetryAfter, err)
		}
	}
}

// TestRetryAfterIsHonoured waits longer than the budget's own pause of a millisecond.
func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	var first time.Time
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if first.IsZero() {
			first = time.Now()
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		if d := time.Since(first); d < time.Second {
			t.Errorf("retried after %s", d)
		}
	}, nil)
	if err := client.Post(t.Context(), "/x", thing{}, nil); err != nil {
		t.Error(err)
	}
}

// TestCutConnections are told without the query of the URL, which net/http would quote.
func TestCutConnections(t *testing.T) {
	t.Parallel()
	client, server := serve(t, nil, nil)
	server.Close()
	err := client.Get(t.Context(), "/x", url.Values{"sig": {"secret"}}, nil)
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.HasPrefix(err.Error(), "GET "+server.URL+"/base/x: ") {
		t.Errorf("error is %v", err)
	}
}

// TestUnexpectedAnswers are errors that quote nothing: an answer may hold a secret.
func TestUnexpectedAnswers(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"no JSON": "<canary>", "another type": `{"name":4711}`, "an object": `{"name":{"canary":1}}`, "too long": `{"name":"` + strings.Repeat("x", 9<<20) + `"}`,
	} {
		client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) }, nil)
		err := client.Get(t.Context(), "/x", nil, &thing{})
		if !errors.Is(err, rest.ErrAnswer) || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: %v", name, err)
		}
	}
	const size = 20
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"name":"%s"}`, strings.Repeat("x", size-len(`{"name":""}`)+len(r.URL.RawQuery)))
	}, func(c *rest.Config) { c.MaxAnswer = size })
	if err := client.Get(t.Context(), "/x", nil, &thing{}); err != nil {
		t.Errorf("an answer at the limit: %v", err)
	}
	if err := client.Get(t.Context(), "/x", url.Values{"": {""}}, &thing{}); !errors.Is(err, rest.ErrAnswer) {
		t.Errorf("an answer above the limit: %v", err)
	}
	empty, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, nil)
	if err := empty.Get(t.Context(), "/x", nil, &thing{}); err != nil {
		t.Errorf("an empty answer: %v", err)
	}
}
