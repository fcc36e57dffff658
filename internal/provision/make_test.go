// SPDX-License-Identifier: Apache-2.0

package provision_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/provision"
)

// all is what is wanted, each in a state; those that exist only with a database
// apart.
func all(database, rest provision.State, shared ...string) []string {
	lines := []string{"account acme-registry: present", "database registry: " + string(database)}
	lines = append(lines, shared...)
	for _, name := range []string{
		"container orders", "container payments", "container roster", "role roster plan registry", "role roster sync registry",
		"assignment roster plan registry to " + reader, "assignment roster sync registry to " + writer,
		"federation " + appID + " roster-prod",
	} {
		lines = append(lines, name+": "+string(rest))
	}
	return lines
}

// TestEverythingIsMadeOnce makes all in an empty account, with and without
// throughput, done at once and not; then a second run must change nothing.
func TestEverythingIsMadeOnce(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		serverless bool
		polls      int
		throughput provision.Throughput
		options    any
		told       string
	}{
		{"shared by default", false, 3, provision.Throughput{}, map[string]any{"throughput": 400.0}, "400 RU/s, shared by its containers"},
		{"shared", false, 0, provision.Throughput{Shared: 1000}, map[string]any{"throughput": 1000.0}, "1000 RU/s, shared by its containers"},
		{
			"autoscale", false, 1,
			provision.Throughput{Autoscale: 1000},
			map[string]any{"autoscaleSettings": map[string]any{"maxThroughput": 1000.0}},
			"at most 1000 RU/s, shared by its containers",
		},
		{"serverless, detected", true, 0, provision.Throughput{}, nil, ""},
		{"serverless, asked for", true, 2, provision.Throughput{Serverless: true}, nil, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, want := newWorld(t), wanted()
			w.arm.Serverless, w.arm.Polls, want.Throughput = c.serverless, c.polls, c.throughput

			steps := w.look(t, want)
			if diff := cmp.Diff(all(provision.Missing, provision.Missing), short(steps)); diff != "" {
				t.Fatalf("first look (-want +got):\n%s", diff)
			}
			done := w.make(t, steps)
			if diff := cmp.Diff(all(provision.Made, provision.Made), short(done)); diff != "" {
				t.Fatalf("made (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(short(done[1:]), short(w.told)); diff != "" {
				t.Errorf("progress (-want +got):\n%s", diff)
			}
			if len(provision.Unfinished(done)) != 0 {
				t.Errorf("open: %q", short(provision.Unfinished(done)))
			}
			if diff := cmp.Diff(c.options, w.arm.Databases["registry"]["options"]); diff != "" {
				t.Errorf("options (-want +got):\n%s", diff)
			}

			w.forget()
			var shared []string
			if !c.serverless {
				shared = []string{"throughput registry: present"}
			}
			again := w.look(t, want)
			if diff := cmp.Diff(all(provision.Present, provision.Present, shared...), short(again)); diff != "" {
				t.Errorf("second look (-want +got):\n%s", diff)
			}
			if !c.serverless && find(t, again, "throughput").Detail != c.told {
				t.Errorf("throughput is told as %q, want %q", find(t, again, "throughput").Detail, c.told)
			}
			w.make(t, again)
			if changed := append(w.arm.Mutations(), w.graph.Mutations()...); len(changed) > 0 {
				t.Errorf("the second run changed %q", changed)
			}
		})
	}
}

// TestWhatIsMade checks all requests and their bodies.
func TestWhatIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.make(t, w.look(t, wanted()))
	const account = "/subscriptions/" + subscription + "/resourceGroups/platform/providers/Microsoft.DocumentDB/databaseAccounts/acme-registry"
	const actions = "Microsoft.DocumentDB/databaseAccounts/"
	const items = actions + "sqlDatabases/containers/items/"
	plan := []any{actions + "readMetadata", items + "read", actions + "sqlDatabases/containers/executeQuery"}
	type rights struct {
		Name    any
		Scopes  any
		Actions any
	}
	var got []rights
	for _, id := range slices.Sorted(maps.Keys(w.arm.Roles)) {
		p := w.arm.Roles[id]["properties"].(map[string]any)
		got = append(got, rights{p["roleName"], p["assignableScopes"], p["permissions"].([]any)[0].(map[string]any)["dataActions"]})
	}
	slices.SortFunc(got, func(a, b rights) int { return strings.Compare(a.Name.(string), b.Name.(string)) })
	scopes := []any{account + "/dbs/registry"}
	if diff := cmp.Diff([]rights{
		{"roster plan registry", scopes, plan},
		{"roster sync registry", scopes, append(slices.Clone(plan), items+"create", items+"replace")},
	}, got); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	for id, a := range w.arm.Assignments {
		p := a["properties"].(map[string]any)
		role := w.arm.Roles[p["roleDefinitionId"].(string)[strings.LastIndex(p["roleDefinitionId"].(string), "/")+1:]]
		name := role["properties"].(map[string]any)["roleName"]
		if p["scope"] != scopes[0] || (p["principalId"] == reader) != (name == "roster plan registry") {
			t.Errorf("assignment %s: %v of %v", id, p, name)
		}
	}
	for name, c := range w.arm.Containers {
		r := c["properties"].(map[string]any)["resource"].(map[string]any)
		if _, expires := r["defaultTtl"]; expires {
			t.Errorf("container %s has a time to live", name)
		}
		if diff := cmp.Diff(map[string]any{"paths": []any{"/pk"}, "kind": "Hash", "version": 2.0}, r["partitionKey"]); diff != "" {
			t.Errorf("container %s (-want +got):\n%s", name, diff)
		}
	}
	f := w.graph.Applications[0].Federations[0]
	delete(f, "id")
	if diff := cmp.Diff(map[string]any{
		"name": "roster-prod", "issuer": "https://token.actions.githubusercontent.com", "description": "Made by roster",
		"subject": "repo:acme/registry:environment:prod", "audiences": []any{"api://AzureADTokenExchange"},
	}, f); diff != "" {
		t.Errorf("federation (-want +got):\n%s", diff)
	}
}

// TestOnlyWhatIsMissingIsMade starts from half of it.
func TestOnlyWhatIsMissingIsMade(t *testing.T) {
	t.Parallel()
	w, want := newWorld(t), wanted()
	half := want
	half.Containers, half.Writers, half.Federations = []string{"orders", "roster"}, nil, nil
	w.make(t, w.look(t, half))
	w.forget()
	done := w.make(t, w.look(t, want))
	var made []string
	for _, s := range done {
		if s.State == provision.Made {
			made = append(made, string(s.Kind)+" "+s.Name)
		}
	}
	if diff := cmp.Diff([]string{
		"container payments", "assignment roster sync registry to " + writer, "federation " + appID + " roster-prod",
	}, made); diff != "" {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	if n := len(w.arm.Mutations()) + len(w.graph.Mutations()); n != len(made) {
		t.Errorf("%d changes for %d things", n, len(made))
	}
}

// TestDeniedPartsAreTold denies one part after the other: the rest is made, and
// each denied part tells the command that fixes it.
func TestDeniedPartsAreTold(t *testing.T) {
	t.Parallel()
	put := func(part string) func(string, string) bool {
		return func(method, path string) bool { return method != http.MethodGet && strings.Contains(path, part) }
	}
	cases := []struct {
		name  string
		deny  func(method, path string) bool
		want  map[string]provision.State // by the start of a line; all others are made or present
		fixes map[string]string          // how the command begins
	}{
		{
			"database", put("/sqlDatabases/registry"),
			map[string]provision.State{"database": provision.Denied, "container": provision.Missing},
			map[string]string{
				"database":         "az cosmosdb sql database create --subscription " + subscription + " --resource-group platform --account-name acme-registry --name registry --throughput 400",
				"container orders": "az cosmosdb sql container create --subscription " + subscription + " --resource-group platform --account-name acme-registry --database-name registry --name orders --partition-key-path /pk --partition-key-version 2 --idx '{\"automatic\":true,",
			},
		},
		{
			"one container", put("/containers/payments"),
			map[string]provision.State{"container payments": provision.Denied},
			map[string]string{"container payments": "az cosmosdb sql container create "},
		},
		{
			"roles", put("/sqlRoleDefinitions/"),
			map[string]provision.State{"role": provision.Denied, "assignment": provision.Missing},
			map[string]string{"role roster plan": "az cosmosdb sql role definition create ", "assignment roster sync": "az cosmosdb sql role assignment create "},
		},
		{
			"assignments", put("/sqlRoleAssignments/"),
			map[string]provision.State{"assignment": provision.Denied},
			map[string]string{"assignment": "az cosmosdb sql role assignment create --subscription "},
		},
		{
			"federations", put("/federatedIdentityCredentials"),
			map[string]provision.State{"federation": provision.Denied},
			map[string]string{"federation": "az ad app federated-credential create --id " + appID + " --parameters '{\"name\":\"roster-prod\","},
		},
		{
			"looking at federations", func(_, path string) bool { return strings.HasSuffix(path, "/federatedIdentityCredentials") },
			map[string]provision.State{"federation": provision.Denied},
			map[string]string{"federation": "az ad app federated-credential create "},
		},
		{
			"looking at the account", func(_, path string) bool { return strings.HasSuffix(path, "/databaseAccounts/acme-registry") },
			map[string]provision.State{"account": provision.Denied},
			nil,
		},
		{
			"looking at roles", func(_, path string) bool { return strings.HasSuffix(path, "/sqlRoleDefinitions") },
			map[string]provision.State{"role": provision.Denied, "assignment": provision.Missing},
			map[string]string{"role roster sync": "az cosmosdb sql role definition create "},
		},
		{
			"everything", func(string, string) bool { return true },
			map[string]provision.State{"": provision.Denied},
			map[string]string{"database": "az cosmosdb sql database create ", "assignment": "az cosmosdb sql role assignment create "},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.arm.Deny(c.deny)
			w.graph.Deny(c.deny)
			done := w.make(t, w.look(t, wanted()))
			for _, s := range done {
				got, state := string(s.Kind)+" "+s.Name, provision.Made
				if s.Kind == provision.KindAccount || s.Kind == provision.KindThroughput {
					state = provision.Present
				}
				for start, denied := range c.want {
					if strings.HasPrefix(got, start) {
						state = denied
					}
				}
				if s.State != state {
					t.Errorf("%s is %s (%s), want %s", got, s.State, s.Detail, state)
				}
				open := s.State != provision.Made && s.State != provision.Present
				looked := s.Kind == provision.KindAccount || s.Kind == provision.KindThroughput // there is nothing to make
				if (open && !looked) != (s.Fix != "") || open && s.Detail == "" {
					t.Errorf("%s is %s: detail %q, fix %q", got, s.State, s.Detail, s.Fix)
				}
			}
			for start, fix := range c.fixes {
				if s := find(t, done, start); !strings.HasPrefix(s.Fix, fix) {
					t.Errorf("%s is fixed by\n%s\nwant\n%s...", start, s.Fix, fix)
				}
			}
		})
	}
}

// TestDatabaseThatMayNotBeSeen may be there: its containers are tried.
func TestDatabaseThatMayNotBeSeen(t *testing.T) {
	t.Parallel()
	for there, want := range map[bool]provision.State{true: provision.Made, false: provision.Failed} {
		w := newWorld(t)
		if there {
			w.arm.Databases["registry"] = map[string]any{"resource": map[string]any{"id": "registry"}, "options": map[string]any{"throughput": 400}}
		}
		w.arm.Deny(func(_, path string) bool { return strings.HasSuffix(path, "/sqlDatabases/registry") })
		done := w.make(t, w.look(t, wanted()))
		if database, c := find(t, done, "database"), find(t, done, "container orders"); database.State != provision.Denied || c.State != want {
			t.Errorf("there %t: %q", there, short(done))
		}
	}
}

// TestThrottledIsWaitedFor and done nevertheless.
func TestThrottledIsWaitedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Throttle(1)
	w.graph.Throttle(1)
	steps := w.look(t, wanted())
	w.arm.Throttle(1)
	w.graph.Throttle(1)
	if open := provision.Unfinished(w.make(t, steps)); len(open) > 0 {
		t.Errorf("open: %q", short(open))
	}
}

// TestLostAnswers: what was carried out though the answer was lost counts as
// made, and is not made twice.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.arm.Polls = 0
	steps := w.look(t, wanted())
	w.arm.Lose(1)
	w.graph.Lose(1)
	if open := provision.Unfinished(w.make(t, steps)); len(open) > 0 {
		t.Errorf("open: %q, %s", short(open), open[0].Detail)
	}
	if n := len(w.graph.Applications[0].Federations); n != 1 {
		t.Errorf("%d federations, want 1", n)
	}
}

// TestAnswersThatAreNotTheOutcome: a gateway says 503, and it was made.
func TestAnswersThatAreNotTheOutcome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	steps := w.look(t, wanted())
	gateway := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.graph.ServeHTTP(rw, r)
			return
		}
		w.graph.ServeHTTP(httptest.NewRecorder(), r)
		rw.WriteHeader(http.StatusServiceUnavailable)
	})
	w.azure.Graph = client(t, gateway, "/v1.0", "")
	if s := find(t, w.make(t, steps), "federation"); s.State != provision.Made {
		t.Errorf("%+v", s)
	}
	if n := len(w.graph.Applications[0].Federations); n != 1 {
		t.Errorf("%d federations, want 1", n)
	}
}

// TestSomebodyElseWasFaster between Look and Make.
func TestSomebodyElseWasFaster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	steps := w.look(t, wanted())
	other := w.look(t, wanted())
	w.make(t, other)
	if open := provision.Unfinished(w.make(t, steps)); len(open) > 0 {
		t.Errorf("open: %q", short(open))
	}
	if n := len(w.graph.Applications[0].Federations); n != 1 {
		t.Errorf("%d federations, want 1", n)
	}
}

// TestFailureDoesNotStopTheRest: a service that breaks down for one of them.
func TestFailureDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	w, want := newWorld(t), wanted()
	steps := w.look(t, want)
	// Somebody takes the id of the container for one with another key.
	w.arm.Databases["registry"] = map[string]any{"resource": map[string]any{"id": "registry"}}
	w.arm.Containers["registry/payments"] = container("payments", map[string]any{
		"partitionKey": map[string]any{"paths": []any{"/id"}, "kind": "Hash"},
	})
	done := w.make(t, steps)
	open := provision.Unfinished(done)
	if len(open) != 1 || open[0].State != provision.Failed || open[0].Name != "payments" ||
		!strings.Contains(open[0].Detail, "partition key cannot be changed") {
		t.Errorf("open: %+v", open)
	}
}

func TestMakeEndsWithTheContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	steps := w.look(t, wanted())
	ctx, cancel := context.WithCancel(t.Context())
	w.azure.Progress = func(provision.Step) { cancel() }
	done, err := w.azure.Make(ctx, steps)
	if !errors.Is(err, context.Canceled) || len(done) != len(steps) || find(t, done, "database").State != provision.Made {
		t.Errorf("error %v, steps %q", err, short(done))
	}
	if n := len(w.arm.Mutations()); n != 1 {
		t.Errorf("%d changes after the context ended, want that of the database alone", n)
	}
}

// TestStepsAreData: what was looked at can be shown elsewhere, but a step that
// was only read makes nothing.
func TestStepsAreData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text, err := json.Marshal(w.look(t, wanted()))
	if err != nil {
		t.Fatal(err)
	}
	var steps []provision.Step
	if err := json.Unmarshal(text, &steps); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all(provision.Missing, provision.Missing), short(w.make(t, steps))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if changed := w.arm.Mutations(); len(changed) > 0 {
		t.Errorf("changed %q", changed)
	}
}

func TestBrokenServiceIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	broken := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	w.azure.ARM = client(t, broken, "", provision.APIVersion)
	if _, err := w.azure.Look(t.Context(), wanted()); !rest.IsStatus(err, http.StatusInternalServerError) {
		t.Errorf("error is %v", err)
	}
}
