// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
)

// promoted is a world with a second key, in its overlap, of a credential with two
// consumers.
func promoted(t *testing.T, timeout time.Duration) *world {
	t.Helper()
	w := newWorld(t, rotate.ProviderGenerated)
	w.settle(1)
	w.consumers, w.ackTimeout = []string{"api", "worker"}, timeout
	w.now = w.now.Add(40 * 24 * time.Hour)
	if o, err, _ := w.process("first", rotate.Scheduled); err != nil || o.State != rotate.Promoted {
		t.Fatalf("%+v, %v", o, err)
	}
	return w
}

// TestAcks has an old key stay until every consumer has said that it uses the new
// one, and no longer.
func TestAcks(t *testing.T) {
	t.Parallel()
	w := promoted(t, 0)
	config := w.config("person")
	for _, bad := range []struct {
		consumer   string
		generation int
		want       error
	}{{"nobody", 2, rotate.ErrConsumer}, {"api", 1, rotate.ErrGeneration}, {"api", 3, rotate.ErrGeneration}} {
		if err := rotate.Ack(t.Context(), w.target(), bad.consumer, bad.generation, config); !errors.Is(err, bad.want) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	w.now = w.now.Add(25 * time.Hour)
	o, err, _ := w.process("second", rotate.Scheduled)
	if err != nil || o.Waits != "acknowledgement of api, worker" || !o.Next.Equal(w.now.Add(time.Hour)) {
		t.Fatalf("%+v, %v", o, err)
	}
	for range 2 { // again is harmless
		if err := rotate.Ack(t.Context(), w.target(), "api", 2, config); err != nil {
			t.Fatal(err)
		}
	}
	w.now = o.Next
	if o, err, _ = w.process("third", rotate.Scheduled); err != nil || o.Waits != "acknowledgement of worker" {
		t.Fatalf("%+v, %v", o, err)
	}
	status, err := rotate.ReadStatus(t.Context(), "acme", []rotate.Target{w.target()}, w.docs, w.now)
	if err != nil || status.Credentials[0].Waits != "acknowledgement of worker" {
		t.Errorf("%+v, %v", status, err)
	}
	if c, _ := w.record(); c.Previous == nil || w.find(c.Previous.Key) < 0 {
		t.Error("the old key is gone before everybody uses the new one")
	}
	if err := rotate.Ack(t.Context(), w.target(), "worker", 2, config); err != nil {
		t.Fatal(err)
	}
	if o, err, _ = w.process("fourth", rotate.Scheduled); err != nil || !o.Rotated { // at once
		t.Fatalf("%+v, %v", o, err)
	}
	w.final(2)
	if err := rotate.Ack(t.Context(), w.target(), "worker", 2, config); err != nil { // too late, and harmless
		t.Error(err)
	}
	if len(w.broken) > 0 {
		t.Error(strings.Join(w.broken, "\n"))
	}
}

// TestAckTimeout waits for consumers as long as is theirs.
func TestAckTimeout(t *testing.T) {
	t.Parallel()
	w := promoted(t, 90*time.Minute)
	at := w.now
	for range 10 {
		o, err, _ := w.process("later"+w.now.String(), rotate.Scheduled)
		if err != nil {
			t.Fatal(err)
		}
		if o.Rotated {
			break
		}
		w.now = o.Next
	}
	if waited := w.now.Sub(at); waited != 25*time.Hour+30*time.Minute {
		t.Errorf("it waited %s", waited)
	}
	w.final(2)
	if len(w.broken) > 0 {
		t.Error(strings.Join(w.broken, "\n"))
	}
}

// TestMissingAckIsHeld waits for consumers without an end: when the next renewal is
// due a person has to look, and can have it go on without them.
func TestMissingAckIsHeld(t *testing.T) {
	t.Parallel()
	w := promoted(t, 0)
	c, _ := w.record()
	due := rotate.Due(w.target(), c)
	var err error
	for runs := 0; err == nil; runs++ {
		var o rotate.Outcome
		if o, err, _ = w.process("later"+w.now.String(), rotate.Scheduled); err == nil {
			w.now = o.Next
		}
		if runs > 24*40 {
			t.Fatal("it waits for ever")
		}
	}
	if !errors.Is(err, rotate.ErrHeld) || err.Error() != "on hold: the next renewal is due, and the acknowledgement of api, worker for generation 2 is missing" || w.now.Before(due) {
		t.Errorf("at %s, due at %s: %v", w.now, due, err)
	}
	if c, _ := w.record(); c.Held == "" || w.find(c.Previous.Key) < 0 {
		t.Errorf("on record is %+v", c)
	}
	o, err := rotate.Resume(t.Context(), w.target(), true, w.config("person"))
	if err != nil || !o.Rotated {
		t.Fatalf("%+v, %v", o, err)
	}
	w.final(2)
	if len(w.broken) > 0 {
		t.Error(strings.Join(w.broken, "\n"))
	}
}

// TestLeakDoesNotWaitForAcks ends what leaked whoever uses it.
func TestLeakDoesNotWaitForAcks(t *testing.T) {
	t.Parallel()
	w := promoted(t, 0)
	w.exempt = true
	if o, err, _ := w.process("leak", rotate.Leak); err != nil || !o.Rotated {
		t.Fatalf("%+v, %v", o, err)
	}
	w.final(3)
	if len(w.broken) > 0 {
		t.Error(strings.Join(w.broken, "\n"))
	}
}
