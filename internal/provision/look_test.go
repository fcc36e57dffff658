// SPDX-License-Identifier: Apache-2.0

package provision_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/internal/test/contracttest"
)

// container is one that somebody else made.
func container(name string, with map[string]any) map[string]any {
	resource := map[string]any{
		"id":           name,
		"partitionKey": map[string]any{"paths": []any{"/pk"}, "kind": "Hash", "version": 2},
		"indexingPolicy": map[string]any{
			"automatic": true, "indexingMode": "consistent",
			"includedPaths": []any{map[string]any{"path": "/type/?"}}, "excludedPaths": []any{map[string]any{"path": "/*"}},
		},
	}
	maps.Copy(resource, with)
	return map[string]any{"name": name, "properties": map[string]any{"resource": resource}}
}

// TestContainersThatDiffer are told and never changed.
func TestContainersThatDiffer(t *testing.T) {
	t.Parallel()
	key := func(version int, kind string, paths ...any) map[string]any {
		k := map[string]any{"paths": paths, "kind": kind}
		if version > 0 {
			k["version"] = version
		}
		return map[string]any{"partitionKey": k}
	}
	index := func(automatic bool, mode string, included ...any) map[string]any {
		return map[string]any{"indexingPolicy": map[string]any{
			"automatic": automatic, "indexingMode": mode, "includedPaths": append([]any{}, included...),
			"excludedPaths": []any{map[string]any{"path": "/*"}, map[string]any{"path": `/"_etag"/?`}},
		}}
	}
	path := func(p string) any { return map[string]any{"path": p} }
	cases := []struct {
		name   string
		with   map[string]any
		state  provision.State
		detail string
		fix    string
	}{
		{"as wanted", nil, provision.Present, "", ""},
		{"as the service tells it", index(true, "consistent", path("/type/?")), provision.Present, "", ""},
		{"another key", key(2, "Hash", "/id"), provision.Differs, "partition key /id (Hash, version 2) instead of /pk", ""},
		{"version 1", key(1, "Hash", "/pk"), provision.Differs, "partition key /pk (Hash, version 1)", ""},
		{"no version", key(0, "Hash", "/pk"), provision.Differs, "partition key /pk (Hash, version 1)", ""},
		{"another kind", key(2, "Range", "/pk"), provision.Differs, "partition key /pk (Range, version 2)", ""},
		{"several keys", key(2, "MultiHash", "/pk", "/id"), provision.Differs, "partition key /pk,/id (MultiHash, version 2)", ""},
		{"no key", nil, provision.Differs, "partition key none", ""},
		{"expires", map[string]any{"defaultTtl": 3600}, provision.Differs, "time to live is on (3600)", "az rest --method put "},
		{"may expire", map[string]any{"defaultTtl": -1}, provision.Differs, "time to live is on (-1)", "az rest --method put "},
		{"indexes all", index(true, "consistent", path("/*")), provision.Differs, "indexing policy", "az rest --method put "},
		{"indexes more", index(true, "consistent", path("/type/?"), path("/x/?")), provision.Differs, "indexing policy", "az rest --method put "},
		{"indexes nothing", index(false, "none"), provision.Differs, "indexing policy", "az rest --method put "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.arm.Databases["registry"] = map[string]any{"resource": map[string]any{"id": "registry"}, "options": map[string]any{"throughput": 400}}
			with := container("payments", c.with)
			if c.name == "no key" {
				delete(with["properties"].(map[string]any)["resource"].(map[string]any), "partitionKey")
			}
			w.arm.Containers["registry/payments"] = with
			steps := w.look(t, wanted())
			got := find(t, steps, "container payments")
			if got.State != c.state || !strings.Contains(got.Detail, c.detail) || (c.detail == "") != (got.Detail == "") ||
				!strings.HasPrefix(got.Fix, c.fix) || (c.fix == "") != (got.Fix == "") {
				t.Errorf("%+v", got)
			}
			if find(t, w.make(t, steps), "container payments").State != c.state {
				t.Errorf("it was changed")
			}
			if slices.ContainsFunc(w.arm.Mutations(), func(s string) bool { return strings.HasSuffix(s, "/payments") }) {
				t.Errorf("changes: %q", w.arm.Mutations())
			}
		})
	}
}

func TestThroughputThatIsNotShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Databases["registry"] = map[string]any{"resource": map[string]any{"id": "registry"}}
	step := find(t, w.look(t, wanted()), "throughput")
	if step.State != provision.Differs || !strings.Contains(step.Detail, "each container is billed separately, at least 400 RU/s") {
		t.Errorf("%+v", step)
	}
}

func TestThroughputThatTheAccountCannotGive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		serverless bool
		throughput provision.Throughput
		want       string
	}{
		{true, provision.Throughput{Shared: 400}, "is serverless and has no throughput"},
		{true, provision.Throughput{Autoscale: 1000}, "is serverless and has no throughput"},
		{false, provision.Throughput{Serverless: true}, "is not serverless"},
	} {
		w, want := newWorld(t), wanted()
		w.arm.Serverless, want.Throughput = c.serverless, c.throughput
		if _, err := w.azure.Look(t.Context(), want); !errors.Is(err, provision.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("serverless %t, %+v: error is %v", c.serverless, c.throughput, err)
		}
	}
}

// TestContainersThatShareThroughputAreFew: the 26th is refused, unless the
// account is serverless.
func TestContainersThatShareThroughputAreFew(t *testing.T) {
	t.Parallel()
	for _, serverless := range []bool{false, true} {
		w, want := newWorld(t), wanted()
		w.arm.Serverless = serverless
		w.arm.Databases["registry"] = map[string]any{"resource": map[string]any{"id": "registry"}, "options": map[string]any{"throughput": 400}}
		for i := range 23 { // somebody else's
			name := fmt.Sprintf("other-%d", i)
			w.arm.Containers["registry/"+name] = container(name, nil)
		}
		step := find(t, w.look(t, want), "container roster")
		if serverless != (step.State == provision.Missing) || !serverless && !strings.Contains(step.Detail, "container 26 of database") {
			t.Errorf("serverless %t: %+v", serverless, step)
		}
	}
}

func TestResourceGroupIsLookedUp(t *testing.T) {
	t.Parallel()
	w, want := newWorld(t), wanted()
	want.ResourceGroup = ""
	if open := provision.Unfinished(w.make(t, w.look(t, want))); len(open) > 0 {
		t.Errorf("open: %q", short(open))
	}
	for _, strange := range []func(*provision.Desired){
		func(w *provision.Desired) { w.Account = "acme-other" },
		func(w *provision.Desired) { w.Subscription = "11111111-1111-1111-1111-111111111112" },
		func(w *provision.Desired) { w.ResourceGroup = "another" },
	} {
		other := want
		strange(&other)
		if _, err := w.azure.Look(t.Context(), other); !errors.Is(err, provision.ErrNoAccount) {
			t.Errorf("%+v: error is %v, want ErrNoAccount", other, err)
		}
	}
}

// TestRolesThatDiffer are told, and nobody gets them.
func TestRolesThatDiffer(t *testing.T) {
	t.Parallel()
	edits := map[string]struct {
		edit   func(properties map[string]any)
		detail string
	}{
		"more rights": {func(p map[string]any) {
			p["permissions"] = []any{map[string]any{"dataActions": []any{"Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/*"}}}
		}, "items/* instead of"},
		"fewer rights": {func(p map[string]any) {
			p["permissions"].([]any)[0].(map[string]any)["notDataActions"] = []any{"Microsoft.DocumentDB/databaseAccounts/readMetadata"}
		}, "not Microsoft.DocumentDB/databaseAccounts/readMetadata"},
		"wider": {func(p map[string]any) { p["assignableScopes"] = []any{"/subscriptions/x"} }, "its assignable scopes are /subscriptions/x instead of"},
	}
	for name, e := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, want := newWorld(t), wanted()
			want.Readers, want.Writers = nil, nil
			w.make(t, w.look(t, want))
			for _, r := range w.arm.Roles {
				if p := r["properties"].(map[string]any); p["roleName"] == "roster sync registry" {
					e.edit(p)
				}
			}
			w.forget()
			steps := w.look(t, wanted())
			role := find(t, steps, "role roster sync")
			if role.State != provision.Differs || !strings.Contains(role.Detail, e.detail) ||
				!strings.HasPrefix(role.Fix, "az cosmosdb sql role definition update ") {
				t.Errorf("%+v", role)
			}
			done := w.make(t, steps)
			if a := find(t, done, "assignment roster sync"); a.State != provision.Missing || a.Detail != "waiting for role roster sync registry" {
				t.Errorf("%+v", a)
			}
			if a := find(t, done, "assignment roster plan"); a.State != provision.Made {
				t.Errorf("%+v", a)
			}
		})
	}
}

// TestRolesMadeByHand are taken as they are if they allow the same.
func TestRolesMadeByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.make(t, w.look(t, wanted()))
	const account = "/subscriptions/" + subscription + "/resourceGroups/PLATFORM/providers/Microsoft.DocumentDB/databaseAccounts/acme-registry"
	n := 0
	renamed := map[string]string{}
	for _, of := range []map[string]map[string]any{w.arm.Roles, w.arm.Assignments} {
		for id, r := range of {
			n++
			hand := fmt.Sprintf("cccccccc-0000-0000-0000-%012d", n)
			renamed[id] = hand
			r["name"] = hand
			kind := "sqlRoleDefinitions"
			if p := r["properties"].(map[string]any); p["roleDefinitionId"] != nil {
				kind = "sqlRoleAssignments"
				role := p["roleDefinitionId"].(string)
				p["roleDefinitionId"] = account + "/sqlRoleDefinitions/" + renamed[role[strings.LastIndex(role, "/")+1:]]
				p["principalId"] = strings.ToUpper(p["principalId"].(string))
			}
			r["id"] = account + "/" + kind + "/" + hand
		}
	}
	w.forget()
	if open := provision.Unfinished(w.look(t, wanted())); len(open) > 0 {
		t.Errorf("open: %q", short(open))
	}
}

// TestAssignmentsElsewhere of the same role to the same principal are not enough.
func TestAssignmentsElsewhere(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"/dbs/registry2", "/dbs/Registry", "/dbs/registry/colls/orders"} {
		w := newWorld(t)
		w.make(t, w.look(t, wanted()))
		for _, a := range w.arm.Assignments {
			p := a["properties"].(map[string]any)
			p["scope"] = strings.TrimSuffix(p["scope"].(string), "/dbs/registry") + scope
		}
		w.forget()
		if open := provision.Unfinished(w.look(t, wanted())); len(open) != 2 || open[0].Kind != provision.KindAssignment || open[0].State != provision.Missing {
			t.Errorf("with %s open: %q", scope, short(open))
		}
	}
}

// TestFederationsThatDiffer compares with what an application has already.
func TestFederationsThatDiffer(t *testing.T) {
	t.Parallel()
	const subject = "repo:acme/registry:environment:prod"
	has := func(name, issuer, subject, audience string) map[string]any {
		return map[string]any{"id": appID, "name": name, "issuer": issuer, "subject": subject, "audiences": []any{audience}}
	}
	cases := []struct {
		name  string
		there []map[string]any
		state provision.State
		fix   string
	}{
		{"nothing", nil, provision.Missing, "az ad app federated-credential create --id " + appID + " --parameters "},
		{"the same", []map[string]any{has("roster-prod", provision.GitHubIssuer, subject, provision.DefaultAudience)}, provision.Present, ""},
		{"by another name", []map[string]any{has("by-hand", provision.GitHubIssuer, subject, provision.DefaultAudience)}, provision.Present, ""},
		{
			"another subject",
			[]map[string]any{has("roster-prod", provision.GitHubIssuer, "repo:evil/x:environment:prod", provision.DefaultAudience)},
			provision.Differs, "az ad app federated-credential update --id " + appID + " --federated-credential-id roster-prod --parameters ",
		},
		{
			"another audience",
			[]map[string]any{has("by-hand", provision.GitHubIssuer, subject, "api://other")},
			provision.Differs, "az ad app federated-credential update --id " + appID + " --federated-credential-id by-hand --parameters ",
		},
		{"another case", []map[string]any{has("by-hand", provision.GitHubIssuer, strings.ToUpper(subject), provision.DefaultAudience)}, provision.Missing, "az ad app federated-credential create "},
		{"another issuer", []map[string]any{has("by-hand", "https://gitlab.com", subject, provision.DefaultAudience)}, provision.Missing, "az ad app federated-credential create "},
	}
	for _, c := range cases {
		for _, application := range []string{appID, objectID} {
			t.Run(c.name+" "+application, func(t *testing.T) {
				t.Parallel()
				w, want := newWorld(t), wanted()
				w.graph.Applications[0].Federations = c.there
				want.Federations[0].Application = application
				step := find(t, w.look(t, want), "federation")
				fix := strings.ReplaceAll(c.fix, appID, application)
				if step.State != c.state || !strings.HasPrefix(step.Fix, fix) || (fix == "") != (step.Fix == "") {
					t.Errorf("%+v", step)
				}
			})
		}
	}
}

// TestFederationsAreFew: the 21st is refused, and pages are all read.
func TestFederationsAreFew(t *testing.T) {
	t.Parallel()
	w, want := newWorld(t), wanted()
	w.graph.PageSize = 7
	for i := range 19 {
		w.graph.Applications[0].Federations = append(w.graph.Applications[0].Federations, map[string]any{
			"name": fmt.Sprintf("other-%d", i), "issuer": "https://gitlab.com", "subject": fmt.Sprint(i), "audiences": []any{"x"},
		})
	}
	want.Federations = append(want.Federations, federation("roster-plan", "repo:acme/registry:environment:plan"))
	steps := w.make(t, w.look(t, want))
	if diff := cmp.Diff([]string{
		"federation " + appID + " roster-prod: made", "federation " + appID + " roster-plan: differs",
	}, short(steps[len(steps)-2:])); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d := steps[len(steps)-1].Detail; !strings.Contains(d, "the limit is 20") {
		t.Errorf("detail is %q", d)
	}
}

func TestApplicationsThatAreNot(t *testing.T) {
	t.Parallel()
	w, want := newWorld(t), wanted()
	w.graph.Applications = []*contracttest.Application{}
	step := find(t, w.make(t, w.look(t, want)), "federation")
	if step.State != provision.Failed || !strings.Contains(step.Detail, "no app registration has") {
		t.Errorf("%+v", step)
	}
	w = newWorld(t)
	w.azure.Graph = nil
	step = find(t, w.make(t, w.look(t, want)), "federation")
	if step.State != provision.Denied || step.Fix == "" {
		t.Errorf("without Graph: %+v", step)
	}
}
