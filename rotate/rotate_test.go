// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
)

func decoded[T any](t testing.TB, doc store.Document) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(doc.Body, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// The worlds are of the three shapes, and of two ways that some providers of a
// shape have: soaking is of shape Bring, keeps no markers, and wants a pause
// between a key's end and its deletion; lasting is of shape Slots, and takes longer
// to make a key than a run waits.
const (
	soaking rotate.Origin = "bring, soaking"
	lasting rotate.Origin = "slots, lasting"
)

func shapes() []rotate.Origin {
	return []rotate.Origin{rotate.ClientGenerated, rotate.ProviderGenerated, rotate.DualKey, soaking, lasting}
}

// TestRotations renews a credential of each shape five times: each generation is
// reached, and nothing is left of the one before.
func TestRotations(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		w := newWorld(t, shape)
		for generation := 1; generation <= 5; generation++ {
			w.settle(generation)
			w.final(generation)
			if len(w.broken) > 0 {
				t.Fatalf("%s, generation %d:\n%s", shape, generation, strings.Join(w.broken, "\n"))
			}
		}
		t.Logf("%s: %d calls for 5 rotations", shape, len(w.calls))
	}
}

// TestFaults interrupts three rotations of each shape at every call in every way,
// and runs processes until nothing is in progress.
func TestFaults(t *testing.T) {
	t.Parallel()
	points, runs := 0, 0
	for _, shape := range shapes() {
		clean := newWorld(t, shape)
		clean.settle(1)
		clean.settle(2)
		clean.settle(3)
		for _, call := range clean.calls {
			for _, f := range faults() {
				w := newWorld(t, shape)
				w.plan[call] = f
				runs += w.settle(1) + w.settle(2) + w.settle(3)
				w.final(3)
				points++
				if len(w.fired) != 1 {
					w.broken = append(w.broken, "the fault did not happen")
				}
				if len(w.broken) > 0 {
					t.Fatalf("%s, %s at %s:\n%s", shape, f.name, call, strings.Join(w.broken, "\n"))
				}
			}
		}
	}
	t.Logf("%d points, %d runs", points, runs)
	if points < 6490 { // as many as with two rotations, before the calls got fewer
		t.Errorf("only %d points", points)
	}
}

// TestLateCall has a worker stand still between its last look and its call, for
// longer than a lease lasts, as a machine that is put to sleep does, while another
// one finishes the rotation. What the late call leaves behind is gone after the
// next rotation, and at no time is there nothing that works. (A slot of a provider
// of that shape is the exception, which nothing on our side can prevent: its late
// call is refused by its own time limit in the client.)
func TestLateCall(t *testing.T) {
	t.Parallel()
	for _, shape := range []rotate.Origin{rotate.ClientGenerated, rotate.ProviderGenerated} {
		for _, late := range []kind{kindCreate, kindStage, kindDeliver} {
			w := newWorld(t, shape)
			w.delay, w.mostKeys = 0, 3
			w.limit = 0
			w.settle(1)
			w.now = w.now.Add(40 * 24 * time.Hour)
			e := start(w)
			for e.pending["A"] != late {
				if _, there := e.pending["A"]; !there {
					t.Fatalf("%s: no worker gets to a %s", shape, late)
				}
				e.do(stepA)
			}
			w.now = w.now.Add(11 * time.Minute)
			for len(e.pending) > 1 {
				e.do(stepB)
			}
			for _, there := e.pending["A"]; there; _, there = e.pending["A"] {
				e.do(stepA)
			}
			e.end()
			w.settle(2)
			w.settle(3)
			w.final(3)
			if len(w.broken) > 0 {
				t.Errorf("%s, late %s:\n%s", shape, late, strings.Join(w.broken, "\n"))
			}
		}
	}
}

// TestNewKeyDies takes the new key away while the old one has its overlap: the old
// one is not ended, the credential is held after some tries, and once a person has
// looked and let it go, the next rotation mends it.
func TestNewKeyDies(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		w := newWorld(t, shape)
		w.settle(1)
		w.now = w.now.Add(40 * 24 * time.Hour)
		if o, err := w.patient("first", rotate.Scheduled); err != nil || o.State != rotate.Promoted {
			t.Fatalf("%s: %+v, %v", shape, o, err)
		}
		c, _ := w.record()
		live := w.find(c.Live.Key)
		w.exempt = true // somebody else breaks the promise
		w.keys[live].value = "taken away"
		old := w.keys[w.find(c.Previous.Key)].value
		for i := range 8 {
			w.now = w.now.Add(25 * time.Hour)
			if _, err, _ := w.process(string(shape)+strings.Repeat("x", i), rotate.Scheduled); err == nil {
				t.Errorf("%s: run %d goes well", shape, i)
			}
		}
		if at := w.find(c.Previous.Key); at < 0 || w.keys[at].value != old {
			t.Errorf("%s: the old key was ended while the new one did not work", shape)
		}
		if c, _ := w.record(); c.Held == "" || c.Failures != 5 {
			t.Errorf("%s: on record is %+v", shape, c)
		}
		// A person lets it go on with another one.
		if err := rotate.Release(t.Context(), w.target(), w.config("person")); err != nil {
			t.Fatal(err)
		}
		w.mostKeys, w.limit = 3, 0
		if o, err := w.patient("person-now", rotate.Manual); err != nil {
			t.Errorf("%s: %+v, %v", shape, o, err)
		}
		w.exempt = false
		w.settle(3)
		w.final(3)
		if len(w.broken) > 0 {
			t.Errorf("%s:\n%s", shape, strings.Join(w.broken, "\n"))
		}
	}
}

// patient runs a process, and others as long as the provider is at it.
func (w *world) patient(holder string, reason rotate.Reason) (o rotate.Outcome, err error) {
	for i := range 10 {
		o, err, _ = w.process(fmt.Sprint(holder, i), reason)
		if err != nil || o.Waits != "the provider" {
			return o, err
		}
		w.now, reason = o.Next, rotate.Scheduled
	}
	return o, errors.New("the provider does not come to an end")
}

// TestLeak asks for a renewal because a value leaked: in order, while a rotation
// waits for its overlap, and while one is cut before it is promoted. Nothing that
// was there before is accepted afterwards.
func TestLeak(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		for name, prepare := range map[string]func(w *world) (generation int){
			"in order": func(*world) int { return 2 },
			"in its overlap": func(w *world) int {
				w.now = w.now.Add(40 * 24 * time.Hour)
				if o, err := w.patient("before", rotate.Scheduled); err != nil || o.State != rotate.Promoted {
					t.Fatalf("%+v, %v", o, err)
				}
				return 3
			},
			"cut": func(w *world) int {
				w.now = w.now.Add(40 * 24 * time.Hour)
				w.next(kindCreate, 1, fault{name: "kill after", after: true, served: true})
				if _, _, alive := w.process("before", rotate.Scheduled); alive {
					t.Fatal("the run was not killed")
				}
				w.now = w.now.Add(11 * time.Minute)
				return 2
			},
		} {
			w := newWorld(t, shape)
			w.settle(1)
			generation := prepare(w)
			leaked := map[string]bool{}
			for _, value := range w.serves {
				leaked[value] = true
			}
			w.exempt = true // no overlap
			o, err := w.patient("leak", rotate.Leak)
			if shape == lasting && name == "cut" && errors.Is(err, errStatus) { // it is still at what the run that was cut asked for
				w.settle(generation)
				o.Rotated, err = true, nil
			}
			if err != nil || !o.Rotated {
				t.Errorf("%s, %s: %+v, %v", shape, name, o, err)
			}
			for value := range leaked {
				if w.accepted(value) {
					t.Errorf("%s, %s: what leaked is still accepted", shape, name)
				}
			}
			w.exempt = false
			w.final(generation)
			if len(w.broken) > 0 {
				t.Errorf("%s, %s:\n%s", shape, name, strings.Join(w.broken, "\n"))
			}
		}
	}
}
