// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// ErrNone is returned for a credential that was never renewed, ErrGeneration for
// one that does not serve a generation, and ErrConsumer for a consumer that it
// does not have.
var (
	ErrNone       = errors.New("has no rotation yet")
	ErrGeneration = errors.New("does not serve that generation")
	ErrConsumer   = errors.New("has no such consumer")
)

// Hold keeps a credential from being renewed, until it is released. A rotation
// under way stops where it is; what works goes on working. Errors: ErrNone, those
// of the store.
func Hold(ctx context.Context, t Target, why string, c Config) error {
	return mark(ctx, t, "held", c, func(w *worker) error {
		w.credential.Held = why
		return nil
	})
}

// Release lets a credential be renewed again, and forgets its failures. Errors:
// ErrNone, those of the store.
func Release(ctx context.Context, t Target, c Config) error {
	return mark(ctx, t, "released", c, func(w *worker) error {
		w.credential.Held, w.credential.Failures = "", 0
		return nil
	})
}

// Resume carries one rotation on: it lets go of a hold, and where unawaited does
// not wait for consumers that have not acknowledged the new key. Errors: ErrNone,
// those of [Run].
func Resume(ctx context.Context, t Target, unawaited bool, c Config) (Outcome, error) {
	err := mark(ctx, t, "released", c, func(w *worker) error {
		w.credential.Held, w.credential.Failures = "", 0
		if w.rotationETag != "" && unawaited {
			w.rotation.Unawaited = true
			w.overlapOnly()
		}
		return nil
	})
	if err != nil {
		return Outcome{Target: t}, err
	}
	return Run(ctx, t, Scheduled, c)
}

// Ack puts on record that a consumer uses a generation of a credential. Again is
// harmless, and so is one that comes when the rotation is over. Errors: ErrNone,
// ErrGeneration, ErrConsumer, those of the store.
func Ack(ctx context.Context, t Target, consumer string, generation int, c Config) error {
	if !slices.Contains(t.Consumers, consumer) {
		return fmt.Errorf("credential %s of %s: %q: %w; it has: %s", t.Name, t.Node, consumer, ErrConsumer, strings.Join(t.Consumers, ", "))
	}
	return mark(ctx, t, "acknowledged", c, func(w *worker) error {
		if generation != w.credential.Generation {
			return fmt.Errorf("credential %s of %s %w: it serves %d, not %d", t.Name, t.Node, ErrGeneration, w.credential.Generation, generation)
		}
		if _, said := w.rotation.Acks[consumer]; said || w.rotationETag == "" {
			return errNothing
		}
		w.rotation.Acks = maps.Clone(w.rotation.Acks)
		if w.rotation.Acks == nil {
			w.rotation.Acks = map[string]time.Time{}
		}
		w.rotation.Acks[consumer] = c.Now().UTC()
		if len(w.missing()) == 0 {
			w.overlapOnly()
		}
		return nil
	})
}

// errNothing ends an edit that has nothing to write.
var errNothing = errors.New("nothing to write")

// mark changes what is on record of a credential, with an event. A rotation under
// way is written with it, so that its worker notices, and is free.
func mark(ctx context.Context, t Target, kind string, c Config, edit func(*worker) error) error {
	for range maxConflicts {
		w := &worker{Config: c, t: t}
		if err := w.load(ctx); err != nil {
			return err
		}
		if w.credentialETag == "" && w.rotationETag == "" {
			return fmt.Errorf("credential %s of %s %w", t.Name, t.Node, ErrNone)
		}
		switch err := edit(w); {
		case errors.Is(err, errNothing):
			return nil
		case err != nil:
			return err
		}
		err := w.writeMark(ctx, kind)
		if !errors.Is(err, errFenced) {
			return err
		}
	}
	return fmt.Errorf("credential %s of %s changes all the time; try again", t.Name, t.Node)
}

func (w *worker) writeMark(ctx context.Context, kind string) error {
	if w.rotationETag == "" {
		return w.writeCredential(ctx, kind)
	}
	w.rotation.Lease.Until = w.Now()
	return w.write(ctx, kind, true)
}

// patrol is how often it is looked whether consumers have acknowledged a key.
const patrol = time.Hour

// missing returns the consumers that have not acknowledged the new key.
func (w *worker) missing() []string {
	return slices.DeleteFunc(slices.Clone(w.t.Consumers), func(consumer string) bool {
		_, said := w.rotation.Acks[consumer]
		return said
	})
}

// overlapOnly has a rotation that waits for consumers wait for nothing but its
// overlap.
func (w *worker) overlapOnly() {
	if old := w.credential.Previous; old != nil && w.rotation.State == Promoted {
		w.rotation.Wait, w.rotation.For = old.RevokeAt, overlapping
	}
}

// acknowledged says whether the old key may be ended as far as its consumers go.
// They are waited for until the time that is theirs is over; where that has no end,
// until the next renewal is due. Errors: Later, ErrHeld.
func (w *worker) acknowledged() error {
	missing, now := w.missing(), w.Now()
	if len(missing) == 0 || w.rotation.Unawaited || w.rotation.Reason == Leak {
		return nil
	}
	what := "acknowledgement of " + strings.Join(missing, ", ")
	again := now.Add(patrol)
	if w.t.AckTimeout > 0 {
		end := w.credential.Previous.RevokeAt.Add(w.t.AckTimeout)
		if !now.Before(end) {
			return nil
		}
		again = earlier(again, end)
	}
	if !now.Before(Due(w.t, w.credential)) {
		return held(fmt.Sprintf("the next renewal is due, and there is no %s of generation %d", what, w.rotation.Generation))
	}
	return &Later{At: again, What: what}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
