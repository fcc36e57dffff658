// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/store"
)

// Config is what rotations are carried out with. All fields but Started are
// required by Run; what other functions need is said there.
type Config struct {
	Store   store.Store
	Source  func(Target) (Source, error)
	Sink    func(registration.Sink) (Sink, error)
	Now     func() time.Time
	Sleep   func(ctx context.Context, d time.Duration) error
	Random  io.Reader           // for generated values
	Holder  string              // of leases; unique to this run
	Event   audit.Event         // with actor, source and tool filled in
	Started func(Target, State) // told before every step; may be nil
}

// Outcome is the state of a credential after a run.
type Outcome struct {
	Target   Target
	State    State     // of the rotation in progress; "" if no rotation is
	Next     time.Time // when there is something to do; zero if a person is needed
	Rotated  bool      // a rotation was completed in this run
	Waits    string    // what the rotation waits for
	Advanced int       // states written
}

// machine carries out the rotation of one credential.
type machine struct {
	*journal
	issuer  issuer
	staging staging

	override Reason // for which a rotation in progress continues; "" for its own
}

// Run does everything that can be done now for one credential: it begins a
// rotation that is due, or that reason asks for, and continues the one in progress
// as far as it goes. It is idempotent and may be killed at any point. A failure is
// recorded, unless the store failed. Errors: ErrHeld; those of source, sinks and
// store.
func Run(ctx context.Context, t Target, reason Reason, c Config) (Outcome, error) {
	if conflict := t.conflict(); conflict != "" {
		return Outcome{Target: t}, held("%s", conflict)
	}
	m, err := newMachine(ctx, t, c)
	if err != nil {
		return Outcome{Target: t}, err
	}
	if m.credential.Held != "" {
		return m.outcome(""), &HeldError{Reason: m.credential.Held}
	}
	if reason == Scheduled && m.credential.Requested != "" {
		reason = m.credential.Requested // of an interrupted run
	}
	if err := m.due(ctx, reason); err != nil {
		return m.waiting(err)
	}
	busy, err := m.acquire(ctx, reason, m.override)
	switch {
	case err != nil:
		return m.outcome(""), err
	case !busy.IsZero():
		return m.waiting(&PendingError{At: busy, For: "another worker"})
	}
	return m.carry(ctx)
}

// newMachine finds the source and the sinks, and reads the journal.
func newMachine(ctx context.Context, t Target, c Config) (*machine, error) {
	source, err := c.Source(t)
	if err != nil {
		return nil, err
	}
	var at staging
	for _, place := range t.Sinks {
		sink, err := c.Sink(place)
		if err != nil {
			return nil, err
		}
		if stager, can := sink.(Stager); can && at.stager == nil {
			at.stager, at.place = stager, place
		}
	}
	if at.stager == nil {
		return nil, held("none of its sinks can stage a new value beside the live one; add a Key Vault or file sink")
	}
	j, err := openJournal(ctx, t, c)
	if err != nil {
		return nil, err
	}
	at.journal = j
	return &machine{journal: j, issuer: issuer{source, j}, staging: at}, nil
}

// due returns nil if there is something to do now. Errors: PendingError.
func (m *machine) due(ctx context.Context, reason Reason) error {
	now := m.config.Now()
	if due := Due(m.target, m.credential); !m.inProgress() && reason == Scheduled && now.Before(due) {
		return &PendingError{At: due}
	}
	if m.inProgress() && reason != Scheduled {
		if err := m.supersede(ctx, reason); err != nil {
			return err
		}
	}
	if m.inProgress() && m.override == "" && m.config.Now().Before(m.rotation.Wait) {
		return &PendingError{At: m.rotation.Wait, For: m.rotation.For}
	}
	return nil
}

// supersede changes a rotation in progress when a person asks for one. Before it is
// promoted, it continues for the new reason. A promoted one ends here, and another
// one begins, because its live key is the one that nobody wants any more. The key
// before it is revoked at once after a leak, otherwise with the next rotation.
func (m *machine) supersede(ctx context.Context, reason Reason) error {
	if m.rotation.State != Promoted && m.rotation.State != Revoked {
		m.override = reason
		return nil
	}
	m.credential.Requested = reason
	busy, err := m.acquire(ctx, m.rotation.Reason, "")
	switch {
	case err != nil:
		return err
	case !busy.IsZero():
		return fmt.Errorf("another worker holds the rotation until %s: %w", busy.UTC().Format(time.RFC3339), errFenced)
	}
	if old := m.credential.Previous; old != nil && reason == Leak {
		if err := m.issuer.revoke(ctx, old.Key, true); err != nil {
			return m.recordWait(ctx, err)
		}
		m.credential.Previous = nil
	}
	m.credential.Leftover = append([]string(nil), m.rotation.Leftover...)
	if old := m.credential.Previous; old != nil {
		m.credential.Leftover = append(m.credential.Leftover, old.Key)
		m.credential.Previous = nil
	}
	m.rotation.Wait, m.rotation.For, m.rotation.Operation = time.Time{}, "", ""
	m.rotation.State = Done
	if err := m.write(ctx, "superseded", true); err != nil {
		return err
	}
	m.rotation, m.rotationETag = Rotation{}, ""
	return nil
}

// recordWait records a PendingError, and returns the error.
func (m *machine) recordWait(ctx context.Context, err error) error {
	if pending, ok := errors.AsType[*PendingError](err); ok {
		if err := m.wait(ctx, pending); err != nil {
			return err
		}
	}
	return err
}

// carry does one step after another.
func (m *machine) carry(ctx context.Context) (Outcome, error) {
	for {
		if err := ctx.Err(); err != nil {
			return m.outcome(""), err
		}
		if m.config.Started != nil {
			m.config.Started(m.target, m.rotation.State)
		}
		if err := m.step(ctx); err != nil {
			return m.stopped(ctx, err)
		}
		if m.rotation.State == Done {
			o := m.outcome("")
			o.State, o.Rotated, o.Next = "", true, Due(m.target, m.credential)
			return o, nil
		}
	}
}

// step carries out the transition of the current state.
func (m *machine) step(ctx context.Context) error {
	rows, err := remaining(m.issuer.source.Origin(), m.rotation.State)
	if err != nil {
		return err
	}
	return rows[0].step(m, ctx)
}

// stopped is the outcome of a run whose last step returned an error.
func (m *machine) stopped(ctx context.Context, err error) (Outcome, error) {
	if pending, ok := errors.AsType[*PendingError](err); ok {
		if err := m.wait(ctx, pending); err != nil && !errors.Is(err, errFenced) {
			return m.outcome(""), err
		}
		return m.waiting(pending)
	}
	switch {
	case errors.Is(err, errFenced):
		return m.outcome("another worker"), nil
	case ctx.Err() != nil:
		return m.outcome(""), ctx.Err()
	}
	return m.outcome(""), m.fail(ctx, err)
}

func (m *machine) outcome(waits string) Outcome {
	return Outcome{Target: m.target, State: m.rotation.State, Waits: waits, Advanced: m.advanced}
}

// waiting is the outcome of a run that ends with a PendingError; any other error
// is returned.
func (m *machine) waiting(err error) (Outcome, error) {
	pending, ok := errors.AsType[*PendingError](err)
	if !ok {
		return m.outcome(""), err
	}
	o := m.outcome(pending.For)
	o.Next = pending.At
	return o, nil
}
