// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/appofapps/roster/internal/parallel"
	"github.com/appofapps/roster/store"
)

// testWriters has several writers append events: each reads the head, and commits
// the next event together with the next head. At the end the events have the numbers
// 1 to n, each written once, and the head names the last one.
func testWriters(t *testing.T, st store.Store) {
	const writers, share = 8, 12
	_, err := parallel.Map(t.Context(), writers, writers, func(ctx context.Context, writer int) (int, error) {
		for n := range share {
			if err := appendEvent(ctx, st, fmt.Sprintf(`"writer %d, event %d"`, writer, n)); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for i, doc := range list(t, st, container, partition, store.TypeEvent) {
		if doc.ID != store.EventID(int64(i+1)) {
			t.Fatalf("event %d is %s: there is a gap", i+1, doc.ID)
		}
		got = append(got, string(doc.Body))
	}
	for writer := range writers {
		for n := range share {
			want = append(want, fmt.Sprintf(`"writer %d, event %d"`, writer, n))
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	equal(t, "the events", got, want)
	if head := read(t, st, at("head")); string(head.Body) != strconv.Itoa(writers*share) {
		t.Errorf("the head is at %s, want %d", head.Body, writers*share)
	}
}

// appendEvent commits an event and the head, and retries after conflicts.
func appendEvent(ctx context.Context, st store.Store, body string) error {
	for {
		head, err := st.Read(ctx, at("head"))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		seq := int64(0)
		if err == nil {
			if seq, err = strconv.ParseInt(string(head.Body), 10, 64); err != nil {
				return err
			}
		}
		next := store.Document{ID: "head", Type: store.TypeHead, Body: []byte(strconv.FormatInt(seq+1, 10))}
		_, err = st.Commit(ctx, commitOf(create(event(seq+1, body)), replace(next, head.ETag)))
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
}

// Linearizable checks that concurrent calls are linearizable. Clients read, create
// and replace a few documents, and porcupine searches an order of all calls in which
// each takes effect at one instant between its start and its end. Each of the
// schedules uses separate documents. The seed of a schedule determines the calls of
// each client; the scheduler determines how they interleave.
func Linearizable(t *testing.T, st store.Store, schedules int) {
	t.Helper()
	const clients, calls = 4, 10
	for seed := range schedules {
		h := &history{store: st, partition: fmt.Sprintf("linear-%d", seed)}
		recorded, err := parallel.Map(t.Context(), clients, clients, func(ctx context.Context, client int) ([]porcupine.Operation, error) {
			random := rand.New(rand.NewPCG(uint64(seed), uint64(client))) //nolint:gosec // a schedule, not a secret
			return h.client(ctx, client, calls, random)
		})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		result := porcupine.CheckOperationsTimeout(model(), slices.Concat(recorded...), 30*time.Second)
		if result != porcupine.Ok {
			t.Fatalf("seed %d: the history is %s:\n%s", seed, result, describe(recorded))
		}
	}
}

// history records one schedule.
type history struct {
	store     store.Store
	partition string
	clock     atomic.Int64 // orders the starts and ends of calls
}

// call is a request of a client.
type call struct {
	id      string
	write   bool
	ifMatch string
	value   string
}

// answer is the answer to a call.
type answer struct {
	found    bool // read: the document exists
	conflict bool // write: refused
	etag     string
	value    string // read
}

// client reads, creates and replaces documents, with current and old etags.
func (h *history) client(ctx context.Context, client, calls int, random *rand.Rand) ([]porcupine.Operation, error) {
	seen := map[string][]string{}
	var recorded []porcupine.Operation
	for n := range calls {
		c := call{id: fmt.Sprintf("register-%d", random.IntN(2)), write: random.IntN(10) < 6, value: fmt.Sprintf(`"%d.%d"`, client, n)}
		if known := seen[c.id]; c.write && len(known) > 0 && random.IntN(8) > 0 {
			c.ifMatch = known[max(len(known)-1-random.IntN(2), 0)]
		}
		if random.IntN(2) == 0 {
			runtime.Gosched()
		}
		o := porcupine.Operation{ClientId: client, Input: c, Call: h.clock.Add(1)}
		a, err := h.ask(ctx, c)
		o.Return, o.Output = h.clock.Add(1), a
		if err != nil {
			return nil, err
		}
		if a.etag != "" {
			seen[c.id] = append(seen[c.id], a.etag)
		}
		recorded = append(recorded, o)
	}
	return recorded, nil
}

func (h *history) ask(ctx context.Context, c call) (answer, error) {
	if !c.write {
		doc, err := h.store.Read(ctx, store.Key{Container: container, Partition: h.partition, ID: c.id})
		if errors.Is(err, store.ErrNotFound) {
			return answer{}, nil
		}
		return answer{found: true, etag: doc.ETag, value: string(doc.Body)}, err
	}
	doc := store.Document{ID: c.id, Type: "register", Body: []byte(c.value)}
	etags, err := h.store.Commit(ctx, store.Commit{
		Container: container, Partition: h.partition, Operations: []store.Operation{replace(doc, c.ifMatch)},
	})
	if errors.Is(err, store.ErrConflict) {
		return answer{conflict: true}, nil
	}
	if err != nil {
		return answer{}, err
	}
	if len(etags) != 1 || etags[0] == "" {
		return answer{}, fmt.Errorf("commit of one operation returned the etags %q", etags)
	}
	return answer{etag: etags[0]}, nil
}

// register is the state of one document in the model; the zero value is absent.
type register struct{ etag, value string }

// model is a register with an etag. A write succeeds exactly if it names the current
// etag, "" for an absent document. A read returns the current state.
func model() porcupine.Model {
	return porcupine.Model{
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
		Init: func() any { return register{} },
		Step: func(state, input, output any) (bool, any) {
			r, c, a := state.(register), input.(call), output.(answer)
			switch {
			case !c.write:
				return a.found == (r.etag != "") && a.etag == r.etag && a.value == r.value, r
			case a.conflict:
				return c.ifMatch != r.etag, r
			default:
				return c.ifMatch == r.etag && a.etag != r.etag, register{a.etag, c.value}
			}
		},
	}
}

func describe(recorded [][]porcupine.Operation) string {
	var text []byte
	for _, o := range slices.Concat(recorded...) {
		text = fmt.Appendf(text, "client %d [%d, %d] %+v -> %+v\n", o.ClientId, o.Call, o.Return, o.Input, o.Output)
	}
	return string(text)
}
