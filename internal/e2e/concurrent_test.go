// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/cloudtest"

	"github.com/anishathalye/porcupine"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
	"github.com/appofapps/roster/store/storetest"
)

// weather makes a share of the batches fail; the number of the batch determines how.
type weather struct {
	seed   uint64
	oneIn  int
	struck atomic.Int64
	kinds  [4]atomic.Int64
}

func (w *weather) strike(e cloudtest.Exchange) cloudtest.Fault {
	random := rand.New(rand.NewPCG(w.seed, uint64(e.N)))
	if e.Kind != cloudtest.KindBatch || random.IntN(w.oneIn) > 0 {
		return cloudtest.Fault{}
	}
	w.struck.Add(1)
	kind := random.IntN(len(w.kinds))
	w.kinds[kind].Add(1)
	return []cloudtest.Fault{
		{Cut: true, After: true},
		{Status: http.StatusRequestTimeout, After: true},
		{Status: http.StatusServiceUnavailable, After: true},
		{Cut: true},
	}[kind]
}

// mustHaveStruck fails the test if a kind of fault never happened.
func (w *weather) mustHaveStruck(t *testing.T) {
	t.Helper()
	for kind := range w.kinds {
		if w.kinds[kind].Load() == 0 {
			t.Errorf("fault %d never happened", kind)
		}
	}
}

// open returns the store as the binary opens it, in this process, with pauses
// that a test can wait for.
func (s *site) open(t *testing.T) *cosmos.Store {
	t.Helper()
	env := map[string]string{}
	for _, pair := range s.env {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	getenv := func(name string) string { return env[name] }
	client := &http.Client{
		Transport:     s.Transport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	who, err := identity.New(identity.Config{Getenv: getenv, IDToken: ci.IDToken(getenv, client, &strings.Builder{}), CI: true, Transport: client})
	if err != nil {
		t.Fatal(err)
	}
	address, err := cosmos.ParseAddress(strings.TrimPrefix(s.store(), "cosmos:"))
	if err != nil {
		t.Fatal(err)
	}
	budget := retry.Budget{Attempts: 12, Wait: 10 * time.Second, Base: 2 * time.Millisecond, Cap: 50 * time.Millisecond}
	st, err := cosmos.Open(address, cosmos.Config{Credential: who, HTTP: client, Retry: &budget})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// TestLinearizable checks with porcupine that calls through federation and TLS are
// linearizable.
func TestLinearizable(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, storetest.Containers()...)
	storetest.Linearizable(t, s.open(t), 20)
	_, kinds := s.since(0)
	t.Log(tally(kinds))
}

// TestLinearizableUnderFaults is the same with 16 clients while one batch in four
// fails. Registers have no events. So if an answer was lost and another client changed
// the document before it was looked up, the commit may have been written or not: the
// model allows both for a commit with an unknown outcome.
func TestLinearizableUnderFaults(t *testing.T) {
	t.Parallel()
	const schedules, calls = 12, 12
	s := newSite(t, cloudtest.Config{}, storetest.Containers()...)
	st := s.open(t)
	if _, err := st.Entries(t.Context(), storetest.Containers()[0], store.TypeRegistration); err != nil { // has the account read first
		t.Fatal(err)
	}
	faults := &weather{seed: 2, oneIn: 4}
	s.OnRequest(faults.strike)
	outcomes := map[outcomeKind]int{}
	for seed := range schedules {
		h := &history{store: st, container: storetest.Containers()[0], partition: fmt.Sprintf("register-%d", seed)}
		recorded, err := parallel.Map(t.Context(), writers, writers, func(ctx context.Context, client int) ([]porcupine.Operation, error) {
			return h.client(ctx, client, calls, rand.New(rand.NewPCG(uint64(seed), uint64(client))))
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		all := slices.Concat(recorded...)
		if result := porcupine.CheckOperationsTimeout(registerModel(), all, 30*time.Second); result != porcupine.Ok {
			t.Fatalf("seed %d: the history is %s:\n%s", seed, result, describe(all))
		}
		for _, o := range all {
			outcomes[o.Output.(answer).kind]++
		}
	}
	faults.mustHaveStruck(t)
	for _, kind := range []outcomeKind{found, written, conflict, unknown} {
		if outcomes[kind] == 0 {
			t.Errorf("no call ended with %q", kind)
		}
	}
	t.Logf("%d schedules of %d clients, %d faults: %v", schedules, writers, faults.struck.Load(), outcomes)
}

// outcomeKind is what became of a call.
type outcomeKind string

const (
	found    outcomeKind = "found"
	absent   outcomeKind = "absent"
	written  outcomeKind = "written"
	conflict outcomeKind = "conflict"
	unknown  outcomeKind = "unknown"
)

// call is a read, or a write of a value that no other call writes.
type call struct{ id, value, ifMatch string }

// answer is what a client is told. The etag of a write may be unknown to its
// writer.
type answer struct {
	kind        outcomeKind
	value, etag string
}

// history records one schedule.
type history struct {
	store                store.Store
	container, partition string
	clock                atomic.Int64 // orders beginnings and ends of calls
}

// client reads, creates and replaces, most often under the newest etag that it
// has seen.
func (h *history) client(ctx context.Context, client, calls int, random *rand.Rand) ([]porcupine.Operation, error) {
	seen := map[string][]string{}
	var recorded []porcupine.Operation
	for n := range calls {
		c := call{id: "register-" + strconv.Itoa(random.IntN(4))}
		if random.IntN(10) < 5 {
			c.value = fmt.Sprintf(`"%d.%d"`, client, n)
			if etags := seen[c.id]; len(etags) > 0 {
				c.ifMatch = etags[max(len(etags)-1-random.IntN(4)/3, 0)]
			}
		}
		o := porcupine.Operation{ClientId: client, Input: c, Call: h.clock.Add(1)}
		a, err := h.ask(ctx, c)
		if err != nil {
			return nil, err
		}
		// What is unknown is over all the same: nothing of it is still on its way
		// here, since each request was served before its answer was lost.
		o.Return, o.Output = h.clock.Add(1), a
		if a.etag != "" {
			seen[c.id] = append(seen[c.id], a.etag)
		}
		recorded = append(recorded, o)
	}
	return recorded, nil
}

func (h *history) ask(ctx context.Context, c call) (answer, error) {
	if c.value == "" {
		doc, err := h.store.Read(ctx, store.Key{Container: h.container, Partition: h.partition, ID: c.id})
		if errors.Is(err, store.ErrNotFound) {
			return answer{kind: absent}, nil
		}
		return answer{found, string(doc.Body), doc.ETag}, err
	}
	etags, err := h.store.Commit(ctx, store.Commit{Container: h.container, Partition: h.partition, Operations: []store.Operation{
		{Document: store.Document{ID: c.id, Type: "register", Body: []byte(c.value)}, IfMatch: c.ifMatch},
	}})
	switch {
	case errors.Is(err, store.ErrConflict):
		return answer{kind: conflict}, nil
	case errors.Is(err, store.ErrUnknownOutcome):
		return answer{kind: unknown}, nil
	case err != nil:
		return answer{}, err
	case len(etags) != 1:
		return answer{}, fmt.Errorf("the etags of one operation are %q", etags)
	}
	return answer{kind: written, etag: etags[0]}, nil
}

// register is the state of one document. Its etag is "" after a write whose
// answer nobody saw, until somebody reads it.
type register struct {
	there       bool
	value, etag string
}

// registerModel is a register under an etag, of which a write may be in doubt.
func registerModel() porcupine.Model {
	model := porcupine.NondeterministicModel{
		Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
			byID := map[string][]porcupine.Operation{}
			for _, o := range all {
				id := o.Input.(call).id
				byID[id] = append(byID[id], o)
			}
			var parts [][]porcupine.Operation
			for _, part := range byID {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() []any { return []any{register{}} },
		Step: func(state, input, output any) []any {
			return state.(register).step(input.(call), output.(answer))
		},
	}
	return model.ToModel()
}

// step returns the states that a call may have led to; none if it cannot have
// been answered so.
func (r register) step(c call, a answer) []any {
	takes := c.ifMatch == "" && !r.there || c.ifMatch != "" && c.ifMatch == r.etag
	next := register{true, c.value, a.etag}
	switch a.kind {
	case absent:
		if !r.there {
			return []any{r}
		}
	case found:
		if r.there && r.value == a.value && (r.etag == a.etag || r.etag == "") {
			return []any{register{true, a.value, a.etag}}
		}
	case written:
		if takes && a.etag != r.etag {
			return []any{next}
		}
	case conflict:
		if !takes {
			return []any{r}
		}
	case unknown:
		if takes {
			return []any{r, next}
		}
		return []any{r}
	}
	return nil
}

func describe(all []porcupine.Operation) string {
	var text strings.Builder
	for _, o := range all {
		fmt.Fprintf(&text, "client %d [%d, %d] %+v -> %+v\n", o.ClientId, o.Call, o.Return, o.Input, o.Output)
	}
	return text.String()
}

// TestEventsUnderFaults has 16 clients append events to one chain while one batch in
// four fails. The outcome of a commit with an event is always known: each event
// reported as written exists once, none reported as a conflict exists, and the chain
// has no gap.
func TestEventsUnderFaults(t *testing.T) {
	t.Parallel()
	const share = 6
	s := newSite(t, cloudtest.Config{}, storetest.Containers()...)
	st := s.open(t)
	at := store.Key{Container: storetest.Containers()[0], Partition: "chain", ID: "head"}
	if _, err := st.Read(t.Context(), at); !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	faults := &weather{seed: 3, oneIn: 4}
	s.OnRequest(faults.strike)
	var conflicts atomic.Int64
	lists, err := parallel.Map(t.Context(), writers, writers, func(ctx context.Context, client int) ([]string, error) {
		var told []string
		for try := 0; len(told) < share; try++ {
			body := fmt.Sprintf(`"client %d, try %d"`, client, try)
			switch err := appendEvent(ctx, st, at, body); {
			case errors.Is(err, store.ErrConflict):
				conflicts.Add(1)
			case err != nil:
				return nil, err
			default:
				told = append(told, body)
			}
		}
		return told, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.OnRequest(nil)
	docs, err := st.List(t.Context(), at.Container, at.Partition, store.TypeEvent)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, doc := range docs {
		if doc.ID != store.EventID(int64(i+1)) {
			t.Fatalf("event %d is %s: there is a gap", i+1, doc.ID)
		}
		got = append(got, string(doc.Body))
	}
	want := slices.Concat(lists...)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("there are the events %q, the clients were told of %q", got, want)
	}
	faults.mustHaveStruck(t)
	t.Logf("%d clients wrote %d events with %d conflicts and %d faults", writers, len(got), conflicts.Load(), faults.struck.Load())
}

// appendEvent tries once to commit the event after the head, and the next head.
func appendEvent(ctx context.Context, st store.Store, at store.Key, body string) error {
	head, err := st.Read(ctx, at)
	seq := 0
	switch {
	case err == nil:
		if seq, err = strconv.Atoi(string(head.Body)); err != nil {
			return err
		}
	case !errors.Is(err, store.ErrNotFound):
		return err
	}
	_, err = st.Commit(ctx, store.Commit{Container: at.Container, Partition: at.Partition, Operations: []store.Operation{
		{Document: store.Document{ID: store.EventID(int64(seq + 1)), Type: store.TypeEvent, Body: []byte(body)}},
		{Document: store.Document{ID: at.ID, Type: store.TypeHead, Body: []byte(strconv.Itoa(seq + 1))}, IfMatch: head.ETag},
	}})
	return err
}

// TestOutage has the account stop answering batches. The error of a commit is then one
// line without a dump of the answer.
func TestOutage(t *testing.T) {
	t.Parallel()
	s := newSite(t, cloudtest.Config{}, storetest.Containers()...)
	st := s.open(t)
	at := store.Key{Container: storetest.Containers()[0], Partition: "outage", ID: "head"}
	if err := appendEvent(t.Context(), st, at, `"before"`); err != nil {
		t.Fatal(err)
	}
	for name, fault := range map[string]cloudtest.Fault{
		"cut": {Cut: true}, "408": {Status: 408}, "503": {Status: 503, After: true}, "truncated": {Truncate: true},
	} {
		s.OnRequest(func(e cloudtest.Exchange) cloudtest.Fault {
			if e.Kind != cloudtest.KindBatch {
				return cloudtest.Fault{}
			}
			return fault
		})
		err := appendEvent(t.Context(), st, at, fmt.Sprintf("%q", name))
		if !errors.Is(err, store.ErrUnknownOutcome) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
