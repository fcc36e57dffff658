// SPDX-License-Identifier: Apache-2.0

package sync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
	"github.com/appofapps/roster/sync"
)

func TestSyncMakesTheStoreEqual(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	first := registry{"orders/carts@prod": "v1", "orders/carts@staging": "v1", "payments/charges": "v1"}.desired(t)
	got := mustRun(t, st, first, "first")
	if got.Created != 3 || got.Commits != 3 || got.Events != 4 || got.Remaining != 0 {
		t.Errorf("first run: %+v", got)
	}
	mustHold(t, st)
	mustEqual(t, st, first)

	second := registry{"orders/carts@prod": "v2", "orders/returns": "v1", "payments/charges": "v1"}.desired(t)
	got = mustRun(t, st, second, "second")
	if got.Created != 1 || got.Updated != 1 || got.Deleted != 1 || got.Commits != 2 || got.Events != 3 {
		t.Errorf("second run: %+v", got)
	}
	mustEqual(t, st, second)

	// A domain that leaves the manifests is seen as removed and not forgotten;
	// what comes back replaces its tombstone.
	third := registry{"orders/carts@staging": "v3"}.desired(t)
	got = mustRun(t, st, third, "third")
	if got.Created != 1 || got.Deleted != 3 {
		t.Errorf("third run: %+v", got)
	}
	mustEqual(t, st, third)
	if v := mustHold(t, st); v.Registrations != 1 {
		t.Errorf("%d registrations", v.Registrations)
	}
}

// TestSecondSyncWritesNothing and that one change in a hundred apps is one
// commit: counted at the store.
func TestSecondSyncWritesNothing(t *testing.T) {
	t.Parallel()
	apps := registry{}
	for i := range 100 {
		apps[fmt.Sprintf("orders/app-%02d@prod", i)] = "v1"
	}
	st := &counter{Store: storetest.NewMemory()}
	mustRun(t, st, apps.desired(t), "first")
	if st.registrations != 100 || st.commits != 101 {
		t.Errorf("the first run made %d commits of %d registrations", st.commits, st.registrations)
	}
	*st = counter{Store: st.Store}
	mustRun(t, st, apps.desired(t), "second")
	if st.commits != 0 {
		t.Errorf("the second run made %d commits", st.commits)
	}
	apps["orders/app-42@prod"] = "v2"
	mustRun(t, st, apps.desired(t), "third")
	if st.commits != 1 || st.operations != 3 || st.registrations != 1 {
		t.Errorf("one change made %d commits of %d operations", st.commits, st.operations)
	}
}

// TestFaults cuts a run at every call to the store in every way. Whatever
// happened, the store holds no change without its event and no event without
// its change, and running again converges and then writes nothing.
func TestFaults(t *testing.T) {
	before := registry{"orders/carts@prod": "v1", "orders/carts@staging": "v1", "orders/old": "v1", "payments/charges": "v1"}.desired(t)
	after := registry{"orders/carts@prod": "v2", "orders/carts@staging": "v1", "orders/new": "v1", "shipping/parcels": "v1", "payments/charges": "v1"}.desired(t)
	points := 0
	storetest.Sweep(t,
		func(t *testing.T) store.Store {
			st := storetest.NewMemory()
			mustRun(t, st, before, "before")
			return st
		},
		func(t *testing.T, faulty *storetest.FaultyStore, intact store.Store) {
			was := events(t, intact)
			result, err := run(t.Context(), faulty, after, config("cut"))
			mustHold(t, intact)
			points++
			if err == nil && (result.Remaining != 0 || result.Written() != 4) {
				t.Errorf("a run without an error says %+v", result)
			}
			if result != nil && !errors.Is(err, storetest.ErrDown) && result.Events != events(t, intact)-was {
				t.Errorf("the run says %d events, the store has %d more", result.Events, events(t, intact)-was)
			}
			mustRun(t, intact, after, "again")
			mustHold(t, intact)
			mustEqual(t, intact, after)
			if n := events(t, intact) - was; n != 5 { // four registrations and the record
				t.Errorf("in the end there are %d new events for 5 changes", n)
			}
			counted := &counter{Store: intact}
			mustRun(t, counted, after, "at last")
			if counted.commits != 0 {
				t.Errorf("a last run made %d commits", counted.commits)
			}
		})
	const recorded = 90
	if points < recorded {
		t.Errorf("%d points were cut, %d are on record", points, recorded)
	}
	t.Logf("%d points in %d ways, each converged", points, len(storetest.Kinds()))
}

func events(t *testing.T, st store.Store) int {
	t.Helper()
	v, err := sync.Verify(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return v.Events
}

// TestStop ends a run after each of its commits, as a signal does: the commit
// that was begun is whole, the result says how far it came, and the next run
// goes on from there.
func TestStop(t *testing.T) {
	t.Parallel()
	desired := registry{"orders/a": "v1", "orders/b": "v1", "orders/c": "v1"}.desired(t)
	for stop := 1; stop <= 3; stop++ {
		st := storetest.NewMemory()
		ctx, cancel := context.WithCancel(t.Context())
		c := config("stopped")
		c.Progress = func(p sync.Progress) {
			if p.Done == stop {
				cancel()
			}
		}
		result, err := run(ctx, st, desired, c)
		if stop < 3 && !errors.Is(err, context.Canceled) || result.Created != stop || result.Remaining != 3-stop {
			t.Errorf("stopped after %d: %+v, %v", stop, result, err)
		}
		mustHold(t, st)
		if result := mustRun(t, st, desired, "again"); result.Created != 3-stop {
			t.Errorf("the next run created %d", result.Created)
		}
		mustEqual(t, st, desired)
	}
}

// rival lets another run finish between the reading and the first commit.
type rival struct {
	store.Store
	once func()
}

func (r *rival) Commit(ctx context.Context, c store.Commit) ([]string, error) {
	if once := r.once; once != nil {
		r.once = nil
		once()
	}
	return r.Store.Commit(ctx, c)
}

func TestConflict(t *testing.T) {
	t.Parallel()
	v1, v2 := registry{"orders/carts": "v1"}, registry{"orders/carts": "v2"}
	for _, test := range []struct {
		name   string
		theirs registry
		strict bool
		want   sync.Result
		stale  bool
	}{
		{"another version was written meanwhile", registry{"orders/carts": "v3"}, false, sync.Result{Updated: 1, Commits: 1, Events: 1, Conflicts: 1}, false},
		{"the same was written meanwhile", v2, false, sync.Result{Overtaken: 1, Conflicts: 1}, false},
		{"it was removed meanwhile", registry{"orders/other": "v1"}, false, sync.Result{Created: 1, Commits: 1, Events: 1, Conflicts: 1}, false},
		{"a saved plan is not planned anew", registry{"orders/carts": "v3"}, true, sync.Result{Remaining: 1}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			st := storetest.NewMemory()
			mustRun(t, st, v1.desired(t), "before")
			r := &rival{Store: st, once: func() { mustRun(t, st, test.theirs.desired(t), "theirs") }}
			c := config("ours")
			c.Strict = test.strict
			got, err := run(t.Context(), r, v2.desired(t), c)
			if test.stale != errors.Is(err, sync.ErrStale) || !test.stale && err != nil {
				t.Fatalf("error %v", err)
			}
			test.want.APIVersion, test.want.Kind, test.want.Registry = manifest.APIVersion, sync.Kind, "acme"
			test.want.Operation, test.want.Plan = "ours", got.Plan
			if d := cmp.Diff(test.want, *got); d != "" {
				t.Errorf("result differs (-want +got):\n%s", d)
			}
			mustHold(t, st)
		})
	}
}

// TestContention has another run win every time.
func TestContention(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	mustRun(t, st, registry{"orders/carts": "v1"}.desired(t), "before")
	version := 1
	always := &eager{Store: st, each: func() {
		version++
		mustRun(t, st, registry{"orders/carts": fmt.Sprintf("w%d", version)}.desired(t), fmt.Sprintf("theirs-%d", version))
	}}
	c := config("ours")
	c.Attempts = 3
	result, err := run(t.Context(), always, registry{"orders/carts": "v2"}.desired(t), c)
	if !errors.Is(err, sync.ErrContention) || result.Conflicts != 3 || result.Written() != 0 {
		t.Errorf("result %+v, error %v", result, err)
	}
	mustHold(t, st)
}

// TestOutage has a store that reads but does not write any more, after some
// patience of its own. Planning anew is no help: the run ends, and says why.
func TestOutage(t *testing.T) {
	t.Parallel()
	for written := range 3 {
		st := &silent{Store: storetest.NewMemory(), left: written}
		result, err := run(t.Context(), st, registry{"orders/a": "v1", "orders/b": "v1"}.desired(t), config("ours"))
		if !errors.Is(err, store.ErrUnknownOutcome) || strings.Contains(err.Error(), "\n") || st.lost != 1 {
			t.Errorf("after %d commits, %d more were tried: %v", written, st.lost, err)
		}
		if result.Commits != written || result.Conflicts != 0 || result.Remaining == 0 {
			t.Errorf("after %d commits the result is %+v", written, result)
		}
	}
}

// silent writes a few commits, and then cannot say what became of one.
type silent struct {
	store.Store
	left, lost int
}

func (s *silent) Commit(ctx context.Context, c store.Commit) ([]string, error) {
	if s.left--; s.left >= 0 {
		return s.Store.Commit(ctx, c)
	}
	s.lost++
	return nil, store.ErrUnknownOutcome
}

// eager lets another run finish before every commit.
type eager struct {
	store.Store
	each func()
}

func (e *eager) Commit(ctx context.Context, c store.Commit) ([]string, error) {
	e.each()
	return e.Store.Commit(ctx, c)
}

// change edits a sealed registration and seals it again.
func change(t *testing.T, s *registration.Sealed, edit func(*registration.Record)) {
	t.Helper()
	r := s.Record
	edit(&r)
	var err error
	if *s, err = r.Seal(); err != nil {
		t.Fatal(err)
	}
}

// TestLargeApps have more changes, or longer ones, than one commit can carry.
func TestLargeApps(t *testing.T) {
	t.Parallel()
	many := registry{}
	for i := range 120 {
		many[fmt.Sprintf("orders/carts@e%03d", i)] = "v1"
	}
	st := storetest.NewMemory()
	if got := mustRun(t, st, many.desired(t), "many"); got.Created != 120 || got.Commits != 4 {
		t.Errorf("many environments: %+v", got)
	}
	mustHold(t, st)

	long := registry{"orders/carts@a": "v1", "orders/carts@b": "v1", "orders/carts@c": "v1", "orders/carts@d": "v1"}.desired(t)
	for i := range long.Registrations {
		change(t, &long.Registrations[i], func(r *registration.Record) {
			r.Annotations = map[string]string{"note": strings.Repeat("n", 250<<10)}
		})
	}
	st = storetest.NewMemory()
	if got := mustRun(t, st, long, "long"); got.Created != 4 || got.Commits != 3 {
		t.Errorf("long registrations: %+v", got)
	}
	for i := range long.Registrations {
		change(t, &long.Registrations[i], func(r *registration.Record) { r.Version = "v2" })
	}
	if got := mustRun(t, st, long, "longer"); got.Updated != 4 {
		t.Errorf("long registrations: %+v", got)
	}
	mustHold(t, st)
	mustEqual(t, st, long)
}

func TestStoreOfAnotherRegistry(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	mustRun(t, st, registry{"orders/carts": "v1"}.desired(t), "ours")
	theirs := registry{"orders/carts": "v1"}.desired(t)
	theirs.Registry = "other"
	if _, err := run(t.Context(), st, theirs, config("theirs")); !errors.Is(err, sync.ErrForeignStore) {
		t.Errorf("error %v", err)
	}
	moved := registry{"orders/carts": "v1"}.desired(t)
	moved.Domains = []plan.Domain{{Name: "orders", Container: "elsewhere"}}
	if _, err := run(t.Context(), st, moved, config("moved")); err == nil || !strings.Contains(err.Error(), "keep orders") {
		t.Errorf("error %v", err)
	}
}

// TestMoved changes each input of a plan in turn.
func TestMoved(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	desired := registry{"orders/carts": "v1"}.desired(t)
	saved := mustPlan(t, st, desired)
	if moved := sync.Moved(saved, mustPlan(t, st, desired)); len(moved) > 0 {
		t.Fatalf("nothing changed, and these moved: %v", moved)
	}
	for _, test := range []struct {
		want   string
		change func(d *sync.Desired)
	}{
		{"commit", func(d *sync.Desired) { d.Commit = "0123456789abcdef" }},
		{"manifests", func(d *sync.Desired) { d.Manifest = "sha256:00" }},
		{"policy", func(d *sync.Desired) { d.Policy = "sha256:00" }},
		{"registry", func(d *sync.Desired) { d.Registry = "other" }},
	} {
		other := desired
		test.change(&other)
		if moved := sync.Moved(saved, mustPlan(t, st, other)); len(moved) != 1 || !strings.HasPrefix(moved[0], test.want+" (planned ") {
			t.Errorf("moved %v, want %s", moved, test.want)
		}
	}
	mustRun(t, st, desired, "apply")
	if moved := sync.Moved(saved, mustPlan(t, st, desired)); len(moved) != 1 || !strings.HasPrefix(moved[0], "store (planned ") {
		t.Errorf("moved %v, want the store", moved)
	}
}

func mustPlan(t *testing.T, st store.Store, desired sync.Desired) *plan.Plan {
	t.Helper()
	state, err := sync.Read(t.Context(), st, desired, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.Plan(state, desired, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRefusedPlanIsNotApplied(t *testing.T) {
	t.Parallel()
	st := &counter{Store: storetest.NewMemory()}
	desired := registry{"orders/carts": "v1"}.desired(t)
	state, err := sync.Read(t.Context(), st, desired, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, st, desired)
	p.Refusals = []guardrail.Refusal{{Rule: "guardrail-update"}}
	if result, err := sync.Apply(t.Context(), st, p, state, config("op")); !errors.Is(err, sync.ErrRefused) || result.Written() != 0 || st.commits != 0 {
		t.Errorf("result %+v, error %v, %d commits", result, err, st.commits)
	}
}
