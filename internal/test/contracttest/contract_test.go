// SPDX-License-Identifier: Apache-2.0

package contracttest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/contracttest"
)

const (
	account = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/platform/providers/Microsoft.DocumentDB/databaseAccounts/acme-registry"
	version = "?api-version=2021-06-15"
	app     = "22222222-2222-2222-2222-222222222222"
)

// witness records the failures that would be reported to a test.
type witness struct {
	testing.TB
	errors []string
	ended  string
}

// newWitness skips the test where there are no descriptions.
func newWitness(t *testing.T) *witness {
	t.Helper()
	contracttest.New(t, "azure-cosmos-arm-2021-06-15.json", nil)
	return &witness{TB: t}
}

func (w *witness) Errorf(format string, args ...any) {
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
}

func (w *witness) Skipf(format string, args ...any) {
	w.ended = "skip: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (w *witness) Fatalf(format string, args ...any) {
	w.ended = "fatal: " + fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func ask(handler http.Handler, method, uri, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, uri, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder
}

// TestRequestsAgainstTheDescription checks that invalid requests are answered with 400
// and fail the test. The first request of each kind is valid.
func TestRequestsAgainstTheDescription(t *testing.T) {
	t.Parallel()
	w := newWitness(t)
	arm := contracttest.NewARM(w)
	arm.Polls = 0
	graph := contracttest.NewGraph(w, &contracttest.Application{ID: app, AppID: app})
	const federations = "/v1.0/applications/" + app + "/federatedIdentityCredentials"
	cases := []struct {
		name              string
		handler           http.Handler
		method, uri, body string
		refused           string // a part of what the test is told; "" for nothing
	}{
		{"account", arm, "GET", account + version, "", ""},
		{"no version", arm, "GET", account, "", "api-version"},
		{"another version", arm, "GET", account + "?api-version=2026-01-01", "", "api-version"},
		{"unknown parameter", arm, "GET", account + version + "&expand=x", "", `no parameter "expand"`},
		{"unknown path", arm, "GET", account + "/sqlDatabase" + version, "", "no matching operation"},
		{"unknown method", arm, "POST", account + version, "{}", "method not allowed"},
		{"account's name", arm, "GET", strings.ReplaceAll(account, "acme-registry", "A") + version, "", "accountName"},
		{"database", arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"resource":{"id":"db"},"options":{"throughput":400}}}`, ""},
		{"misspelt field", arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"resource":{"id":"db"},"options":{"throughPut":400}}}`, "throughPut"},
		{"missing field", arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"options":{}}}`, "resource"},
		{"wrong type", arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"resource":{"id":"db"},"options":{"throughput":"400"}}}`, "throughput"},
		{"read-only field", arm, "PUT", account + "/sqlDatabases/db" + version, `{"id":"x","properties":{"resource":{"id":"db"}}}`, "id"},
		{"no JSON", arm, "PUT", account + "/sqlDatabases/db" + version, `{`, "decode"},
		{"no body", arm, "PUT", account + "/sqlDatabases/db" + version, ``, "required"},
		{"body of a GET", arm, "GET", account + version, `{}`, "body not allowed"},
		{"role", arm, "PUT", account + "/sqlRoleDefinitions/x" + version, `{"properties":{"roleName":"x","type":"CustomRole"}}`, ""},
		{"role's type", arm, "PUT", account + "/sqlRoleDefinitions/x" + version, `{"properties":{"roleName":"x","type":"OwnRole"}}`, "type"},
		{"application", graph, "GET", "/v1.0/applications?$filter=appId%20eq%20'x'&$select=id,appId", "", ""},
		{"unknown property", graph, "GET", "/v1.0/applications?$filter=appId%20eq%20'x'&$select=id,secret", "", "select"},
		{"misspelt option", graph, "GET", "/v1.0/applications?$filtre=x", "", `no parameter "$filtre"`},
		{"federation", graph, "POST", federations, `{"name":"abc","issuer":"i","subject":"s","audiences":["a"]}`, ""},
		{"misspelt audience", graph, "POST", federations, `{"name":"abc","issuer":"i","subject":"s","audience":["a"]}`, "audience"},
		{"audiences as text", graph, "POST", federations, `{"name":"abc","issuer":"i","subject":"s","audiences":"a"}`, "audiences"},
	}
	for _, c := range cases { // one after the other: they share the witness
		w.errors = nil
		answer := ask(c.handler, c.method, c.uri, c.body)
		told := strings.Join(w.errors, "\n")
		switch {
		case c.refused == "" && (told != "" || answer.Code >= 300):
			t.Errorf("%s: status %d, %s", c.name, answer.Code, told)
		case c.refused != "" && (answer.Code != http.StatusBadRequest || !strings.Contains(told, c.refused)):
			t.Errorf("%s: status %d, told %q, want %q", c.name, answer.Code, told, c.refused)
		}
	}
}

// TestAnswersAgainstTheDescription checks that an answer that violates the description
// fails the test.
func TestAnswersAgainstTheDescription(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		ok     bool
	}{
		"as described":      {200, `{"kind":"GlobalDocumentDB"}`, true},
		"another kind":      {200, `{"kind":"Oracle"}`, false},
		"another type":      {200, `{"properties":[]}`, false},
		"undescribed 2xx":   {207, `{}`, false},
		"refusals are free": {403, `{"x":1}`, true},
	} {
		w := newWitness(t)
		handler := contracttest.New(w, "azure-cosmos-arm-2021-06-15.json", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(c.status)
			_, _ = io.WriteString(rw, c.body)
		}))
		answer := ask(handler, "GET", account+version, "")
		if answer.Code != c.status || answer.Body.String() != c.body || c.ok != (len(w.errors) == 0) {
			t.Errorf("%s: status %d, body %s, told %q", name, answer.Code, answer.Body, w.errors)
		}
	}
}

// TestGUIDsOfAnyVersion checks that GUIDs of any version pass, and other text does not.
func TestGUIDsOfAnyVersion(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string]bool{
		"00000000-0000-0000-0000-000000000000": true, "ffffffff-ffff-ffff-ffff-ffffffffffff": true, "not-a-guid": false, "": false,
	} {
		w := newWitness(t)
		handler := contracttest.New(w, "msgraph-v1.0.json", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(http.StatusNoContent)
		}))
		ask(handler, "POST", "/applications/x/removePassword", `{"keyId":"`+id+`"}`)
		if ok != (len(w.errors) == 0) {
			t.Errorf("GUID %q: told %q", id, w.errors)
		}
	}
}

func TestWithoutDescriptions(t *testing.T) {
	for value, want := range map[string]string{
		"":          "skip: ROSTER_SPECS is not set: the test needs the description azure-cosmos-arm-2021-06-15.json",
		t.TempDir(): "fatal: ROSTER_SPECS is set, but: ",
	} {
		t.Setenv(contracttest.Variable, value)
		w, done := &witness{TB: t}, make(chan struct{})
		go func() {
			defer close(done)
			contracttest.NewARM(w)
		}()
		<-done
		if !strings.HasPrefix(w.ended, want) {
			t.Errorf("with %q: %q, want %q", value, w.ended, want)
		}
	}
}

// TestDescriptionsAreThere reports missing descriptions once, so that skipped tests
// are noticed.
func TestDescriptionsAreThere(t *testing.T) {
	t.Parallel()
	if os.Getenv(contracttest.Variable) == "" {
		t.Skipf("%s is not set: no request is held against a vendor's description", contracttest.Variable)
	}
	contracttest.NewARM(t)
	contracttest.NewGraph(t)
}
