// SPDX-License-Identifier: Apache-2.0

package rest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/retry"
)

// serve starts a service and returns a client of it, with four attempts.
func serve(t *testing.T, handler http.HandlerFunc, change func(*rest.Config)) (*rest.Client, *httptest.Server) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	config := rest.Config{
		Endpoint: server.URL + "/base/", Client: server.Client(),
		Budget: retry.Budget{Attempts: 4, Wait: 10 * time.Second, Base: time.Millisecond, Cap: time.Millisecond},
	}
	if change != nil {
		change(&config)
	}
	client, err := rest.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

type thing struct {
	Name string `json:"name"`
}

func TestRequests(t *testing.T) {
	t.Parallel()
	type seen struct{ Method, URI, Type, Accept, Token, Body string }
	var got []seen
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, seen{r.Method, r.RequestURI, r.Header.Get("Content-Type"), r.Header.Get("Accept"), r.Header.Get("Authorization"), string(body)})
		_, _ = io.WriteString(w, `{"name":"answer"}`)
	}, func(c *rest.Config) {
		c.Header, c.Query = http.Header{"accept": {"text/own"}}, url.Values{"v": {"1"}}
		c.Authorize = func(r *http.Request) error { r.Header.Set("Authorization", "Bearer t"); return nil }
	})
	ctx, path := t.Context(), rest.Path("a b", "c/d?e")
	var out thing
	_, formErr := client.Once(ctx, rest.Request{Method: "POST", Path: path, Form: url.Values{"k": {"x y"}}, Header: http.Header{"accept": {"text/other"}}})
	err := errors.Join(formErr,
		client.Get(ctx, path, url.Values{"q": {"x eq 'y z'"}}, &out),
		client.Get(ctx, client.URL("/link?page=2"), url.Values{"ignored": {"1"}}, &out),
		client.Put(ctx, path, thing{"in"}, &out),
		client.Post(ctx, path, thing{"in"}, nil),
		client.Post(ctx, path, nil, nil),
		client.Patch(ctx, path, thing{"in"}, &out),
		client.Delete(ctx, path),
	)
	if err != nil || out.Name != "answer" {
		t.Fatalf("answer %+v, error %v", out, err)
	}
	const uri, kind, own, bearer, in = "/base/a%20b/c%2Fd%3Fe?v=1", "application/json", "text/own", "Bearer t", `{"name":"in"}`
	want := []seen{
		{"POST", uri, "application/x-www-form-urlencoded", "text/other", bearer, "k=x+y"},
		{"GET", "/base/a%20b/c%2Fd%3Fe?q=x%20eq%20%27y%20z%27&v=1", "", own, bearer, ""},
		{"GET", "/base/link?page=2", "", own, bearer, ""},
		{"PUT", uri, kind, own, bearer, in},
		{"POST", uri, kind, own, bearer, in},
		{"POST", uri, "", own, bearer, ""},
		{"PATCH", uri, kind, own, bearer, in},
		{"DELETE", uri, "", own, bearer, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEndpointsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		"http://host.example", "host.example", "https://", "https://user:secret@host.example", "https://host.example?a=secret",
		"https://host.example#x", "ftp://host.example", "", "https://host.example/%zz",
	} {
		if _, err := rest.New(rest.Config{Endpoint: endpoint}); !errors.Is(err, rest.ErrEndpoint) || strings.Contains(err.Error(), "secret") {
			t.Errorf("endpoint %q: %v", endpoint, err)
		}
	}
}

// TestLinksStayOnTheHost follows no link and no redirect to another host, and sends it no
// credential.
func TestLinksStayOnTheHost(t *testing.T) {
	t.Parallel()
	var stray, authorized atomic.Int32
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stray.Add(1) })
	elsewhere, plain := httptest.NewTLSServer(count), httptest.NewServer(count)
	t.Cleanup(elsewhere.Close)
	t.Cleanup(plain.Close)
	links := []string{elsewhere.URL + "/x?sig=secret", plain.URL + "/x?sig=secret", "https://host.example@" + elsewhere.Listener.Addr().String() + "/", "relative", "https://%zz"}
	client, server := serve(t, nil, func(c *rest.Config) {
		c.Authorize = func(*http.Request) error { authorized.Add(1); return nil }
	})
	for _, link := range append(links, strings.Replace(server.URL, "https", "http", 1)+"/base", strings.Replace(server.URL, "https://", "https://user@", 1)) {
		err := client.Get(t.Context(), link, nil, nil)
		if !errors.Is(err, rest.ErrForeignHost) && !errors.Is(err, rest.ErrAnswer) || strings.Contains(err.Error(), "secret") {
			t.Errorf("link %s: %v", link, err)
		}
	}
	if n := authorized.Load(); n > 0 {
		t.Errorf("%d credentials were given out", n)
	}
	for _, status := range []int{301, 302, 303, 307, 308} {
		leading, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", links[0])
			w.WriteHeader(status)
		}, nil)
		for _, err := range []error{leading.Get(t.Context(), "/x", nil, nil), leading.Post(t.Context(), "/x", thing{}, nil)} {
			if !rest.IsStatus(err, status) {
				t.Errorf("redirect %d: %v", status, err)
			}
		}
	}
	if n := stray.Load(); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

// TestRetries counts attempts. Whatever may have had an effect is sent once, unless it is
// idempotent.
func TestRetries(t *testing.T) {
	t.Parallel()
	const cut, half = 0, 200
	once, all := int32(1), int32(4)
	for _, c := range []struct {
		method     string
		idempotent bool
		want       map[int]int32 // by status
	}{
		{"GET", false, map[int]int32{403: once, 404: once, 408: all, 429: all, 500: all, 501: all, 503: all, cut: all, half: all}},
		{"PUT", false, map[int]int32{409: once, 429: all, 503: all, cut: all, half: all}},
		{"PATCH", false, map[int]int32{409: once, 429: all, 503: all, cut: all, half: all}},
		{"DELETE", false, map[int]int32{409: once, 429: all, 503: all, cut: all, half: all}},
		{"POST", false, map[int]int32{400: once, 429: all, 500: once, 503: once, 504: once, cut: once, half: once}},
		{"POST", true, map[int]int32{400: once, 429: all, 500: all, 503: all, cut: all, half: all}},
	} {
		for status, want := range c.want {
			t.Run(fmt.Sprint(c.method, status, c.idempotent), func(t *testing.T) {
				t.Parallel()
				var sent, asked atomic.Int32
				client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					sent.Add(1)
					switch status {
					case half:
						w.Header().Set("Content-Length", "100")
						_, _ = io.WriteString(w, `{"name"`)
					case cut:
						panic(http.ErrAbortHandler)
					default:
						w.WriteHeader(status)
					}
				}, func(config *rest.Config) {
					config.Authorize = func(*http.Request) error { asked.Add(1); return nil }
				})
				err := client.Exchange(t.Context(), rest.Request{Method: c.method, Path: "/x", Idempotent: c.idempotent}, &thing{})
				if got := sent.Load(); err == nil || got != want || asked.Load() != want {
					t.Errorf("%d requests with %d credentials, want %d; error %v", got, asked.Load(), want, err)
				}
			})
		}
	}
}

// TestOneAttemptIsMarked leaves the retries of Once to its caller.
func TestOneAttemptIsMarked(t *testing.T) {
	t.Parallel()
	sent := 0
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		sent++
		w.Header().Set("Nonce", fmt.Sprint(sent))
		w.WriteHeader(http.StatusTooManyRequests)
	}, nil)
	budget := retry.Budget{Attempts: 3, Wait: time.Second}
	nonce := ""
	err := retry.Do(t.Context(), budget, func(ctx context.Context) error {
		answer, err := client.Once(ctx, rest.Request{Method: "POST", Path: "/x"})
		nonce = answer.Header.Get("Nonce")
		return err
	})
	if !rest.IsStatus(err, http.StatusTooManyRequests) || sent != 3 || nonce != "3" {
		t.Errorf("%d attempts, nonce %q, error %v", sent, nonce, err)
	}
}

// final is an error of a credential in azcore's way.
type final struct{ error }

func (final) NonRetriable() {}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestFinalErrors: neither a transport's final error nor one of Authorize is retried.
func TestFinalErrors(t *testing.T) {
	t.Parallel()
	refused, asked := errors.New("login refused"), 0
	transport, _ := serve(t, nil, func(c *rest.Config) {
		c.Client = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { asked++; return nil, final{refused} })}
	})
	if err := transport.Get(t.Context(), "/x", url.Values{"sig": {"secret"}}, nil); asked != 1 || err == nil || !strings.HasSuffix(err.Error(), "/base/x: login refused") {
		t.Errorf("asked %d times: %v", asked, err)
	}
	asked = 0
	credential, _ := serve(t, nil, func(c *rest.Config) { c.Authorize = func(*http.Request) error { asked++; return refused } })
	if err := credential.Get(t.Context(), "/x", nil, nil); asked != 1 || !errors.Is(err, refused) {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

// TestRejected tells of each 401, and of nothing else.
func TestRejected(t *testing.T) {
	t.Parallel()
	told, status := 0, 401
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }, func(c *rest.Config) { c.Rejected = func() { told++ } })
	if err := client.Get(t.Context(), "/x", nil, nil); !rest.IsStatus(err, 401) || told != 1 {
		t.Errorf("told %d times: %v", told, err)
	}
	status = 403
	if err := client.Get(t.Context(), "/x", nil, nil); !rest.IsStatus(err, 403) || told != 1 {
		t.Errorf("told %d times: %v", told, err)
	}
}
