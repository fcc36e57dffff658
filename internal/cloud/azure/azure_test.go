// SPDX-License-Identifier: Apache-2.0

package azure_test

import (
	"context"
	"encoding/json"
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

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/retry"
)

const (
	scope = "https://service.example/.default"
	token = "canary-token"
)

// credential hands out the token for the scope, and for no other.
type credential struct{ t *testing.T }

func (c credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if diff := cmp.Diff([]string{scope}, o.Scopes); diff != "" {
		c.t.Errorf("scopes (-want +got):\n%s", diff)
	}
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// serve starts a service and returns a client of it.
func serve(t *testing.T, handler http.HandlerFunc) (*azure.Client, *httptest.Server) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	client, err := azure.New(server.URL+"/base", scope, credential{t}, azure.Config{
		APIVersion: "2026-01-01",
		Transport:  server.Client().Transport,
		Budget:     retry.Budget{Attempts: 4, Wait: 10 * time.Second, Base: time.Millisecond, Cap: time.Millisecond},
		PollEvery:  time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

type thing struct {
	Name string `json:"name"`
}

func TestRequestsAreAsTheyShouldBe(t *testing.T) {
	t.Parallel()
	type seen struct{ Method, URI, Authorization, Body string }
	var got []seen
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, seen{r.Method, r.RequestURI, r.Header.Get("Authorization"), string(body)})
		_, _ = io.WriteString(w, `{"name":"answer"}`)
	})
	ctx, path := t.Context(), rest.Path("a b", "c/d?e")
	var out thing
	err := errors.Join(
		client.Get(ctx, path, url.Values{"$filter": {"x eq 'y z'"}}, &out),
		client.Put(ctx, path, thing{"in"}, &out),
		client.Post(ctx, path, thing{"in"}, nil),
		client.Post(ctx, path, nil, nil),
		client.Patch(ctx, path, thing{"in"}, &out),
		client.Delete(ctx, path),
	)
	if err != nil || out.Name != "answer" {
		t.Fatalf("answer %+v, error %v", out, err)
	}
	const uri, auth = "/base/a%20b/c%2Fd%3Fe?", "Bearer " + token
	want := []seen{
		{"GET", uri + "%24filter=x%20eq%20%27y%20z%27&api-version=2026-01-01", auth, ""},
		{"PUT", uri + "api-version=2026-01-01", auth, `{"name":"in"}`},
		{"POST", uri + "api-version=2026-01-01", auth, `{"name":"in"}`},
		{"POST", uri + "api-version=2026-01-01", auth, ""},
		{"PATCH", uri + "api-version=2026-01-01", auth, `{"name":"in"}`},
		{"DELETE", uri + "api-version=2026-01-01", auth, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEndpointsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, endpoint := range []string{
		"http://host.example", "host.example", "https://", "https://user:secret@host.example", "https://host.example?a=b",
		"https://host.example#x", "ftp://host.example", "", "https://host.example/%zz",
	} {
		if _, err := azure.New(endpoint, scope, credential{t}, azure.Config{}); err == nil {
			t.Errorf("endpoint %q is taken", endpoint)
		}
	}
	if _, err := azure.New("https://host.example", scope, nil, azure.Config{}); err == nil {
		t.Error("no credential is taken")
	}
	if _, err := azure.New("https://host.example", "", credential{t}, azure.Config{}); err == nil {
		t.Error("no scope is taken")
	}
}

// TestTokenStaysWithTheHost leads the client away in every way an answer can.
func TestTokenStaysWithTheHost(t *testing.T) {
	t.Parallel()
	var stray atomic.Int32
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stray.Add(1) }))
	t.Cleanup(elsewhere.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stray.Add(1) }))
	t.Cleanup(plain.Close)
	get := func(ctx context.Context, c *azure.Client) error { return c.Get(ctx, "/x", nil, nil) }
	put := func(ctx context.Context, c *azure.Client) error { return c.Put(ctx, "/x", thing{}, nil) }
	post := func(ctx context.Context, c *azure.Client) error { return c.Post(ctx, "/x", thing{}, nil) }
	patch := func(ctx context.Context, c *azure.Client) error { return c.Patch(ctx, "/x", thing{}, nil) }
	remove := func(ctx context.Context, c *azure.Client) error { return c.Delete(ctx, "/x") }
	list := func(ctx context.Context, c *azure.Client) error {
		_, err := azure.List[thing](ctx, c, "/x", nil)
		return err
	}
	page := func(key string) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, link string) {
			_ = json.NewEncoder(w).Encode(map[string]any{"value": []thing{{"a"}}, key: link})
		}
	}
	header := func(name string, status int) func(http.ResponseWriter, string) {
		return func(w http.ResponseWriter, link string) {
			w.Header().Set(name, link)
			w.WriteHeader(status)
		}
	}
	ways := []struct {
		name   string
		lead   func(http.ResponseWriter, string)
		ask    func(context.Context, *azure.Client) error
		status int // of the error; 0: ErrForeignHost
	}{
		{"301", header("Location", 301), get, 301},
		{"302 of a POST", header("Location", 302), post, 302},
		{"307 of a PUT", header("Location", 307), put, 307},
		{"308", header("Location", 308), get, 308},
		{"next page", page("nextLink"), list, 0},
		{"next page of OData", page("@odata.nextLink"), list, 0},
		{"operation of a PUT", header("Azure-AsyncOperation", 201), put, 0},
		{"operation of a POST", header("Azure-AsyncOperation", 202), post, 0},
		{"location of a PUT", header("Location", 202), put, 0},
		{"location of a POST", header("Location", 202), post, 0},
		{"location of a PATCH", header("Location", 202), patch, 0},
		{"location of a DELETE", header("Location", 202), remove, 0},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			for _, link := range []string{elsewhere.URL + "/x?sig=secret", plain.URL + "/x?sig=secret", "https://service.example@" + strings.TrimPrefix(elsewhere.URL, "https://") + "/"} {
				client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { way.lead(w, link) })
				err := way.ask(t.Context(), client)
				if way.status == 0 && !errors.Is(err, rest.ErrForeignHost) {
					t.Errorf("to %s: error is %v, want ErrForeignHost", link, err)
				}
				if way.status != 0 && !rest.IsStatus(err, way.status) {
					t.Errorf("to %s: error is %v, want status %d", link, err, way.status)
				}
				if err != nil && strings.Contains(err.Error(), "secret") {
					t.Errorf("the error tells the link's query: %v", err)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := stray.Load(); n > 0 {
			t.Errorf("%d requests went elsewhere", n)
		}
	})
}

// TestSchemeIsPartOfTheHost: the same host over http gets no token either.
func TestSchemeIsPartOfTheHost(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"nextLink": "http://" + r.Host + "/base/x"})
	})
	if _, err := azure.List[thing](t.Context(), client, "/x", nil); !errors.Is(err, rest.ErrForeignHost) {
		t.Errorf("error is %v, want ErrForeignHost", err)
	}
}

func TestListReadsAllPages(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		link := "https://" + r.Host + r.URL.Path + "?page="
		pages := map[string]any{
			"":  map[string]any{"value": []thing{{"a"}}, "nextLink": link + "2"},
			"2": map[string]any{"value": []thing{}, "@odata.nextLink": link + "3"}, // pages may be empty
			"3": map[string]any{"value": []thing{{"b"}, {"c"}}},
		}
		_ = json.NewEncoder(w).Encode(pages[r.URL.Query().Get("page")])
	})
	got, err := azure.List[thing](t.Context(), client, "/x", nil)
	if diff := cmp.Diff([]thing{{"a"}, {"b"}, {"c"}}, got); err != nil || diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestListEnds(t *testing.T) {
	t.Parallel()
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"nextLink": "https://" + r.Host + r.URL.Path})
	})
	if _, err := azure.List[thing](t.Context(), client, "/x", nil); err == nil {
		t.Error("a page that leads to itself ends without an error")
	}
}

// TestRepetitions counts what is sent again, and what must not be.
func TestRepetitions(t *testing.T) {
	t.Parallel()
	const cut = 0
	cases := []struct {
		method string
		status int
		want   int32 // requests, until the limit of one and three repetitions
	}{
		{"GET", 429, 4},
		{"GET", 503, 4},
		{"GET", 500, 4},
		{"GET", 403, 1},
		{"GET", 404, 1},
		{"GET", cut, 4},
		{"PUT", 429, 4},
		{"PUT", 503, 4},
		{"PUT", 409, 1},
		{"PUT", cut, 4},
		{"POST", 429, 4},
		{"POST", 503, 1},
		{"POST", 500, 1},
		{"POST", 504, 1},
		{"POST", cut, 1},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.method, c.status), func(t *testing.T) {
			t.Parallel()
			var sent atomic.Int32
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				sent.Add(1)
				if c.status == cut {
					panic(http.ErrAbortHandler)
				}
				w.WriteHeader(c.status)
			})
			do := map[string]func(context.Context) error{
				"GET":  func(ctx context.Context) error { return client.Get(ctx, "/x", nil, nil) },
				"PUT":  func(ctx context.Context) error { return client.Put(ctx, "/x", thing{"in"}, nil) },
				"POST": func(ctx context.Context) error { return client.Post(ctx, "/x", thing{"in"}, nil) },
			}
			if err := do[c.method](t.Context()); err == nil {
				t.Error("no error")
			}
			if got := sent.Load(); got != c.want {
				t.Errorf("%d requests, want %d", got, c.want)
			}
		})
	}
}

// TestRetryAfterIsHonoured waits as long as it is told, which its own delay of a
// millisecond would not.
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
			t.Errorf("repeated after %s", d)
		}
	})
	if err := client.Post(t.Context(), "/x", thing{}, nil); err != nil {
		t.Error(err)
	}
}

// refusing is a credential that gives no token.
type refusing struct {
	asked *atomic.Int32
	err   error
}

func (r refusing) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	r.asked.Add(1)
	return azcore.AccessToken{}, r.err
}

// TestRefusedLoginIsFinal asks a credential once: it has retried by itself.
func TestRefusedLoginIsFinal(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	refused := errors.New("login refused")
	client, err := azure.New("https://service.example", scope, refusing{&asked, refused}, azure.Config{
		Budget: retry.Budget{Attempts: 4, Wait: time.Second, Base: time.Millisecond, Cap: time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Get(t.Context(), "/x", nil, nil); !errors.Is(err, refused) || asked.Load() != 1 {
		t.Errorf("asked %d times, error %v", asked.Load(), err)
	}
}
