// SPDX-License-Identifier: Apache-2.0

package sync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/test/smallregistry"
	"github.com/appofapps/roster/ledger"
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
	first := smallregistry.Registry{"orders/carts@prod": "v1", "orders/carts@staging": "v1", "payments/charges": "v1"}.Desired(t)
	got := smallregistry.MustRun(t, st, first, "first")
	if got.Created != 3 || got.Commits != 3 || got.Events != 4 || got.Remaining != 0 {
		t.Errorf("first run: %+v", got)
	}
	mustHold(t, st)
	mustEqual(t, st, first)

	second := smallregistry.Registry{"orders/carts@prod": "v2", "orders/returns": "v1", "payments/charges": "v1"}.Desired(t)
	got = smallregistry.MustRun(t, st, second, "second")
	if got.Created != 1 || got.Updated != 1 || got.Deleted != 1 || got.Commits != 3 || got.Events != 4 {
		t.Errorf("second run: %+v", got)
	}
	mustEqual(t, st, second)

	// The registrations of a domain that leaves the manifests become tombstones. A
	// node that returns replaces its tombstone.
	third := smallregistry.Registry{"orders/carts@staging": "v3"}.Desired(t)
	got = smallregistry.MustRun(t, st, third, "third")
	if got.Created != 1 || got.Deleted != 3 {
		t.Errorf("third run: %+v", got)
	}
	mustEqual(t, st, third)
	if v := mustHold(t, st); v.Registrations != 1 {
		t.Errorf("%d registrations", v.Registrations)
	}
}

// TestSecondSyncWritesNothing also checks that one change in a hundred apps is
// one commit. It counts the calls to the store.
func TestSecondSyncWritesNothing(t *testing.T) {
	t.Parallel()
	apps := smallregistry.Registry{}
	for i := range 100 {
		apps[fmt.Sprintf("orders/app-%02d@prod", i)] = "v1"
	}
	st := &counter{Store: storetest.NewMemory()}
	smallregistry.MustRun(t, st, apps.Desired(t), "first")
	if st.registrations != 100 || st.commits != 101 {
		t.Errorf("the first run made %d commits of %d registrations", st.commits, st.registrations)
	}
	*st = counter{Store: st.Store}
	smallregistry.MustRun(t, st, apps.Desired(t), "second")
	if st.commits != 0 {
		t.Errorf("the second run made %d commits", st.commits)
	}
	apps["orders/app-42@prod"] = "v2"
	smallregistry.MustRun(t, st, apps.Desired(t), "third")
	if st.commits != 1 || st.operations != 3 || st.registrations != 1 {
		t.Errorf("one change made %d commits of %d operations", st.commits, st.operations)
	}
}

// TestFaults interrupts a run at every call to the store, with every kind of
// fault. After each, the store has no change without its event and no event
// without its change. The next run converges, and the one after it writes nothing.
func TestFaults(t *testing.T) {
	before := smallregistry.Registry{"orders/carts@prod": "v1", "orders/carts@staging": "v1", "orders/old": "v1", "payments/charges": "v1"}.Desired(t)
	after := smallregistry.Registry{"orders/carts@prod": "v2", "orders/carts@staging": "v1", "orders/new": "v1", "shipping/parcels": "v1", "payments/charges": "v1"}.Desired(t)
	points := 0
	storetest.Sweep(t,
		func(t *testing.T) store.Store {
			st := storetest.NewMemory()
			smallregistry.MustRun(t, st, before, "before")
			return st
		},
		func(t *testing.T, faulty *storetest.FaultyStore, intact store.Store) {
			was := events(t, intact)
			result, err := smallregistry.Run(t.Context(), faulty, after, smallregistry.Config("cut"))
			mustHold(t, intact)
			points++
			if err == nil && (result.Remaining != 0 || result.Written() != 4) {
				t.Errorf("a run without an error says %+v", result)
			}
			if result != nil && !errors.Is(err, storetest.ErrDown) && result.Events != events(t, intact)-was {
				t.Errorf("the run says %d events, the store has %d more", result.Events, events(t, intact)-was)
			}
			smallregistry.MustRun(t, intact, after, "again")
			mustHold(t, intact)
			mustEqual(t, intact, after)
			if n := events(t, intact) - was; n != 5 { // four registrations and the registry document
				t.Errorf("in the end there are %d new events for 5 changes", n)
			}
			counted := &counter{Store: intact}
			smallregistry.MustRun(t, counted, after, "at last")
			if counted.commits != 0 {
				t.Errorf("a last run made %d commits", counted.commits)
			}
		})
	const recorded = 90
	if points < recorded {
		t.Errorf("%d points were interrupted, want %d", points, recorded)
	}
	t.Logf("%d points in %d ways, each converged", points, len(storetest.Kinds()))
}

func events(t *testing.T, st store.Store) int {
	t.Helper()
	v, err := ledger.Verify(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return v.Events
}

// TestStop cancels a run after each of its commits, as a signal does. The started
// commit is complete, the result has the progress, and the next run continues
// from there.
func TestStop(t *testing.T) {
	t.Parallel()
	desired := smallregistry.Registry{"orders/a": "v1", "orders/b": "v1", "orders/c": "v1"}.Desired(t)
	for stop := 1; stop <= 3; stop++ {
		st := storetest.NewMemory()
		ctx, cancel := context.WithCancel(t.Context())
		c := smallregistry.Config("stopped")
		c.Progress = func(p sync.Progress) {
			if p.Done == stop {
				cancel()
			}
		}
		result, err := smallregistry.Run(ctx, st, desired, c)
		if stop < 3 && !errors.Is(err, context.Canceled) || result.Created != stop || result.Remaining != 3-stop {
			t.Errorf("stopped after %d: %+v, %v", stop, result, err)
		}
		mustHold(t, st)
		if result := smallregistry.MustRun(t, st, desired, "again"); result.Created != 3-stop {
			t.Errorf("the next run created %d", result.Created)
		}
		mustEqual(t, st, desired)
	}
}

// rival lets another run finish between the read and the first commit.
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
	v1, v2 := smallregistry.Registry{"orders/carts": "v1"}, smallregistry.Registry{"orders/carts": "v2"}
	for _, test := range []struct {
		name   string
		theirs smallregistry.Registry
		strict bool
		want   sync.Result
		stale  bool
	}{
		{"another version was written meanwhile", smallregistry.Registry{"orders/carts": "v3"}, false, sync.Result{Updated: 1, Commits: 1, Events: 1, Conflicts: 1}, false},
		{"the same was written meanwhile", v2, false, sync.Result{Overtaken: 1, Conflicts: 1}, false},
		{"it was removed meanwhile", smallregistry.Registry{"orders/other": "v1"}, false, sync.Result{Created: 1, Commits: 1, Events: 1, Conflicts: 1}, false},
		{"a saved plan is not planned again", smallregistry.Registry{"orders/carts": "v3"}, true, sync.Result{Remaining: 1}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			st := storetest.NewMemory()
			smallregistry.MustRun(t, st, v1.Desired(t), "before")
			r := &rival{Store: st, once: func() { smallregistry.MustRun(t, st, test.theirs.Desired(t), "theirs") }}
			c := smallregistry.Config("ours")
			c.Strict = test.strict
			got, err := smallregistry.Run(t.Context(), r, v2.Desired(t), c)
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
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1"}.Desired(t), "before")
	version := 1
	always := &eager{Store: st, each: func() {
		version++
		smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": fmt.Sprintf("w%d", version)}.Desired(t), fmt.Sprintf("theirs-%d", version))
	}}
	c := smallregistry.Config("ours")
	c.Attempts = 3
	result, err := smallregistry.Run(t.Context(), always, smallregistry.Registry{"orders/carts": "v2"}.Desired(t), c)
	if !errors.Is(err, sync.ErrContention) || result.Conflicts != 3 || result.Written() != 0 {
		t.Errorf("result %+v, error %v", result, err)
	}
	mustHold(t, st)
}

// TestOutage has a store that can still be read, but whose writes fail after its
// own retries. Planning again would not help: the run ends with the cause.
func TestOutage(t *testing.T) {
	t.Parallel()
	for written := range 3 {
		st := &silent{Store: storetest.NewMemory(), left: written}
		result, err := smallregistry.Run(t.Context(), st, smallregistry.Registry{"orders/a": "v1", "orders/b": "v1"}.Desired(t), smallregistry.Config("ours"))
		if !errors.Is(err, store.ErrUnknownOutcome) || strings.Contains(err.Error(), "\n") || st.lost != 1 {
			t.Errorf("after %d commits, %d more were tried: %v", written, st.lost, err)
		}
		if result.Commits != written || result.Conflicts != 0 || result.Remaining == 0 {
			t.Errorf("after %d commits the result is %+v", written, result)
		}
	}
}

// silent writes a few commits, and then does not know the outcome of one.
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
	many := smallregistry.Registry{}
	for i := range 120 {
		many[fmt.Sprintf("orders/carts@e%03d", i)] = "v1"
	}
	st := storetest.NewMemory()
	if got := smallregistry.MustRun(t, st, many.Desired(t), "many"); got.Created != 120 || got.Commits != 4 {
		t.Errorf("many environments: %+v", got)
	}
	mustHold(t, st)

	long := smallregistry.Registry{"orders/carts@a": "v1", "orders/carts@b": "v1", "orders/carts@c": "v1", "orders/carts@d": "v1"}.Desired(t)
	for i := range long.Registrations {
		change(t, &long.Registrations[i], func(r *registration.Record) {
			r.Annotations = map[string]string{"note": strings.Repeat("n", 250<<10)}
		})
	}
	st = storetest.NewMemory()
	if got := smallregistry.MustRun(t, st, long, "long"); got.Created != 4 || got.Commits != 3 {
		t.Errorf("long registrations: %+v", got)
	}
	for i := range long.Registrations {
		change(t, &long.Registrations[i], func(r *registration.Record) { r.Version = "v2" })
	}
	if got := smallregistry.MustRun(t, st, long, "longer"); got.Updated != 4 {
		t.Errorf("long registrations: %+v", got)
	}
	mustHold(t, st)
	mustEqual(t, st, long)
}

func TestStoreOfAnotherRegistry(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1"}.Desired(t), "ours")
	theirs := smallregistry.Registry{"orders/carts": "v1"}.Desired(t)
	theirs.Registry = "other"
	if _, err := smallregistry.Run(t.Context(), st, theirs, smallregistry.Config("theirs")); !errors.Is(err, ledger.ErrForeignStore) {
		t.Errorf("error %v", err)
	}
	moved := smallregistry.Registry{"orders/carts": "v1"}.Desired(t)
	moved.Domains = []plan.Domain{{Name: "orders", Container: "elsewhere"}}
	if _, err := smallregistry.Run(t.Context(), st, moved, smallregistry.Config("moved")); err == nil || !strings.Contains(err.Error(), `set spec.container to "orders"`) {
		t.Errorf("error %v", err)
	}
}

// TestStaleInputs changes each input of a plan in turn.
func TestStaleInputs(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	desired := smallregistry.Registry{"orders/carts": "v1"}.Desired(t)
	saved := mustPlan(t, st, desired)
	if moved := sync.StaleInputs(saved, mustPlan(t, st, desired)); len(moved) > 0 {
		t.Fatalf("nothing changed, but these are stale: %v", moved)
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
		if moved := sync.StaleInputs(saved, mustPlan(t, st, other)); len(moved) != 1 || !strings.HasPrefix(moved[0], test.want+" (planned ") {
			t.Errorf("stale %v, want %s", moved, test.want)
		}
	}
	smallregistry.MustRun(t, st, desired, "apply")
	if moved := sync.StaleInputs(saved, mustPlan(t, st, desired)); len(moved) != 1 || !strings.HasPrefix(moved[0], "store (planned ") {
		t.Errorf("stale %v, want the store", moved)
	}
}

func mustPlan(t *testing.T, st store.Store, desired sync.Desired) *plan.Plan {
	t.Helper()
	state, err := sync.Read(t.Context(), st, desired, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sync.Plan(state, desired, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRefusedPlanIsNotApplied(t *testing.T) {
	t.Parallel()
	st := &counter{Store: storetest.NewMemory()}
	desired := smallregistry.Registry{"orders/carts": "v1"}.Desired(t)
	state, err := sync.Read(t.Context(), st, desired, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, st, desired)
	p.Refusals = []guardrail.Refusal{{Rule: "guardrail-update"}}
	if result, err := sync.Apply(t.Context(), st, p, state, smallregistry.Config("op")); !errors.Is(err, sync.ErrRefused) || result.Written() != 0 || st.commits != 0 {
		t.Errorf("result %+v, error %v, %d commits", result, err, st.commits)
	}
}

// TestContainersBelongToOneDomain gives a new domain the container of one that is
// stored, whether or not that one is still declared.
func TestContainersBelongToOneDomain(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	smallregistry.MustRun(t, st, smallregistry.Registry{"orders/carts": "v1", "tools/report": "v1"}.Desired(t), "first")
	for name, container := range map[string]string{"evil": "tools", "more": "orders", "tools": "orders"} {
		desired := smallregistry.Registry{"orders/carts": "v1"}.Desired(t)
		desired.Domains = append(desired.Domains, plan.Domain{Name: name, Container: container})
		if _, err := sync.Read(t.Context(), st, desired, 1); !errors.Is(err, sync.ErrContainer) {
			t.Errorf("domain %s in container %s: %v", name, container, err)
		}
	}
}

// TestPlanReadsBodies writes another body under the digest of the desired one: a plan
// that believed the digest would be empty.
func TestPlanReadsBodies(t *testing.T) {
	t.Parallel()
	st := storetest.NewMemory()
	first, second := smallregistry.Registry{"orders/carts": "v1"}.Desired(t), smallregistry.Registry{"orders/carts": "v2"}.Desired(t)
	smallregistry.MustRun(t, st, first, "first")
	smallregistry.MustRun(t, st, second, "second")
	doc, err := st.Read(t.Context(), store.Key{Container: "orders", Partition: "carts", ID: "registration"})
	if err != nil {
		t.Fatal(err)
	}
	for name, digest := range map[string]string{"under the right digest": doc.Digest, "under its own": first.Registrations[0].Digest()} {
		changed := doc
		changed.Body, changed.Digest = first.Registrations[0].Bytes(), digest
		etags, err := st.Commit(t.Context(), store.Commit{Container: "orders", Partition: "carts", Operations: []store.Operation{{Document: changed, IfMatch: doc.ETag}}})
		if err != nil {
			t.Fatal(err)
		}
		doc.ETag = etags[0]
		state, err := sync.Read(t.Context(), st, second, 1)
		if errors.Is(err, registration.ErrDigest) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if p, err := sync.Plan(state, second, nil, time.Time{}); err != nil || p.Empty() {
			t.Errorf("an older body %s: the plan is empty, %v", name, err)
		}
	}
}
