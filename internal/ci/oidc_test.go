// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/appofapps/roster/internal/ci"
)

const (
	requestToken = "canary-request-token"
	idToken      = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ"
)

// job is the environment of one that may ask for ID tokens.
func job(set ...string) func(string) string {
	env := map[string]string{
		"GITHUB_ACTIONS":                 "true",
		"ACTIONS_ID_TOKEN_REQUEST_URL":   "https://run.example/token?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": requestToken,
	}
	for _, entry := range set {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

// reply is what GitHub answers.
type reply struct {
	status int
	body   string
	cut    bool // there is none
	half   bool // it ends too early
}

func value(token string) reply {
	return reply{status: http.StatusOK, body: fmt.Sprintf(`{"count":1,"value":%q}`, token)}
}

// github answers requests in order, with the last reply for all that follow.
type github struct {
	replies  []reply
	requests []*http.Request
	times    []time.Time
}

func (g *github) RoundTrip(r *http.Request) (*http.Response, error) {
	reply := g.replies[min(len(g.requests), len(g.replies)-1)]
	g.requests, g.times = append(g.requests, r), append(g.times, time.Now())
	if reply.cut {
		return nil, errors.New("connection reset")
	}
	body := io.Reader(strings.NewReader(reply.body))
	if reply.half {
		body = io.MultiReader(body, failing{})
	}
	header := http.Header{"Location": {"https://elsewhere.example/"}}
	return &http.Response{StatusCode: reply.status, Header: header, Body: io.NopCloser(body), Request: r}, nil
}

type failing struct{}

func (failing) Read([]byte) (int, error)  { return 0, io.ErrUnexpectedEOF }
func (failing) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestIDToken(t *testing.T) {
	t.Parallel()
	const other = "canary-of-an-answer"
	busy, cut, half := reply{status: 503, body: other}, reply{cut: true}, reply{status: 200, body: `{"value":"` + idToken, half: true}
	for _, test := range []struct {
		name    string
		replies []reply
		calls   int
		want    string // of the error; "" for a token
	}{
		{"at once", []reply{value(idToken)}, 1, ""},
		{"busy twice", []reply{busy, {status: 429}, value(idToken)}, 3, ""},
		{"cut, then half", []reply{cut, half, value(idToken)}, 3, ""},
		{"busy for good", []reply{busy}, 3, "no ID token from GitHub: status 503"},
		{"cut for good", []reply{cut}, 3, "no ID token from GitHub: connection reset"},
		{"half for good", []reply{half}, 3, "truncated or undocumented answer"},
		{"not allowed", []reply{{status: 403, body: other}}, 1, "status 403; the job needs `permissions: {id-token: write}`"},
		{"not there", []reply{{status: 404, body: other}}, 1, "status 404"},
		{"sent elsewhere", []reply{{status: 302}}, 1, "status 302"},
		{"a page", []reply{{status: 200, body: "<html>" + other}}, 3, "truncated or undocumented answer"},
		{"no token", []reply{{status: 200, body: `{}`}}, 1, "the answer is not a JSON Web Token"},
		{"a command", []reply{value("e.e.e\n::stop-commands::canary")}, 1, "the answer is not a JSON Web Token"},
		{"half a token", []reply{value("eyJhbGciOi.")}, 1, "the answer is not a JSON Web Token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server, out := &github{replies: test.replies}, &bytes.Buffer{}
				token, err := ci.IDToken(job(), &http.Client{Transport: server}, out)(t.Context(), "api://AzureADTokenExchange")
				if len(server.requests) != test.calls {
					t.Errorf("%d requests, want %d", len(server.requests), test.calls)
				}
				for _, r := range server.requests {
					if r.URL.String() != "https://run.example/token?api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange" ||
						r.Header.Get("Authorization") != "Bearer "+requestToken {
						t.Errorf("request to %s with %q", r.URL, r.Header)
					}
				}
				for i := 1; i < len(server.times); i++ {
					if pause := server.times[i].Sub(server.times[i-1]); pause < time.Second/2 || pause > 4*time.Second {
						t.Errorf("pause %d is %v", i, pause)
					}
				}
				if test.want == "" {
					if token != idToken || err != nil || out.String() != "::add-mask::"+idToken+"\n" {
						t.Errorf("token %q, error %v, commands %q", token, err, out)
					}
					return
				}
				if token != "" || !errors.Is(err, ci.ErrNoIDToken) || !strings.Contains(err.Error(), test.want) || out.Len() != 0 {
					t.Errorf("token %q, error %v, commands %q; want %q", token, err, out, test.want)
				}
				if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "canary") || strings.Contains(text, "eyJ") {
					t.Errorf("the error holds what is secret: %s", text)
				}
			})
		})
	}
}

func TestAnIDTokenThatCannotBeMaskedIsNotGiven(t *testing.T) {
	t.Parallel()
	token, err := ci.IDToken(job(), &http.Client{Transport: &github{replies: []reply{value(idToken)}}}, failing{})(t.Context(), "a")
	if want := "mask the ID token: broken pipe"; token != "" || err == nil || err.Error() != want {
		t.Errorf("token %q, error %v; want %q", token, err, want)
	}
}

func TestAnIDTokenIsNotWaitedForInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		start := time.Now()
		server := &github{replies: []reply{{status: 502}}}
		_, err := ci.IDToken(job(), &http.Client{Transport: server}, io.Discard)(ctx, "a")
		if !errors.Is(err, ci.ErrNoIDToken) || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Millisecond {
			t.Errorf("error %v after %v, want %v after a millisecond", err, time.Since(start), context.DeadlineExceeded)
		}
	})
}

func TestWhoMayAskForAnIDToken(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"GITHUB_ACTIONS=", "ACTIONS_ID_TOKEN_REQUEST_URL=", "ACTIONS_ID_TOKEN_REQUEST_TOKEN="} {
		if ci.IDToken(job(set), nil, io.Discard) != nil {
			t.Errorf("with %q there is a way to ask", set)
		}
	}
	_, err := ci.IDToken(job("ACTIONS_ID_TOKEN_REQUEST_URL=http://run.example/token"), nil, io.Discard)(t.Context(), "a")
	if !errors.Is(err, ci.ErrNoIDToken) || !strings.Contains(err.Error(), "not an https URL") {
		t.Errorf("in the clear: %v, want %v", err, ci.ErrNoIDToken)
	}
}
