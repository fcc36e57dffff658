// SPDX-License-Identifier: Apache-2.0

package sync_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
	"github.com/appofapps/roster/store/storetest"
	"github.com/appofapps/roster/sync"
)

const writers = 20

// stores opens every store that several writers can share.
func stores(t *testing.T) map[string]store.Store {
	t.Helper()
	st, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "registry.db"), local.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return map[string]store.Store{"memory": storetest.NewMemory(), "local": st}
}

// TestConcurrentSyncsOfOneRegistry has 20 runs write one registry into an empty
// store. Exactly one run creates each registration.
func TestConcurrentSyncsOfOneRegistry(t *testing.T) {
	t.Parallel()
	apps := smallregistry.Registry{}
	for i := range 10 {
		apps[fmt.Sprintf("orders/app-%d@prod", i)] = "v1"
		apps[fmt.Sprintf("payments/app-%d@prod", i)] = "v1"
	}
	desired := apps.Desired(t)
	for name, st := range stores(t) {
		results := together(t, st, func(int) sync.Desired { return desired })
		created, overtaken := 0, 0
		for _, r := range results {
			created += r.Created
			overtaken += r.Overtaken
		}
		v := mustHold(t, st)
		// One event for each registration, and one for the registry document.
		if created != len(apps) || v.Events != len(apps)+1 {
			t.Errorf("%s: %d created and %d events for %d nodes", name, created, v.Events, len(apps))
		}
		mustEqual(t, st, desired)
		t.Logf("%s: %d runs created %d registrations, %d changes were overtaken", name, writers, created, overtaken)
	}
}

// TestConcurrentSyncsOfSeveralRevisions has 20 runs of different revisions write
// the same apps. The last one wins, and no change is lost: mustHold checks that
// the before of each event equals the after of the event before it.
func TestConcurrentSyncsOfSeveralRevisions(t *testing.T) {
	t.Parallel()
	for name, st := range stores(t) {
		results := together(t, st, func(i int) sync.Desired {
			version := fmt.Sprintf("w%d", i)
			return smallregistry.Registry{"orders/carts@prod": version, "orders/carts@staging": version, "orders/checkout": version}.Desired(t)
		})
		written, conflicts := 0, 0
		for _, r := range results {
			written += r.Written()
			conflicts += r.Conflicts
			if r.Remaining != 0 {
				t.Errorf("%s: %d changes remain", name, r.Remaining)
			}
		}
		v := mustHold(t, st)
		if v.Events != written+1 {
			t.Errorf("%s: %d events for %d changes", name, v.Events, written)
		}
		if written < 3*writers/2 {
			t.Errorf("%s: only %d changes by %d runs: they did not overlap", name, written, writers)
		}
		t.Logf("%s: %d runs made %d changes with %d conflicts", name, writers, written, conflicts)
	}
}

func together(t *testing.T, st store.Store, desired func(i int) sync.Desired) []*sync.Result {
	t.Helper()
	all := make([]sync.Desired, writers)
	for i := range all {
		all[i] = desired(i)
	}
	results, err := parallel.Map(t.Context(), writers, writers, func(ctx context.Context, i int) (*sync.Result, error) {
		c := smallregistry.Config(fmt.Sprintf("op-%d", i))
		c.Attempts = 1000
		return smallregistry.Run(ctx, st, all[i], c)
	})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// TestRunsAtOnceCountTogether: two runs that are planned at once and remove as much as one
// may are refused together, whichever is slower.
func TestRunsAtOnceCountTogether(t *testing.T) {
	t.Parallel()
	all := smallregistry.Registry{"orders/kept": "v1"}
	for i := range 19 {
		all[fmt.Sprintf("orders/app-%02d", i)] = "v1"
	}
	without := func(names ...string) sync.Desired {
		rest := maps.Clone(all)
		for _, name := range names {
			delete(rest, "orders/"+name)
		}
		desired := rest.Desired(t)
		desired.Guardrails = guardrail.Of(&manifest.Root{})
		return desired
	}
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, all.Desired(t), "first")
	type run struct {
		state *sync.State
		plan  *plan.Plan
	}
	config := smallregistry.Config("second")
	config.Guardrails = guardrail.Of(&manifest.Root{})
	var runs []run
	for _, desired := range []sync.Desired{without("app-00", "app-01"), without("app-02")} {
		state, err := sync.Read(t.Context(), st, desired, 1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := sync.Plan(state, desired, nil, config.Now())
		if err != nil || len(p.Refusals) > 0 {
			t.Fatal(p, err)
		}
		runs = append(runs, run{state, p})
	}
	if result, err := sync.Apply(t.Context(), st, runs[0].plan, runs[0].state, config); err != nil || result.Deleted != 2 {
		t.Fatal(result, err)
	}
	result, err := sync.Apply(t.Context(), st, runs[1].plan, runs[1].state, config)
	if !errors.Is(err, sync.ErrRefused) || result.Written() != 0 || !strings.Contains(err.Error(), "3 of 20 nodes would be deleted within a day") {
		t.Errorf("%+v, %v", result, err)
	}
	if v, err := ledger.Verify(t.Context(), st); err != nil || len(v.Problems) > 0 || v.Registrations != 18 {
		t.Errorf("%+v, %v", v, err)
	}
}
