// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
)

// lost is a world in which a key of an earlier rotation was left over, and nobody
// has it on record.
func lost(t testing.TB, shape rotate.Shape) *world {
	w := newWorld(t, shape)
	w.settle(1)
	c, _ := w.record()
	w.keys = append(w.keys, key{id: "lost", value: "lost", marker: w.keys[w.find(c.Live.Key)].marker, created: w.now})
	w.calls = 0
	return w
}

// sweep runs a sweep as a process of its own, until it is killed.
func (w *world) sweep(holder string) (swept []string, err error, alive bool) {
	defer func() {
		if p := recover(); p != nil {
			if _, dead := p.(killed); !dead {
				panic(p)
			}
			alive = false
		}
	}()
	swept, err = rotate.Sweep(context.Background(), w.target(), w.config(holder))
	return swept, err, true
}

// TestSweep ends a key of ours that no rotation needs, by its marker, and nothing
// else; where a provider keeps no marker nothing is ours but what is on record.
func TestSweep(t *testing.T) {
	t.Parallel()
	for shape, ends := range map[rotate.Shape]bool{rotate.Bring: true, rotate.Mint: true, soaking: false, rotate.Slots: false, lasting: false} {
		w := newWorld(t, shape)
		if w.settle(1); !w.slots() {
			w = lost(t, shape)
		}
		before := len(w.keys)
		h, err := rotate.Ask(t.Context(), w.target(), w.config("asks"))
		if err != nil || (len(h.Orphans) > 0) != ends || len(w.keys) != before {
			t.Errorf("%s: %+v, %v", shape, h, err)
		}
		if foreign := map[bool]int{true: 1, false: 2}[ends]; !w.slots() && h.Foreign != foreign {
			t.Errorf("%s: %d foreign keys", shape, h.Foreign)
		}
		swept, err, _ := w.sweep("sweeps")
		if err != nil || (len(swept) > 0) != ends || (w.find("lost") < 0) != (ends || w.slots()) {
			t.Errorf("%s: %v, %v, %+v", shape, swept, err, w.keys)
		}
		if again, err, _ := w.sweep("again"); err != nil || len(again) > 0 {
			t.Errorf("%s, again: %v, %v", shape, again, err)
		}
		if ends {
			w.final(1)
		}
		if len(w.broken) > 0 {
			t.Errorf("%s:\n%s", shape, strings.Join(w.broken, "\n"))
		}
	}
}

// TestSweepWaits leaves a credential alone that is being renewed.
func TestSweepWaits(t *testing.T) {
	t.Parallel()
	w := lost(t, rotate.Mint)
	w.keys = w.keys[:len(w.keys)-1]
	w.now = w.now.Add(40 * 24 * time.Hour)
	_, _, _ = w.process("renews", rotate.Scheduled)
	if _, err, _ := w.sweep("sweeps"); !errors.Is(err, rotate.ErrUnderWay) {
		t.Error(err)
	}
	w.settle(2)
	w.final(2)
	if len(w.broken) > 0 {
		t.Error(strings.Join(w.broken, "\n"))
	}
}

// TestSweepFaults lets each call of a sweep go wrong in every way: the next sweep, or
// the next rotation, ends what was left, and neither ends more.
func TestSweepFaults(t *testing.T) {
	t.Parallel()
	points := 0
	for _, shape := range []rotate.Shape{rotate.Bring, rotate.Mint} {
		for at := 1; ; at++ {
			met := 0
			for _, f := range faults() {
				for _, renews := range []bool{false, true} {
					w := lost(t, shape)
					w.plan[at] = f
					_, _, _ = w.sweep("cut")
					met += len(w.fired)
					w.plan = map[int]fault{}
					generation := 1
					if renews {
						w.mostKeys, w.limit = 3, 0 // the lost one is beside two of a rotation until this is over
						generation = 2
						w.now = w.now.Add(40 * 24 * time.Hour)
						w.settle(2)
					} else if _, err, alive := w.sweep("again"); err != nil || !alive {
						t.Fatalf("%s, call %d, %s: %v", shape, at, f.name, err)
					}
					w.final(generation)
					if points++; len(w.broken) > 0 || w.find("lost") >= 0 {
						t.Fatalf("%s, call %d, %s, renews: %v: %+v\n%s", shape, at, f.name, renews, w.keys, strings.Join(w.broken, "\n"))
					}
				}
			}
			if met == 0 {
				break
			}
		}
	}
	t.Logf("%d points", points)
	if points < 200 {
		t.Errorf("only %d points", points)
	}
}
