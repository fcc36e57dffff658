// SPDX-License-Identifier: Apache-2.0

package sync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/sync"
)

// registry is a registry in its simplest form: the version of each node, by
// path. A node of path domain/app@env is an environment.
type registry map[string]string

// desired returns what the registry asks for, by way of real manifests.
func (r registry) desired(t testing.TB) sync.Desired {
	t.Helper()
	files := fstest.MapFS{"roster.yaml": {Data: []byte("apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\n" +
		"spec: {include: [\"d/*.yaml\", \"a/*/*.yaml\"], guardrails: {update: 100%, delete: 100%}}\n")}}
	apps := map[string][]string{}
	for path := range r {
		app, environment, _ := strings.Cut(path, "@")
		apps[app] = append(apps[app], environment)
	}
	for app, environments := range apps {
		domain, name, _ := strings.Cut(app, "/")
		files["d/"+domain+".yaml"] = &fstest.MapFile{Data: []byte("apiVersion: roster/v1\nkind: Domain\nmetadata: {name: " + domain + "}\nspec: {owner: \"group:o\"}\n")}
		text := "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + "}\nspec:\n  domain: " + domain + "\n  owner: group:o\n  scopes: [\"orders/*:read\"]\n"
		if environments[0] == "" {
			text += "  version: " + r[app] + "\n"
		} else {
			text += "  environments:\n"
			for _, environment := range environments {
				text += fmt.Sprintf("    %s: {version: %s}\n", environment, r[app+"@"+environment])
			}
		}
		files["a/"+domain+"/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	resolved, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("load: %v, %v", err, findings)
	}
	desired, err := sync.DesiredOf(resolved, "")
	if err != nil {
		t.Fatal(err)
	}
	return desired
}

func config(operation string) sync.Config {
	return sync.Config{
		Actor: audit.Actor{Kind: audit.ActorPerson, Name: "ada"}, Operation: operation,
		Now: func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) },
	}
}

// run reads, plans and applies, as the command does.
func run(ctx context.Context, st store.Store, desired sync.Desired, config sync.Config) (*sync.Result, error) {
	state, err := sync.Read(ctx, st, desired, 4)
	if err != nil {
		return nil, err
	}
	p, err := sync.Plan(state, desired, nil)
	if err != nil {
		return nil, err
	}
	p.Refusals = nil // guardrails are another test's
	return sync.Apply(ctx, st, p, state, config)
}

// mustRun runs and fails on an error.
func mustRun(t testing.TB, st store.Store, desired sync.Desired, operation string) *sync.Result {
	t.Helper()
	result, err := run(t.Context(), st, desired, config(operation))
	if err != nil {
		t.Fatalf("sync %s: %v", operation, err)
	}
	return result
}

// mustHold checks what must be true of a store at any moment: every chain is
// whole, every registration is what the newest event about it says, and every
// event takes up where the one before it left the node, so that no change was
// lost.
func mustHold(t testing.TB, st store.Store) *sync.Verification {
	t.Helper()
	v, err := sync.Verify(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Problems {
		t.Errorf("%s/%s %s: %s: %s", p.Domain, p.App, p.Event, p.Rule, p.Message)
	}
	log, err := sync.Log(t.Context(), st, audit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	last := map[string]json.RawMessage{}
	next := map[string]int64{}
	for _, e := range inOrder(log.Events) {
		if e.Node == "" {
			continue
		}
		if string(e.Before) != string(last[e.Node]) {
			t.Errorf("event %d of %s begins with %s, the one before it ended with %s", e.Seq, e.Node, e.Before, last[e.Node])
		}
		last[e.Node], next[e.Node] = e.After, e.Seq
	}
	return v
}

// inOrder returns events in the order of their chains.
func inOrder(events []audit.Event) []audit.Event {
	chains := map[string][]audit.Event{}
	for _, e := range events {
		chains[e.Domain+"/"+e.App] = append(chains[e.Domain+"/"+e.App], e)
	}
	var all []audit.Event
	for _, chain := range chains {
		bySeq := make([]audit.Event, len(chain))
		for _, e := range chain {
			bySeq[e.Seq-1] = e
		}
		all = append(all, bySeq...)
	}
	return all
}

// mustEqual checks that the store holds what is desired, by planning again.
func mustEqual(t testing.TB, st store.Store, desired sync.Desired) {
	t.Helper()
	state, err := sync.Read(t.Context(), st, desired, 4)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.Plan(state, desired, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Empty() {
		t.Errorf("a second plan is not empty: %+v", p.Changes)
	}
}

// counter counts what reaches a store.
type counter struct {
	store.Store
	commits, operations, registrations int
}

func (c *counter) Commit(ctx context.Context, commit store.Commit) ([]string, error) {
	c.commits++
	c.operations += len(commit.Operations)
	for _, o := range commit.Operations {
		if o.Document.Type == store.TypeRegistration {
			c.registrations++
		}
	}
	return c.Store.Commit(ctx, commit)
}
