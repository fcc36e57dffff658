// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// leaseLife is how long a rotation belongs to a worker that says nothing more.
// It is longer than any one step takes.
const leaseLife = 10 * time.Minute

// leaseRest is what must be left of a lease before a call that takes something
// away, or that what is staged or served depends on: longer than a call can be on
// its way.
const leaseRest = 2 * time.Minute

// maxFailures in a row hold a credential.
const maxFailures = 5

// maxConflicts bounds how often a write is tried again because something else of
// the app was written meanwhile.
const maxConflicts = 50

// errFenced is returned by a write of a worker whose rotation another one has
// taken over.
var errFenced = errors.New("another worker has taken the rotation over")

// Config is what rotations are carried out with.
type Config struct {
	Store   store.Store
	Source  func(Target) (Source, error)
	Sink    func(registration.Sink) (Sink, error)
	Now     func() time.Time
	Sleep   func(ctx context.Context, d time.Duration) error
	Random  io.Reader   // of values that we make
	Holder  string      // of leases; no other run has it
	Event   audit.Event // with who acts, from where and by what
	Started func(Target, State)
}

// Outcome is where a credential stands after a run.
type Outcome struct {
	Target   Target
	State    State     // of its rotation; "" if none is under way
	Next     time.Time // when there is something to do; zero if it needs a person
	Rotated  bool      // a rotation got to its end in this run
	Waits    string    // what it waits for
	Advanced int       // states that were written
}

// worker carries one credential's rotation on.
type worker struct {
	Config
	t      Target
	source Source
	stager Stager            // of the first place that can keep a value
	place  registration.Sink // which is this

	credential     Credential
	credentialETag string // "" if there is no document yet
	rotation       Rotation
	rotationETag   string // "" if none is under way
	reason         Reason // for which one under way goes on; "" for its own
	advanced       int
}

// Run does all that is to be done now for one credential: begins a rotation that
// is due, or for another reason than the schedule's, and carries one that is under
// way as far as it goes. It may be cut at any time and run again. Errors: ErrHeld,
// those of source, sinks and store; the store has the failure on record unless it
// is what failed.
func Run(ctx context.Context, t Target, reason Reason, c Config) (Outcome, error) {
	w := &worker{Config: c, t: t}
	if t.Shared != "" {
		return w.outcome(""), fmt.Errorf("%w: it is the same key at the provider as %s, and each would end what the other one serves", ErrHeld, t.Shared)
	}
	if err := w.open(ctx); err != nil {
		return w.outcome(""), err
	}
	if w.credential.Held != "" {
		return w.outcome(""), fmt.Errorf("%w: %s", ErrHeld, w.credential.Held)
	}
	if reason == Scheduled && w.credential.Asked != "" {
		reason = w.credential.Asked // of a run that was cut
	}
	var later *Later
	switch err := w.begin(ctx, reason); {
	case errors.As(err, &later):
		return w.until(later), nil
	case err != nil:
		return w.outcome(""), err
	}
	busy, err := w.take(ctx, reason)
	switch {
	case err != nil:
		return w.outcome(""), err
	case !busy.IsZero():
		return w.until(&Later{At: busy, What: "another worker"}), nil
	}
	return w.carry(ctx)
}

// begin says whether there is something to do now. Errors: Later.
func (w *worker) begin(ctx context.Context, reason Reason) error {
	under := w.rotationETag != ""
	if due := Due(w.t, w.credential); !under && reason == Scheduled && w.Now().Before(due) {
		return &Later{At: due}
	}
	if under && reason != Scheduled {
		if err := w.hurry(ctx, reason); err != nil {
			return err
		}
	}
	if w.rotationETag != "" && w.reason == "" && w.Now().Before(w.rotation.Wait) {
		return &Later{At: w.rotation.Wait, What: w.rotation.For}
	}
	return nil
}

// until is the outcome of what waits.
func (w *worker) until(l *Later) Outcome {
	o := w.outcome(l.What)
	o.Next = l.At
	return o
}

// open finds the sinks and the source, and reads what is on record.
func (w *worker) open(ctx context.Context) error {
	var err error
	if w.source, err = w.Source(w.t); err != nil {
		return err
	}
	for _, place := range w.t.Sinks {
		sink, err := w.Sink(place)
		if err != nil {
			return err
		}
		if stager, can := sink.(Stager); can && w.stager == nil {
			w.stager, w.place = stager, place
		}
	}
	if w.stager == nil {
		return fmt.Errorf("%w: none of its sinks can keep a new value beside the old one; add a Key Vault or file sink", ErrHeld)
	}
	return w.load(ctx)
}

// take makes the rotation this worker's: a new one by creating its document,
// which only one worker can; one under way by its lease, once that is over. It
// returns until when another worker has it.
func (w *worker) take(ctx context.Context, reason Reason) (busy time.Time, err error) {
	now := w.Now()
	kind, credential := "resumed", false
	switch lease := w.rotation.Lease; {
	case w.rotationETag == "":
		generation := w.credential.Generation + 1
		w.rotation = Rotation{
			Credential: w.t.ID, Generation: generation, State: Prepared, Reason: reason,
			Marker: marker(w.t, generation, w.Holder, now), Started: now, Leftover: w.credential.Leftover,
		}
		credential = w.credential.Asked != "" || len(w.credential.Leftover) > 0
		w.credential.Asked, w.credential.Leftover = "", nil
		kind = string(Prepared)
	case w.Holder != lease.Holder && now.Before(lease.Until):
		return lease.Until, nil
	}
	if w.reason != "" {
		w.rotation.Reason = w.reason
	}
	fence := w.rotation.Lease.Fence + 1
	w.rotation.Lease = Lease{Holder: w.Holder, Until: now.Add(leaseLife), Fence: fence}
	if err := w.write(ctx, kind, credential || w.credential.Asked != ""); err != nil {
		if errors.Is(err, errFenced) {
			return now.Add(leaseLife), nil
		}
		return time.Time{}, err
	}
	return time.Time{}, nil
}

// hurry changes a rotation that is under way when one is asked for. Before it is
// promoted it is the one that is meant, and goes on for the new reason. One that
// only waits for its overlap or for an old key to be gone comes to its end here,
// and another one begins: its live key is the one that is not wanted any more. The
// key before it is ended at once after a leak, and with the next rotation
// otherwise.
func (w *worker) hurry(ctx context.Context, reason Reason) error {
	if w.rotation.State != Promoted && w.rotation.State != Revoked {
		w.reason = reason
		return nil
	}
	w.credential.Asked = reason
	busy, err := w.take(ctx, w.rotation.Reason)
	switch {
	case err != nil:
		return err
	case !busy.IsZero():
		return fmt.Errorf("another worker has the rotation until %s: %w", busy.UTC().Format(time.RFC3339), errFenced)
	}
	if old := w.credential.Previous; old != nil && reason == Leak {
		if err := w.retire(ctx, old.Key, true); err != nil {
			if restErr := w.rest(ctx, err); restErr != nil {
				return restErr
			}
			return err
		}
		w.credential.Previous = nil
	}
	w.credential.Leftover = slices.Clone(w.rotation.Leftover)
	if old := w.credential.Previous; old != nil {
		w.credential.Leftover = append(w.credential.Leftover, old.Key)
		w.credential.Previous = nil
	}
	w.rotation.Wait, w.rotation.For, w.rotation.Operation = time.Time{}, "", ""
	w.rotation.State = Done
	if err := w.write(ctx, "superseded", true); err != nil {
		return err
	}
	w.rotation, w.rotationETag = Rotation{}, ""
	return nil
}

// carry does one step after another.
func (w *worker) carry(ctx context.Context) (Outcome, error) {
	for {
		if err := ctx.Err(); err != nil {
			return w.outcome(""), err
		}
		if w.Started != nil {
			w.Started(w.t, w.rotation.State)
		}
		err := w.step(ctx)
		var later *Later
		switch {
		case err == nil && w.rotation.State == Done:
			o := w.outcome("")
			o.State, o.Rotated, o.Next = "", true, Due(w.t, w.credential)
			return o, nil
		case err == nil:
			continue
		case errors.As(err, &later):
			if err := w.rest(ctx, later); err != nil && !errors.Is(err, errFenced) {
				return w.outcome(""), err
			}
			return w.until(later), nil
		case errors.Is(err, errFenced):
			return w.outcome("another worker"), nil
		case ctx.Err() != nil:
			return w.outcome(""), ctx.Err()
		}
		return w.fail(ctx, err)
	}
}

// fail puts a failure on record, and holds the credential after several.
func (w *worker) fail(ctx context.Context, cause error) (Outcome, error) {
	if isStore(cause) {
		return w.outcome(""), cause // what would be written to is what failed
	}
	w.rotation.Cause = cause.Error()
	w.rotation.Lease.Until = w.Now() // nobody has to wait for this worker
	w.credential.Failures++
	switch {
	case errors.Is(cause, ErrHeld):
		w.credential.Held = cause.Error()
	case w.credential.Failures >= maxFailures:
		w.credential.Held = fmt.Sprintf("%d failures in a row, the last: %s", w.credential.Failures, cause)
	}
	if err := w.write(ctx, "failed", true); err != nil {
		return w.outcome(""), errors.Join(cause, err)
	}
	if w.credential.Held != "" {
		return w.outcome(""), fmt.Errorf("%w: %s", ErrHeld, w.credential.Held)
	}
	return w.outcome(""), cause
}

// isStore reports an error of the store.
func isStore(err error) bool {
	for _, s := range []error{store.ErrThrottled, store.ErrUnknownOutcome, store.ErrNoContainer, store.ErrDenied, store.ErrInvalid, store.ErrConflict} {
		if errors.Is(err, s) {
			return true
		}
	}
	return false
}

func (w *worker) outcome(waits string) Outcome {
	return Outcome{Target: w.t, State: w.rotation.State, Waits: waits, Advanced: w.advanced}
}

// guard refuses a call that takes something away, or that others depend on, to a
// worker that does not surely have the rotation for as long as the call can take.
func (w *worker) guard(ctx context.Context) error {
	doc, err := w.read(ctx, rotationID(w.t.ID, w.rotation.Generation))
	if err != nil {
		return err
	}
	var now Rotation
	if doc.ID == "" || doc.ETag != w.rotationETag {
		return errFenced
	}
	if err := decode(doc, &now); err != nil {
		return err
	}
	if now.Lease.Fence != w.rotation.Lease.Fence || now.Lease.Holder != w.Holder {
		return errFenced
	}
	if w.Now().Add(leaseRest).Before(now.Lease.Until) {
		return nil
	}
	if w.Now().After(now.Lease.Until) {
		return errFenced // another one may be about to take it
	}
	w.rotation.Lease.Until = w.Now().Add(leaseLife)
	return w.write(ctx, "renewed", false)
}

// guarded makes such a call, which is given up before another worker may have the
// rotation.
func (w *worker) guarded(ctx context.Context, call func(ctx context.Context) error) error {
	if err := w.guard(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, leaseRest)
	defer cancel()
	err := call(ctx)
	if _, later := errors.AsType[*Later](err); !later {
		w.rotation.Operation = "" // the provider is not at it any more
	}
	return err
}

// known reports whether a staged value is the one on record.
func (w *worker) known(s Staged) bool {
	return w.rotation.Digest == digestOf(w.t, s.Value.Reveal())
}
