// SPDX-License-Identifier: Apache-2.0

package contracttest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/contracttest"
)

func TestKnobs(t *testing.T) {
	t.Parallel()
	arm, graph := contracttest.NewARM(t), contracttest.NewGraph(t, &contracttest.Application{ID: app, AppID: app})
	for _, s := range []struct {
		handler http.Handler
		knobs   *contracttest.Knobs
		uri     string
		codes   [3]string // of 401, 429, 403
	}{
		{arm, &arm.Knobs, account + version, [3]string{"AuthenticationFailed", "TooManyRequests", "AuthorizationFailed"}},
		{graph, &graph.Knobs, "/v1.0/applications/" + app, [3]string{"InvalidAuthenticationToken", "TooManyRequests", "Authorization_RequestDenied"}},
	} {
		expect := func(status int, code string, answer *httptest.ResponseRecorder) {
			t.Helper()
			if answer.Code != status || !strings.Contains(answer.Body.String(), code) {
				t.Errorf("%s: %d %s, want %d %s", s.uri, answer.Code, answer.Body, status, code)
			}
		}
		anonymous := httptest.NewRecorder()
		s.handler.ServeHTTP(anonymous, httptest.NewRequest("GET", s.uri, nil))
		expect(http.StatusUnauthorized, s.codes[0], anonymous)

		s.knobs.Throttle(1)
		answer := ask(s.handler, "GET", s.uri, "")
		expect(http.StatusTooManyRequests, s.codes[1], answer)
		if answer.Header().Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
		expect(http.StatusOK, "id", ask(s.handler, "GET", s.uri, ""))

		s.knobs.Deny(func(method, _ string) bool { return method == http.MethodGet })
		expect(http.StatusForbidden, s.codes[2], ask(s.handler, "GET", s.uri, ""))
		s.knobs.Deny(nil)
		expect(http.StatusOK, "id", ask(s.handler, "GET", s.uri, ""))

		path, _, _ := strings.Cut(s.uri, "?")
		want := []string{"GET " + path, "GET " + path, "GET " + path, "GET " + path, "GET " + path}
		if diff := cmp.Diff(want, s.knobs.Requests()); diff != "" {
			t.Errorf("requests (-want +got):\n%s", diff)
		}
		if changed := s.knobs.Mutations(); len(changed) > 0 {
			t.Errorf("changes: %q", changed)
		}
	}
}

// TestChangesExcludeOneAnother checks that a running change excludes others, and is
// done after the given number of polls.
func TestChangesExcludeOneAnother(t *testing.T) {
	t.Parallel()
	arm := contracttest.NewARM(t)
	arm.Polls = 2
	const body = `{"properties":{"resource":{"id":"db"}}}`
	first := ask(arm, "PUT", account+"/sqlDatabases/db"+version, body)
	if first.Code != http.StatusAccepted || first.Header().Get("Azure-AsyncOperation") == "" {
		t.Fatalf("status %d, header %v", first.Code, first.Header())
	}
	if second := ask(arm, "PUT", account+"/sqlDatabases/db"+version, body); second.Code != http.StatusPreconditionFailed {
		t.Errorf("a second change: %d %s", second.Code, second.Body)
	}
	for _, want := range []string{"Dequeued", "Succeeded", "Succeeded"} {
		if answer := ask(arm, "GET", first.Header().Get("Azure-AsyncOperation"), ""); !strings.Contains(answer.Body.String(), want) {
			t.Errorf("poll: %s, want %s", answer.Body, want)
		}
	}
	if again := ask(arm, "PUT", account+"/sqlDatabases/db"+version, body); again.Code != http.StatusAccepted {
		t.Errorf("a change afterwards: %d %s", again.Code, again.Body)
	}
}

// TestLostChangesAreMade checks that a lost change is made without an answer.
func TestLostChangesAreMade(t *testing.T) {
	t.Parallel()
	arm := contracttest.NewARM(t)
	arm.Polls = 0
	arm.Lose(1)
	server := httptest.NewServer(arm)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, server.URL+account+"/sqlDatabases/db"+version,
		strings.NewReader(`{"properties":{"resource":{"id":"db"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Content-Type", "application/json")
	if answer, err := server.Client().Do(r); err == nil {
		t.Errorf("answer %s", answer.Status)
		_ = answer.Body.Close()
	}
	server.Close() // waits for running requests
	if arm.Databases["db"] == nil {
		t.Error("it was not made")
	}
}

// TestRefusals checks rules of the services that no description contains.
func TestRefusals(t *testing.T) {
	t.Parallel()
	arm := contracttest.NewARM(t)
	arm.Polls, arm.Serverless = 0, true
	graph := contracttest.NewGraph(t, &contracttest.Application{ID: app, AppID: app})
	const federations = "/v1.0/applications/" + app + "/federatedIdentityCredentials"
	container := func(key string) string {
		return `{"properties":{"resource":{"id":"c","partitionKey":{"paths":["` + key + `"],"kind":"Hash"}}}}`
	}
	role := `{"properties":{"roleName":"r","type":"CustomRole","assignableScopes":["` + account + `/dbs/db"]}}`
	assignment := func(role, scope string) string {
		return `{"properties":{"roleDefinitionId":"` + account + "/sqlRoleDefinitions/" + role + `","scope":"` + account + scope + `","principalId":"p"}}`
	}
	federation := func(name, subject string) string {
		return `{"name":"` + name + `","issuer":"i","subject":"` + subject + `","audiences":["a"]}`
	}
	for _, c := range []struct {
		handler           http.Handler
		method, uri, body string
		status            int
	}{
		{arm, "GET", strings.ReplaceAll(account, "platform", "other") + version, "", 404},
		{arm, "GET", account + "/sqlDatabases/db" + version, "", 404},
		{arm, "GET", account + "/sqlDatabases/db/containers" + version, "", 404},
		{arm, "PUT", account + "/sqlDatabases/db/containers/c" + version, container("/pk"), 404},
		{arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"resource":{"id":"db"},"options":{"throughput":400}}}`, 400},
		{arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"resource":{"id":"other"}}}`, 400},
		{arm, "PUT", account + "/sqlDatabases/db" + version, `{"properties":{"resource":{"id":"db"},"options":{}}}`, 200},
		{arm, "GET", account + "/sqlDatabases/db/throughputSettings/default" + version, "", 404},
		{arm, "GET", account + "/sqlDatabases/db/throughputSettings/default", "", 400},
		{arm, "PUT", account + "/sqlDatabases/db/containers/c" + version, container("/pk"), 200},
		{arm, "PUT", account + "/sqlDatabases/db/containers/c" + version, container("/pk"), 200},
		{arm, "PUT", account + "/sqlDatabases/db/containers/c" + version, container("/id"), 400},
		{arm, "PUT", account + "/sqlRoleAssignments/x" + version, assignment("r1", "/dbs/db"), 404},
		{arm, "PUT", account + "/sqlRoleDefinitions/r1" + version, role, 200},
		{arm, "PUT", account + "/sqlRoleDefinitions/r1" + version, role, 200},
		{arm, "PUT", account + "/sqlRoleDefinitions/r2" + version, role, 400},
		{arm, "PUT", account + "/sqlRoleAssignments/x" + version, assignment("r1", ""), 400},
		{arm, "PUT", account + "/sqlRoleAssignments/x" + version, assignment("r1", "/dbs/dbother"), 400},
		{arm, "PUT", account + "/sqlRoleAssignments/x" + version, assignment("r1", "/dbs/db"), 200},
		{graph, "GET", "/v1.0/applications/other", "", 404},
		{graph, "GET", "/applications/" + app, "", 404},
		{graph, "GET", "/v1.0/applications?$filter=surname%20eq%20'x'", "", 400},
		{graph, "POST", federations, federation("abc", "s"), 201},
		{graph, "POST", federations, federation("abc", "other"), 409},
		{graph, "POST", federations, federation("other", "s"), 409},
		{graph, "POST", federations, federation("", "x"), 400},
	} {
		if answer := ask(c.handler, c.method, c.uri, c.body); answer.Code != c.status {
			t.Errorf("%s %s %s: %d %s, want %d", c.method, c.uri, c.body, answer.Code, answer.Body, c.status)
		}
	}
}
