// SPDX-License-Identifier: Apache-2.0

package sync_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/sync"
)

// mustHold checks the invariants of a store: every chain is intact, every
// registration equals the newest event about it, and the before of each event
// equals the after of the node's event before it, so no change is lost.
func mustHold(t testing.TB, st store.Store) *ledger.Verification {
	t.Helper()
	v, err := ledger.Verify(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range v.Problems {
		t.Errorf("%s/%s %s: %s: %s", p.Domain, p.App, p.Event, p.Rule, p.Message)
	}
	log, err := ledger.Log(t.Context(), st, audit.Filter{})
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

// mustEqual checks, by planning again, that the store equals the manifests.
func mustEqual(t testing.TB, st store.Store, desired sync.Desired) {
	t.Helper()
	state, err := sync.Read(t.Context(), st, desired, 4)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.Plan(state, desired, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Empty() {
		t.Errorf("a second plan is not empty: %+v", p.Changes)
	}
}

// counter counts the calls to a store.
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
