// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
)

// TestFailedOperation has what a provider was asked for come to nothing: the next
// run asks again, and not for ever for what failed.
func TestFailedOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lasting)
	w.failing = 2
	w.settle(1)
	w.settle(2)
	w.final(2)
	if len(w.broken) > 0 || w.failing != 0 {
		t.Errorf("%d failures did not happen\n%s", w.failing, strings.Join(w.broken, "\n"))
	}
}

// next plans a fault for the next calls of a kind.
func (w *world) next(k kind, times int, f fault) {
	for i := range times {
		w.plan[point{k, w.count[k] + 1 + i}] = f
	}
}

// TestSlotThatFails has a new slot fail its proof until another one is made, by a
// provider that takes longer than a run: what is delivered afterwards is not what is
// about to be made anew.
func TestSlotThatFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, lasting)
	w.settle(1)
	w.now = w.now.Add(40 * 24 * time.Hour)
	w.next(kindVerify, 2, fault{name: "503", err: errStatus})
	w.settle(2)
	w.final(2)
	if w.fired["503"] != 2 || len(w.broken) > 0 {
		t.Errorf("%v\n%s", w.fired, strings.Join(w.broken, "\n"))
	}
}

// TestLostAfterMaking kills a worker after its provider took a value, and loses the
// staged one: the key that nobody has is found, by its marker or its value, and is
// not left in the place of the next one.
func TestLostAfterMaking(t *testing.T) {
	t.Parallel()
	for _, shape := range []rotate.Origin{rotate.ClientGenerated, soaking} {
		w := newWorld(t, shape)
		w.settle(1)
		w.now = w.now.Add(40 * 24 * time.Hour)
		w.next(kindCreate, 1, fault{name: "kill after", after: true, served: true})
		if _, _, alive := w.process("killed", rotate.Scheduled); alive || len(w.staged) == 0 {
			t.Fatalf("%s: alive: %v, staged: %d", shape, alive, len(w.staged))
		}
		w.staged = nil
		w.now = w.now.Add(11 * time.Minute)
		w.settle(2)
		w.final(2)
		if len(w.broken) > 0 {
			t.Errorf("%s:\n%s", shape, strings.Join(w.broken, "\n"))
		}
	}
}

// TestLostWhileDelivering kills a worker after the first sink was given the new value,
// and loses the staged one: what that sink serves is not ended before every sink serves
// another one.
func TestLostWhileDelivering(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		w := newWorld(t, shape)
		w.limit, w.mostKeys = 0, 3
		w.settle(1)
		w.now = w.now.Add(40 * 24 * time.Hour)
		w.next(kindDeliver, 1, fault{name: "kill after", after: true, served: true})
		for i := range 5 { // the provider may take longer than a run
			if _, _, alive := w.process(fmt.Sprint("killed-", i), rotate.Scheduled); !alive {
				break
			}
			w.now = w.now.Add(30 * time.Minute)
		}
		w.staged = nil
		w.now = w.now.Add(11 * time.Minute)
		w.settle(2)
		w.final(2)
		if w.fired["kill after"] != 1 || len(w.broken) > 0 {
			t.Errorf("%s: %v\n%s", shape, w.fired, strings.Join(w.broken[:min(3, len(w.broken))], "\n"))
		}
	}
}
