// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/storetest"
)

// Errors of the outside world.
var (
	errCut    = errors.New("connection cut")
	errStatus = errors.New("refused with a status")
	errLimit  = errors.New("there may be no more keys")
)

// killed unwinds a worker whose process is gone.
type killed struct{}

// A kind is what a call does, for counting and for faults.
type kind string

const (
	kindRead    kind = "store read"
	kindCommit  kind = "store commit"
	kindList    kind = "list"
	kindCreate  kind = "create"
	kindVerify  kind = "verify"
	kindRevoke  kind = "revoke"
	kindStage   kind = "stage"
	kindStaged  kind = "staged"
	kindUnstage kind = "unstage"
	kindDeliver kind = "deliver"
)

// effect reports calls that change the outside.
func (k kind) effect() bool {
	return k == kindCreate || k == kindRevoke || k == kindStage || k == kindUnstage || k == kindDeliver
}

// A point is the nth call of a kind in a world. Faults are planned for points, so
// that they stay where they are when other calls come or go.
type point struct {
	kind kind
	n    int
}

func (p point) String() string { return fmt.Sprintf("%s %d", p.kind, p.n) }

// A fault is what goes wrong with a call: before is the error, or killed, without
// any effect; after is the same with it.
type fault struct {
	name          string
	before, after bool // the process is killed
	err           error
	served        bool // the call takes effect, whatever is answered
	late          time.Duration
	storeErr      error // what the store says in place of err
}

// faults are those of threats and faults in the field: a kill on either side of a
// call, a connection that is cut on either side, statuses, a truncated answer,
// and a call that takes longer than anybody waits.
func faults() []fault {
	return []fault{
		{name: "kill before", before: true},
		{name: "kill after", after: true, served: true},
		{name: "cut before", err: errCut, storeErr: store.ErrUnknownOutcome},
		{name: "cut after", err: errCut, served: true, storeErr: store.ErrUnknownOutcome},
		{name: "408", err: errStatus, storeErr: store.ErrUnknownOutcome},
		{name: "409", err: errStatus, storeErr: store.ErrConflict},
		{name: "429", err: errStatus, storeErr: store.ErrThrottled},
		{name: "503", err: errStatus, storeErr: store.ErrUnknownOutcome},
		{name: "truncated", err: errCut, served: true, storeErr: store.ErrUnknownOutcome},
		{name: "slow", err: context.DeadlineExceeded, served: true, late: 65 * time.Second, storeErr: store.ErrUnknownOutcome},
	}
}

// A key is one at the provider.
type key struct {
	id, marker, value string
	created, ready    time.Time
	expires           time.Time
	foreign           bool
	ended             time.Time // it opens nothing since; zero for a key that does
}

// An operation is something that the provider is at.
type operation struct {
	key  string
	done time.Time
}

// A world is everything outside of the workers: a provider of one shape, two
// sinks, a store, a clock. It checks after every call what must always be true.
type world struct {
	t        testing.TB
	shape    rotate.Origin
	delay    time.Duration // until the provider knows a new key everywhere
	limit    int           // keys that the provider takes; 0 for any number
	mostKeys int           // of ours that there may ever be
	now      time.Time
	docs     *storetest.Memory
	keys     []key
	making   []operation // of a lasting provider; what is done is applied by pass
	failing  int         // so many operations come to nothing
	failed   []string    // those that did
	made     int
	serves   map[string]string // value, by file
	staged   []rotate.StagedValue
	refs     int

	calls  []point                        // those made so far
	count  map[kind]int                   // of calls
	plan   map[point]fault                // what goes wrong, by point
	roll   func() (f fault, planned bool) // what goes wrong with any other call; may be nil
	fired  map[string]int
	before func(by string, k kind) // asked before every call, by the scheduler
	seen   map[string]uint64       // what each worker was told so far, as a hash
	broken []string                // what was not true
	left   map[string]time.Time    // when the last sink stopped to serve a value
	exempt bool                    // a leak: nothing is promised to consumers

	consumers  []string
	ackTimeout time.Duration
}

func newWorld(t testing.TB, shape rotate.Origin) *world {
	w := &world{
		t: t, shape: shape, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), docs: storetest.NewMemory(),
		serves: map[string]string{}, left: map[string]time.Time{}, seen: map[string]uint64{}, plan: map[point]fault{}, count: map[kind]int{}, fired: map[string]int{}, delay: 12 * time.Second, mostKeys: 2,
	}
	w.keys = []key{{id: "theirs", value: "theirs", marker: "somebody's", foreign: true}}
	switch shape {
	case rotate.DualKey, lasting:
		w.keys = append(w.keys, key{id: "primary", value: "p0", created: w.now.Add(-time.Hour)}, key{id: "secondary", value: "s0", created: w.now.Add(-time.Hour)})
	case rotate.ClientGenerated, soaking:
		w.limit = 3 // two of ours beside theirs
	case rotate.ProviderGenerated:
	}
	return w
}

func (w *world) target() rotate.Target {
	return rotate.Target{
		Container: "orders", Partition: "checkout", Domain: "orders", Node: "orders/checkout@prod", Owner: "group:checkout-team",
		ID: "credential@prod.api", Name: "api", Type: string(w.shape), Every: 30 * 24 * time.Hour, Overlap: 24 * time.Hour,
		Sinks: []registration.Sink{{File: "one"}, {File: "two"}}, Consumers: w.consumers, AckTimeout: w.ackTimeout,
	}
}

// call counts a call, and lets it go wrong if that is planned. do is its effect.
func (w *world) call(by string, k kind, do func() (string, error)) error {
	if w.before != nil {
		w.before(by, k)
	}
	w.pass()
	w.count[k]++
	at := point{k, w.count[k]}
	w.calls = append(w.calls, at)
	f, planned := w.plan[at]
	if !planned && w.roll != nil {
		f, planned = w.roll()
	}
	if !planned {
		told, err := do()
		w.check(k)
		w.see(by, fmt.Sprint(k, told, err))
		return err
	}
	w.fired[f.name]++
	if f.before {
		panic(killed{})
	}
	var err error
	if f.served {
		_, err = do()
	}
	w.now = w.now.Add(f.late)
	w.check(k)
	if f.after {
		panic(killed{})
	}
	failure := f.err
	if k == kindCommit || k == kindRead {
		if failure = f.storeErr; k == kindRead {
			failure = store.ErrThrottled
		}
	}
	return errors.Join(failure, err)
}

// see adds to what a worker was told.
func (w *world) see(by, told string) {
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, w.seen[by], told)
	w.seen[by] = h.Sum64()
}

// check looks at what must be true at every instant: every sink that was given a
// value serves one that the provider accepts; nothing foreign is gone; no limit is
// exceeded.
func (w *world) check(k kind) {
	if !slices.ContainsFunc(w.keys, func(k key) bool { return k.foreign && k.value == "theirs" }) {
		w.broken = append(w.broken, fmt.Sprintf("after %s: somebody else's key is gone", w.last(k)))
	}
	for place, value := range w.serves {
		if !w.accepted(value) && !w.exempt {
			w.broken = append(w.broken, fmt.Sprintf("after %s: %s serves a value that is not accepted", w.last(k), place))
		}
	}
	if most := w.mostKeys; len(w.keys)-1 > most {
		w.broken = append(w.broken, fmt.Sprintf("after %s: %d keys of roster's", w.last(k), len(w.keys)-1))
	}
}

// last names the call that is being made.
func (w *world) last(k kind) point { return point{k, w.count[k]} }

// accepted reports whether the provider takes a value, everywhere.
func (w *world) accepted(value string) bool {
	return slices.ContainsFunc(w.keys, func(k key) bool {
		return k.value == value && k.ended.IsZero() && !w.now.Before(k.ready) && (k.expires.IsZero() || w.now.Before(k.expires))
	})
}

// deliver changes what a place serves, and remembers when a value was last served
// anywhere.
func (w *world) deliver(place, value string) {
	old := w.serves[place]
	w.serves[place] = value
	if old == "" || old == value {
		return
	}
	for _, other := range w.serves {
		if other == old {
			return
		}
	}
	w.left[old] = w.now
}

// ended checks that a key that was served is ended no sooner than its consumers
// were promised.
func (w *world) ended(value string) {
	if since, served := w.left[value]; served && w.now.Sub(since) < w.target().Overlap && !w.exempt {
		w.broken = append(w.broken, fmt.Sprintf("%s revokes %s %s after it was last served", w.last(kindRevoke), value, w.now.Sub(since)))
	}
}

func (w *world) slots() bool { return w.shape == rotate.DualKey || w.shape == lasting }

// pass does what the provider has finished meanwhile.
func (w *world) pass() {
	w.making = slices.DeleteFunc(w.making, func(o operation) bool {
		if w.now.Before(o.done) {
			return false
		}
		at := w.find(o.key)
		if at < 0 {
			w.broken = append(w.broken, fmt.Sprintf("key %s is made anew, which is not ours", o.key))
			return true
		}
		w.made++
		w.keys[at] = key{id: o.key, value: fmt.Sprintf("value-%d", w.made), created: o.done, ready: o.done.Add(w.delay)}
		return true
	})
}

func (w *world) find(id string) int {
	return slices.IndexFunc(w.keys, func(k key) bool { return k.id == id && !k.foreign })
}

// config is a worker's, under a name of its own.
func (w *world) config(holder string) rotate.Config {
	return rotate.Config{
		Store:  worldStore{w, holder},
		Source: func(rotate.Target) (rotate.Source, error) { return worldSource{w, holder}, nil },
		Sink:   func(registration.Sink) (rotate.Sink, error) { return worldSink{w, holder}, nil },
		Now:    func() time.Time { return w.now },
		Sleep:  func(_ context.Context, d time.Duration) error { w.now = w.now.Add(d); return nil },
		Random: strings.NewReader(strings.Repeat("r", 1<<16)),
		Holder: holder,
		Event:  audit.Event{Actor: audit.Actor{Kind: audit.ActorCI, Name: "ada"}, Operation: holder},
	}
}

// process runs a worker to its end, or until it is killed.
func (w *world) process(holder string, reason rotate.Reason) (o rotate.Outcome, err error, alive bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, dead := p.(killed); !dead {
				panic(p)
			}
			alive = false
		}
	}()
	o, err = rotate.Run(context.Background(), w.target(), reason, w.config(holder))
	return o, err, true
}

// settle runs processes, as a schedule does, until the credential has a generation
// and nothing is under way. It returns how many it took.
func (w *world) settle(generation int) (processes int) {
	const most = 60
	for processes = 1; processes <= most; processes++ {
		o, err, alive := w.process(fmt.Sprintf("%s-%d-%d", w.shape, w.now.Unix(), processes), rotate.Scheduled)
		c, under := w.record()
		switch {
		case alive && err == nil && !under && c.Generation == generation:
			return processes
		case alive && err == nil && o.Next.After(w.now):
			w.now = o.Next
		case c.Held != "":
			w.broken = append(w.broken, "held: "+c.Held)
			return processes
		default:
			w.now = w.now.Add(11 * time.Minute)
		}
	}
	w.broken = append(w.broken, fmt.Sprintf("generation %d was not reached in %d runs", generation, most))
	return most
}

// record reads what is on record: the credential, and whether a rotation is under
// way.
func (w *world) record() (c rotate.Credential, under bool) {
	w.t.Helper()
	for _, kind := range []store.Type{rotate.TypeCredential, rotate.TypeRotation} {
		docs, err := w.docs.List(context.Background(), "orders", "checkout", kind)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, doc := range docs {
			var r rotate.Rotation
			if kind == rotate.TypeCredential {
				c = decoded[rotate.Credential](w.t, doc)
			} else if r = decoded[rotate.Rotation](w.t, doc); r.State != rotate.Done {
				under = true
			}
		}
	}
	return c, under
}

// final checks what must be true when nothing is under way.
func (w *world) final(generation int) {
	w.t.Helper()
	bad := func(format string, values ...any) { w.broken = append(w.broken, fmt.Sprintf(format, values...)) }
	c, under := w.record()
	if c.Live == nil || c.Generation != generation || c.Previous != nil || under {
		bad("on record: %+v, under way: %v", c, under)
		return
	}
	at := w.find(c.Live.Key)
	if at < 0 {
		bad("the live key is not at the provider")
		return
	}
	for _, place := range []string{"one", "two"} {
		if w.serves[place] != w.keys[at].value {
			bad("%s does not serve the live key", place)
		}
	}
	if ours := len(w.keys) - 1; !w.slots() && ours != 1 {
		bad("%d keys of ours are left: %+v", ours, w.keys)
	}
	for old := range w.left {
		if w.accepted(old) {
			bad("%s is still accepted, and nothing serves it", old)
		}
	}
	if len(w.staged) > 0 {
		bad("%d values are still staged", len(w.staged))
	}
	w.trail(bad)
}

// trail checks the audit trail: it is whole, and has one event for every write.
func (w *world) trail(bad func(string, ...any)) {
	w.t.Helper()
	ctx := context.Background()
	docs, err := w.docs.List(ctx, "orders", "checkout", store.TypeEvent)
	if err != nil {
		w.t.Fatal(err)
	}
	stored := make([]audit.Stored, len(docs))
	for i, doc := range docs {
		stored[i] = audit.Stored{ID: doc.ID, Body: doc.Body}
	}
	head, err := w.docs.Read(ctx, store.Key{Container: "orders", Partition: "checkout", ID: "head"})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range audit.Verify(audit.Chain{Domain: "orders", App: "checkout"}, stored, decoded[audit.Head](w.t, head), store.EventID) {
		bad("trail: %s: %s", p.Rule, p.Message)
	}
	last := "done"
	for _, s := range stored {
		if strings.Contains(string(s.Body), "value-") {
			bad("a value is in the trail")
		}
		e, err := audit.Decode(s.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		state := strings.TrimPrefix(e.Type, audit.Rotation)
		if follow := w.follows()[state]; follow != nil {
			if !slices.Contains(follow, last) {
				bad("trail: %s follows %s", state, last)
			}
			last = state
		}
	}
}

// follows says which state each one may follow.
func (w *world) follows() map[string][]string {
	proven := "staged"
	if w.shape == rotate.ClientGenerated || w.shape == soaking {
		proven = "created"
	}
	return map[string][]string{
		"superseded": {"promoted"},
		"prepared":   {"done", "superseded", "staged", "created", "verified"}, "staged": {"prepared"}, "created": {"staged"}, "verified": {proven},
		"delivered": {"verified"}, "promoted": {"delivered"}, "revoked": {"promoted"}, "done": {"revoked"},
	}
}
