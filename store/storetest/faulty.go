// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/appofapps/roster/store"
)

// Kind is a way in which a call fails.
type Kind int

// The kinds of faults. A call with a fault named Before does not reach the store, a
// call with one named After does. Only Throttled, DownBefore and DownAfter affect
// reads, for which DownAfter equals DownBefore.
const (
	Throttled     Kind = iota // store.ErrThrottled, not written
	Conflict                  // store.ErrConflict, not written
	ConflictAfter             // store.ErrConflict, written: a retry conflicts with its first attempt
	UnknownBefore             // store.ErrUnknownOutcome, not written
	UnknownAfter              // store.ErrUnknownOutcome, written
	DownBefore                // ErrDown for this call and all later ones: a process that died before the call
	DownAfter                 // the same, but a commit is written: a process that died before the answer
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{Throttled, Conflict, ConflictAfter, UnknownBefore, UnknownAfter, DownBefore, DownAfter}
}

// String returns the kind's name, for the names of tests.
func (k Kind) String() string {
	return [...]string{
		"throttled", "conflict", "conflict after", "unknown before", "unknown after", "down before", "down after",
	}[k]
}

// ErrDown is returned by every call to a store that is down.
var ErrDown = errors.New("store is down")

// Fault is the fault of one call.
type Fault struct {
	Call int // 1 is the first
	Kind Kind
}

// FaultyStore passes calls to a store, except for those with a fault. It numbers the
// calls in the order of arrival.
type FaultyStore struct {
	store  store.Store
	faults []Fault

	mu    sync.Mutex // guards the fields below
	calls int
	fired int
	down  bool
}

var _ store.Store = (*FaultyStore)(nil)

// Faulty wraps a store and adds faults. Without faults it only counts the calls.
func Faulty(st store.Store, faults ...Fault) *FaultyStore {
	return &FaultyStore{store: st, faults: faults}
}

// Calls returns the number of calls so far.
func (f *FaultyStore) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// Fired returns the number of faults so far.
func (f *FaultyStore) Fired() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired
}

// next counts a call. It returns whether the call reaches the store, and the error to
// return instead of the store's answer, if any.
func (f *FaultyStore) next(write bool) (reaches bool, fault error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.down {
		return false, ErrDown
	}
	for _, fault := range f.faults {
		if fault.Call != f.calls || !write && !fault.Kind.readsToo() {
			continue
		}
		f.fired++
		f.down = fault.Kind == DownBefore || fault.Kind == DownAfter
		after := fault.Kind == ConflictAfter || fault.Kind == UnknownAfter || fault.Kind == DownAfter
		return write && after, fmt.Errorf("%w: call %d: %s", fault.Kind.err(), f.calls, fault.Kind)
	}
	return true, nil
}

func (k Kind) readsToo() bool { return k == Throttled || k == DownBefore || k == DownAfter }

func (k Kind) err() error {
	switch k {
	case Throttled:
		return store.ErrThrottled
	case Conflict, ConflictAfter:
		return store.ErrConflict
	case UnknownBefore, UnknownAfter:
		return store.ErrUnknownOutcome
	default:
		return ErrDown
	}
}

// Read reads from the store, or fails.
func (f *FaultyStore) Read(ctx context.Context, key store.Key) (store.Document, error) {
	if _, err := f.next(false); err != nil {
		return store.Document{}, err
	}
	return f.store.Read(ctx, key)
}

// List lists the store's documents, or fails.
func (f *FaultyStore) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	if _, err := f.next(false); err != nil {
		return nil, err
	}
	return f.store.List(ctx, container, partition, t)
}

// Entries lists the store's entries, or fails.
func (f *FaultyStore) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	if _, err := f.next(false); err != nil {
		return nil, err
	}
	return f.store.Entries(ctx, container, t)
}

// Commit commits to the store, fails, or does both. If the store refuses the commit,
// its error is returned: nothing was written, so no outcome can be lost.
func (f *FaultyStore) Commit(ctx context.Context, commit store.Commit) ([]string, error) {
	reaches, fault := f.next(true)
	if !reaches {
		return nil, fault
	}
	etags, err := f.store.Commit(ctx, commit)
	if err != nil {
		return nil, err
	}
	if fault != nil {
		return nil, fault
	}
	return etags, nil
}

// Sweep makes every call of a run fail in every way. For each kind and for k = 1, 2,
// ... it calls run, as a subtest, with a new store whose call k fails, until a run
// makes fewer than k calls. run checks the result, using intact, the store without
// faults. Sweep fails if a kind never fired.
func Sweep(t *testing.T, open func(t *testing.T) store.Store, run func(t *testing.T, faulty *FaultyStore, intact store.Store)) {
	t.Helper()
	for _, kind := range Kinds() {
		fired := 0
		for k, more := 1, true; more; k++ {
			t.Run(fmt.Sprintf("%s/%d", kind, k), func(t *testing.T) {
				intact := open(t)
				faulty := Faulty(intact, Fault{Call: k, Kind: kind})
				run(t, faulty, intact)
				fired += faulty.Fired()
				more = faulty.Calls() >= k && !t.Failed()
			})
		}
		if fired == 0 {
			t.Errorf("fault %q never fired", kind)
		}
	}
}
