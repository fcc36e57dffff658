// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
)

// A choice is what happens next: a worker's next call, or its end, or time that
// passes until every lease is over.
type choice string

const (
	stepA  choice = "A"
	stepB  choice = "B"
	crashA choice = "crash A"
	crashB choice = "crash B"
	jump   choice = "jump"
)

// An execution is two workers at one credential, of whom only the one that is
// told to does its next call.
type execution struct {
	*world
	pending map[string]kind // the call that each worker is about to do
	turn    map[string]chan bool
	arrived chan string
	crashed bool
	jumped  bool
}

// start makes two workers at a world.
func start(w *world) *execution {
	e := &execution{world: w, pending: map[string]kind{}, turn: map[string]chan bool{"A": make(chan bool), "B": make(chan bool)}, arrived: make(chan string)}
	w.before = func(by string, k kind) {
		e.pending[by] = k
		e.arrived <- by
		if live := <-e.turn[by]; !live {
			panic(killed{})
		}
	}
	for _, by := range []string{"A", "B"} {
		go func() {
			_, _, _ = w.process(by, rotate.Scheduled)
			delete(e.pending, by)
			e.arrived <- by
		}()
		<-e.arrived
	}
	return e
}

// choices are what may happen next. Time does not pass between a guard and the
// call that it guards: that is what the lease's rest is for.
func (e *execution) choices() []choice {
	var list []choice
	guarded := false
	for _, by := range []string{"A", "B"} {
		if k, there := e.pending[by]; there {
			list = append(list, choice(by))
			guarded = guarded || k.effect()
		}
	}
	for _, by := range []string{"A", "B"} {
		if _, there := e.pending[by]; there && !e.crashed {
			list = append(list, crashOf(by))
		}
	}
	if !e.jumped && !guarded && len(list) > 0 {
		list = append(list, jump)
	}
	return list
}

func crashOf(by string) choice { return choice("crash " + by) }

func (e *execution) do(c choice) {
	switch c {
	case jump:
		e.jumped = true
		e.now = e.now.Add(11 * time.Minute)
	case crashA, crashB:
		e.crashed = true
		e.turn[strings.TrimPrefix(string(c), "crash ")] <- false
		<-e.arrived
	default:
		e.turn[string(c)] <- true
		<-e.arrived
	}
}

// end lets go of the workers.
func (e *execution) end() {
	for by := range map[string]bool{"A": true, "B": true} {
		if _, there := e.pending[by]; there {
			e.turn[by] <- false
			<-e.arrived
		}
	}
	e.before = nil
}

// state is a hash of all that decides what can still happen.
func (e *execution) state(t testing.TB) uint64 {
	t.Helper()
	h := fnv.New64a()
	_, _ = fmt.Fprintln(h, e.now.UnixNano(), e.keys, e.serves, e.crashed, e.jumped, e.pending, e.seen["A"], e.seen["B"])
	for _, s := range e.staged {
		_, _ = fmt.Fprintln(h, s.Marker, s.Fence, s.Key, s.Ref)
	}
	for _, kind := range []store.Type{rotate.TypeCredential, rotate.TypeRotation, store.TypeHead} {
		docs, err := e.docs.List(context.Background(), "orders", "checkout", kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range docs {
			_, _ = fmt.Fprintln(h, doc.ID, doc.ETag, string(doc.Body))
		}
	}
	return h.Sum64()
}

// explore goes through every interleaving of two workers, one crash of either
// and one time that every lease runs out, from a world that make builds. Each
// execution ends with a process that finishes what is left.
func explore(t testing.TB, build func() *world, generation, most int) (states, executions int) {
	t.Helper()
	visited := map[uint64]bool{}
	frontier := [][]choice{nil} // prefixes to go on from
	for len(frontier) > 0 && executions < most {
		prefix := frontier[len(frontier)-1]
		frontier = frontier[:len(frontier)-1]
		e := start(build())
		executions++
		for _, c := range prefix {
			e.do(c)
		}
		trace := slices.Clone(prefix)
		whole := true
		for {
			if s := e.state(t); visited[s] {
				whole = false
				break
			} else {
				visited[s] = true
			}
			options := e.choices()
			if len(options) == 0 {
				break
			}
			for _, c := range options[1:] {
				frontier = append(frontier, append(slices.Clone(trace), c))
			}
			trace = append(trace, options[0])
			e.do(options[0])
		}
		e.end()
		if whole {
			e.now = e.now.Add(11 * time.Minute)
			e.settle(generation)
			e.final(generation)
		}
		if len(e.broken) > 0 {
			t.Fatalf("%s, after %s:\n%s", e.shape, compact(trace), strings.Join(e.broken, "\n"))
		}
	}
	return len(visited), executions
}

// compact writes a schedule as runs of the same choice.
func compact(trace []choice) string {
	var b strings.Builder
	for i := 0; i < len(trace); {
		n := i
		for n < len(trace) && trace[n] == trace[i] {
			n++
		}
		fmt.Fprintf(&b, "%s×%d ", trace[i], n-i)
		i = n
	}
	return b.String()
}

// TestModel explores two workers at a first rotation, at one that is due, and at one
// whose overlap is over. ROSTER_MODEL is the most executions of each.
func TestModel(t *testing.T) {
	t.Parallel()
	most := 1500
	if text := os.Getenv("ROSTER_MODEL"); text != "" {
		var err error
		if most, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, shape := range shapes() {
		first := func() *world {
			w := newWorld(t, shape)
			w.delay = 0
			return w
		}
		due := func() *world {
			w := first()
			w.settle(1)
			w.now = w.now.Add(40 * 24 * time.Hour)
			return w
		}
		over := func() *world {
			w := due()
			_, _, _ = w.process("before", rotate.Scheduled)
			w.now = w.now.Add(25 * time.Hour)
			return w
		}
		for _, start := range []struct {
			name       string
			build      func() *world
			generation int
		}{{"first", first, 1}, {"due", due, 2}, {"overlap over", over, 2}} {
			states, executions := explore(t, start.build, start.generation, most)
			t.Logf("%s, %s: %d states, %d executions", shape, start.name, states, executions)
		}
	}
}
