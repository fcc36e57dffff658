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
func lost(t testing.TB, shape rotate.Origin) *world {
	w := newWorld(t, shape)
	w.settle(1)
	c, _ := w.record()
	w.keys = append(w.keys, key{id: "lost", value: "lost", marker: w.keys[w.find(c.Live.Key)].marker, created: w.now})
	w.calls, w.count = nil, map[kind]int{}
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
	for shape, ends := range map[rotate.Origin]bool{rotate.ClientGenerated: true, rotate.ProviderGenerated: true, soaking: false, rotate.DualKey: false, lasting: false} {
		w := newWorld(t, shape)
		if w.settle(1); !w.slots() {
			w = lost(t, shape)
		}
		before := len(w.keys)
		h, err := rotate.Inspect(t.Context(), w.target(), w.config("asks"))
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
	w := lost(t, rotate.ProviderGenerated)
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
	for _, shape := range []rotate.Origin{rotate.ClientGenerated, rotate.ProviderGenerated} {
		clean := lost(t, shape)
		if _, err, alive := clean.sweep("clean"); err != nil || !alive {
			t.Fatal(err)
		}
		for _, at := range clean.calls {
			for _, f := range faults() {
				for _, then := range []string{"sweep", "schedule", "person"} {
					w := lost(t, shape)
					w.plan[at] = f
					_, _, _ = w.sweep("cut")
					if len(w.fired) != 1 {
						t.Fatalf("%s, %s, %s: the fault did not happen", shape, at, f.name)
					}
					w.plan = map[point]fault{}
					generation := 2
					w.now = w.now.Add(40 * 24 * time.Hour)
					w.mostKeys, w.limit = 3, 0 // the lost one is beside two of a rotation until this is over
					switch then {
					case "sweep":
						generation = 1
						if _, err, alive := w.sweep("again"); err != nil || !alive {
							t.Fatalf("%s, %s, %s: %v", shape, at, f.name, err)
						}
					case "person":
						if _, err, _ := w.process("person", rotate.Manual); err != nil {
							t.Fatalf("%s, %s, %s: %v", shape, at, f.name, err)
						}
						w.settle(2)
					case "schedule":
						w.settle(2)
					}
					w.final(generation)
					if points++; len(w.broken) > 0 || w.find("lost") >= 0 {
						t.Fatalf("%s, %s, %s, then %s: %+v\n%s", shape, at, f.name, then, w.keys, strings.Join(w.broken, "\n"))
					}
				}
			}
		}
	}
	t.Logf("%d points", points)
	if points < 480 {
		t.Errorf("only %d points", points)
	}
}
