// SPDX-License-Identifier: Apache-2.0

package storetest_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

func key(id string) store.Key {
	return store.Key{Container: "orders", Partition: "checkout", ID: id}
}

func commitOne(id string) store.Commit {
	return store.Commit{Container: "orders", Partition: "checkout", Operations: []store.Operation{
		{Document: store.Document{ID: id, Type: store.TypeRegistration, Body: []byte(`1`)}},
	}}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind    storetest.Kind
		err     error // of a commit
		written bool
		readErr error // of a read
		ends    bool  // all later calls fail as well
	}{
		{storetest.Throttled, store.ErrThrottled, false, store.ErrThrottled, false},
		{storetest.Conflict, store.ErrConflict, false, nil, false},
		{storetest.ConflictAfter, store.ErrConflict, true, nil, false},
		{storetest.UnknownBefore, store.ErrUnknownOutcome, false, nil, false},
		{storetest.UnknownAfter, store.ErrUnknownOutcome, true, nil, false},
		{storetest.DownBefore, storetest.ErrDown, false, storetest.ErrDown, true},
		{storetest.DownAfter, storetest.ErrDown, true, storetest.ErrDown, true},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			t.Parallel()
			intact := storetest.NewMemory()
			faulty := storetest.Faulty(intact, storetest.Fault{Call: 2, Kind: c.kind})
			if _, err := faulty.Commit(t.Context(), commitOne("a")); err != nil {
				t.Fatalf("call 1: %v", err)
			}
			if etags, err := faulty.Commit(t.Context(), commitOne("b")); !errors.Is(err, c.err) || etags != nil {
				t.Errorf("call 2: etags %q, error %v, want %v", etags, err, c.err)
			}
			if _, err := intact.Read(t.Context(), key("b")); (err == nil) != c.written {
				t.Errorf("after call 2 reading gives %v, want written %t", err, c.written)
			}
			_, err := faulty.Entries(t.Context(), "orders", store.TypeRegistration)
			if c.ends != errors.Is(err, storetest.ErrDown) || !c.ends && err != nil {
				t.Errorf("call 3: error %v, want down %t", err, c.ends)
			}
			if faulty.Calls() != 3 || faulty.Fired() != 1 {
				t.Errorf("%d calls, %d faults; want 3, 1", faulty.Calls(), faulty.Fired())
			}
			for name, read := range map[string]func(st store.Store) error{
				"Read": func(st store.Store) error { _, err := st.Read(t.Context(), key("a")); return err },
				"List": func(st store.Store) error {
					_, err := st.List(t.Context(), "orders", "checkout", store.TypeEvent)
					return err
				},
				"Entries": func(st store.Store) error {
					_, err := st.Entries(t.Context(), "orders", store.TypeRegistration)
					return err
				},
			} {
				faulty := storetest.Faulty(intact, storetest.Fault{Call: 1, Kind: c.kind})
				if err := read(faulty); !errors.Is(err, c.readErr) {
					t.Errorf("%s: error %v, want %v", name, err, c.readErr)
				}
				if want := map[bool]int{true: 1}[c.readErr != nil]; faulty.Fired() != want {
					t.Errorf("%s: %d faults, want %d", name, faulty.Fired(), want)
				}
			}
		})
	}
}

// If the store refuses a commit, its error is returned: a fault must not make the
// commit look as if it might have been written.
func TestFaultOfARefusedCommit(t *testing.T) {
	t.Parallel()
	faulty := storetest.Faulty(storetest.NewMemory(), storetest.Fault{Call: 2, Kind: storetest.UnknownAfter})
	for call, want := range []error{nil, store.ErrConflict} {
		if _, err := faulty.Commit(t.Context(), commitOne("a")); !errors.Is(err, want) {
			t.Errorf("call %d: error %v, want %v", call+1, err, want)
		}
	}
}

// count increments a counter. It reads again after a conflict, and looks up a lost
// outcome.
func count(ctx context.Context, st store.Store) error {
	for range 3 {
		doc, err := st.Read(ctx, key("counter"))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		n := 0
		if err == nil {
			if n, err = strconv.Atoi(string(doc.Body)); err != nil {
				return err
			}
		}
		if n == 1 {
			return nil
		}
		c := commitOne("counter")
		c.Operations[0].IfMatch = doc.ETag
		_, err = st.Commit(ctx, c)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrUnknownOutcome) {
			return err
		}
	}
	return errors.New("no end of conflicts")
}

// A sweep applies every kind to both calls of a run, and ends.
func TestSweep(t *testing.T) {
	runs, fired := 0, 0
	storetest.Sweep(t, func(*testing.T) store.Store { return storetest.NewMemory() },
		func(t *testing.T, faulty *storetest.FaultyStore, intact store.Store) {
			t.Helper()
			err := count(t.Context(), faulty)
			runs++
			fired += faulty.Fired()
			if err != nil && !errors.Is(err, store.ErrThrottled) && !errors.Is(err, storetest.ErrDown) {
				t.Errorf("count: %v", err)
			}
			if err := count(t.Context(), intact); err != nil {
				t.Errorf("count again: %v", err)
			}
			if doc, err := intact.Read(t.Context(), key("counter")); err != nil || string(doc.Body) != "1" {
				t.Errorf("the counter is %q, error %v", doc.Body, err)
			}
		})
	// Three kinds affect the read and the commit, and four only the commit. Each kind
	// ends with a run without a fault.
	if wantFired, wantRuns := 3*2+4, 3*2+4*2+len(storetest.Kinds()); fired != wantFired || runs != wantRuns {
		t.Errorf("%d faults in %d runs, want %d in %d", fired, runs, wantFired, wantRuns)
	}
}
