// SPDX-License-Identifier: Apache-2.0

package cloudtest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// The names that the tests use.
const (
	accountURL = "https://acme.documents.azure.com"
	login      = "https://login.microsoftonline.com"
	tenant     = "7b1e7f4e-3c53-4a0c-9d0e-5f6f3c1f0a11"
	client     = "c0ffee00-1d2c-4b3a-8f4e-2a6b7c8d9e0f"
	docs       = "/dbs/roster/colls/orders/docs"
)

// reply is an answer read to its end.
type reply struct {
	status int
	header http.Header
	body   string
	err    error
}

func (r reply) field(t *testing.T, name string) any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(r.body), &fields); err != nil {
		t.Fatalf("%v in %q", err, r.body)
	}
	return fields[name]
}

// send sends one request of an in-process client on a new connection.
func send(t *testing.T, c *cloudtest.Cloud, method, target, body string, header map[string]string) reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	transport := c.Transport()
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(text), err}
}

// exchange requests an access token from Entra.
func exchange(t *testing.T, c *cloudtest.Cloud, assertion, scope string, over map[string]string) reply {
	t.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {client}, "scope": {scope}, "client_assertion": {assertion},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	target := tenant
	for name, value := range over {
		switch {
		case name == "tenant":
			target = value
		case value == "":
			form.Del(name)
		default:
			form.Set(name, value)
		}
	}
	return send(t, c, http.MethodPost, login+"/"+target+"/oauth2/v2.0/token", form.Encode(),
		map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
}

// access is a token for the account.
func access(t *testing.T, c *cloudtest.Cloud, scope string) string {
	t.Helper()
	r := exchange(t, c, c.Mint(nil), scope, nil)
	text, _ := r.field(t, "access_token").(string)
	if text == "" {
		t.Fatalf("no token: %d %s", r.status, r.body)
	}
	return text
}

func aad(token string) map[string]string {
	return map[string]string{"Authorization": "type=aad&ver=1.0&sig=" + token}
}

// fakeItems is the minimum of Cosmos behind the account: it stores items by path, as
// they were sent.
type fakeItems struct {
	url string

	mu       sync.Mutex // guards the fields below
	items    map[string]string
	requests []*http.Request
}

func startItems(t *testing.T) *fakeItems {
	t.Helper()
	f := &fakeItems{items: map[string]string{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

func (f *fakeItems) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Location", f.url+r.URL.Path)
	w.Header().Set("X-Ms-Session-Token", "0:-1#7")
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/colls/orders"):
		_, _ = io.WriteString(w, `{"id":"orders","_rid":"x","partitionKey":{"paths":["/pk"],"kind":"Hash","version":2}}`)
	case r.Method == http.MethodGet:
		if item, ok := f.items[r.URL.Path]; ok {
			_, _ = io.WriteString(w, item)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	case r.Header.Get("X-Ms-Cosmos-Is-Batch-Request") != "":
		var members []struct{ ResourceBody json.RawMessage }
		_ = json.Unmarshal(body, &members)
		results := []map[string]any{}
		for _, member := range members {
			f.put(r.URL.Path, member.ResourceBody)
			results = append(results, map[string]any{"statusCode": 201, "requestCharge": 1, "eTag": "e"})
		}
		_ = json.NewEncoder(w).Encode(results)
	default:
		f.put(r.URL.Path, body)
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(body)
	}
}

func (f *fakeItems) put(path string, body []byte) {
	var item struct{ ID string }
	_ = json.Unmarshal(body, &item)
	f.items[path+"/"+item.ID] = string(body)
}

func (f *fakeItems) has(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.items[docs+"/"+id]
	return ok
}
