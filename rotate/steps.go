// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/redact"
)

// proofs is how often in a row a new key must work, because replicas of a provider
// disagree for a while.
const proofs = 3

// patience is how long a new key may not work yet; pause is the time between two
// attempts.
const (
	patience = 4 * time.Minute
	pause    = 5 * time.Second
)

// overlapping is what a promoted rotation waits for.
const overlapping = "the overlap"

// patrol is how often missing acknowledgements are looked for.
const patrol = time.Hour

// generate stages a value that roster generates, or the one that an earlier worker
// staged.
func (m *machine) generate(ctx context.Context) error {
	staged, err := m.staging.found(ctx)
	if err != nil {
		return err
	}
	if len(staged) > 0 {
		return m.staging.record(ctx, staged[0])
	}
	generator, can := m.issuer.source.(Generator)
	if !can {
		return fmt.Errorf("source of %s generates no values", m.target.Type)
	}
	value, err := generator.Generate(m.config.Random, m.target)
	if err != nil {
		return fmt.Errorf("generate a value: %w", err)
	}
	return m.staging.keep(ctx, "", value)
}

// createAndStage has the provider create a key and stages its value. A key that an
// earlier worker staged is taken; one that it did not stage is revoked first.
func (m *machine) createAndStage(ctx context.Context) error {
	staged, err := m.staging.found(ctx)
	if err != nil {
		return err
	}
	keys, err := m.issuer.list(ctx)
	if err != nil {
		return err
	}
	for _, s := range staged {
		if contains(keys, s.Key) {
			return m.staging.record(ctx, s)
		}
	}
	if err := m.issuer.recognise(keys); err != nil {
		return err
	}
	if err := m.issuer.revokeAll(ctx, m.issuer.unstaged(keys), true); err != nil {
		return err
	}
	made, err := m.issuer.create(ctx, redact.Secret{})
	if err != nil {
		return err
	}
	m.rotation.Expires = made.Expires
	return m.staging.keep(ctx, made.Key, made.Value)
}

// create gives the staged value to the provider.
func (m *machine) create(ctx context.Context) error {
	value, err := m.staging.value(ctx)
	if errors.Is(err, errLost) {
		return m.restart(ctx, false)
	}
	if err != nil {
		return err
	}
	made, err := m.issuer.create(ctx, value)
	if err != nil {
		return err
	}
	m.rotation.Key, m.rotation.Expires = made.Key, made.Expires
	return m.advance(ctx, Created)
}

// verify uses the new key against the real service. A key that fails for the second
// time is replaced.
func (m *machine) verify(ctx context.Context) error {
	value, err := m.staging.value(ctx)
	if errors.Is(err, errLost) {
		return m.restart(ctx, false)
	}
	if err != nil {
		return err
	}
	err = m.prove(ctx, value)
	if err != nil && m.credential.Failures > 0 && ctx.Err() == nil {
		return m.restart(ctx, false)
	}
	if err != nil {
		return err
	}
	return m.advance(ctx, Verified)
}

// prove uses the rotation's key until it has worked several times in a row.
func (m *machine) prove(ctx context.Context, value redact.Secret) error {
	end, good := m.config.Now().Add(patience), 0
	for good < proofs {
		err := m.issuer.source.Verify(ctx, m.target, m.rotation.Key, value)
		switch {
		case err == nil:
			good++
			continue
		case !errors.Is(err, ErrNotYet) || m.config.Now().After(end):
			return fmt.Errorf("use the new key: %w", err)
		}
		good = 0
		if err := m.config.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// restart begins the rotation again with another value. A key that no sink was
// given is revoked at once, since some providers keep no more than two. A key that
// a sink may serve is revoked when the rotation is done.
func (m *machine) restart(ctx context.Context, served bool) error {
	switch dual := m.issuer.source.Origin() == DualKey; {
	case dual && served: // the provider shows the value again
	case dual:
		m.rotation.Since = m.config.Now() // regenerate the key: its present value does not count
	default:
		if err := m.drop(ctx, served); err != nil {
			return err
		}
	}
	m.rotation.Ref, m.rotation.Key, m.rotation.Digest, m.rotation.Expires = "", "", "", time.Time{}
	if err := m.staging.remove(ctx, m.rotation.Marker); err != nil {
		return err
	}
	return m.advance(ctx, Prepared)
}

// drop revokes what this rotation created, or leaves it for the end of the rotation
// if a sink may serve it.
func (m *machine) drop(ctx context.Context, served bool) error {
	made, err := m.issuer.made(ctx)
	if err != nil {
		return err
	}
	if served {
		m.rotation.Leftover = append(m.rotation.Leftover, made...)
		return nil
	}
	return m.issuer.revokeAll(ctx, made, true)
}

// deliver writes the new value to every sink.
func (m *machine) deliver(ctx context.Context) error {
	value, err := m.staging.value(ctx)
	if errors.Is(err, errLost) {
		return m.restart(ctx, true)
	}
	if err != nil {
		return err
	}
	for _, place := range m.target.Sinks {
		sink, err := m.config.Sink(place)
		if err != nil {
			return err
		}
		err = m.guarded(ctx, func(ctx context.Context) error { return sink.Deliver(ctx, place, m.rotation.Marker, value) })
		if err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
	}
	return m.advance(ctx, Delivered)
}

// promote records the new key as the live one, and starts the overlap of the old
// one.
func (m *machine) promote(ctx context.Context) error {
	overlap := m.target.Overlap
	if m.rotation.Reason == Leak {
		overlap = 0
	}
	if old := m.credential.Live; old != nil {
		previous := *old
		previous.RevokeAt = m.config.Now().Add(overlap)
		m.credential.Previous = &previous
		m.rotation.Wait, m.rotation.For = previous.RevokeAt, overlapping
	}
	m.credential.Generation = m.rotation.Generation
	m.credential.Live = &Live{Key: m.rotation.Key, Created: m.rotation.Started, Expires: m.rotation.Expires, Digest: m.rotation.Digest}
	return m.advance(ctx, Promoted)
}

// revoke revokes the old key when the overlap is over, every consumer uses the new
// key, and the new key still works.
func (m *machine) revoke(ctx context.Context) error {
	if m.config.Now().Before(m.rotation.Wait) {
		return &PendingError{At: m.rotation.Wait, For: m.rotation.For, Operation: m.rotation.Operation}
	}
	if old := m.credential.Previous; old != nil {
		if err := m.acknowledged(); err != nil {
			return err
		}
		value, err := m.staging.value(ctx)
		if err != nil {
			return err
		}
		if err := m.prove(ctx, value); err != nil {
			return err
		}
		keys, err := m.issuer.twins(ctx, *old)
		if err != nil {
			return err
		}
		if err := m.issuer.revokeAll(ctx, keys, m.rotation.Reason == Leak); err != nil {
			return err
		}
	}
	m.credential.Previous, m.rotation.Wait = nil, time.Time{}
	return m.advance(ctx, Revoked)
}

// acknowledged returns nil if the consumers allow the old key to be revoked. The
// rotation waits for them until their timeout; without one, until the next renewal
// is due. Errors: PendingError, ErrHeld.
func (m *machine) acknowledged() error {
	missing, now := m.missing(), m.config.Now()
	if len(missing) == 0 || m.rotation.WithoutAcks || m.rotation.Reason == Leak {
		return nil
	}
	what := "acknowledgement of " + strings.Join(missing, ", ")
	again := now.Add(patrol)
	if m.target.AckTimeout > 0 {
		end := m.credential.Previous.RevokeAt.Add(m.target.AckTimeout)
		if !now.Before(end) {
			return nil
		}
		if end.Before(again) {
			again = end
		}
	}
	if !now.Before(Due(m.target, m.credential)) {
		return held("the next renewal is due, and the %s for generation %d is missing", what, m.rotation.Generation)
	}
	return &PendingError{At: again, For: what}
}

// clean revokes every other key of the credential at the provider, and removes the
// staged value.
func (m *machine) clean(ctx context.Context) error {
	keys, err := m.issuer.list(ctx)
	if err != nil {
		return err
	}
	if err := m.issuer.revokeAll(ctx, m.issuer.leftover(keys), m.rotation.Reason == Leak); err != nil {
		return err
	}
	if err := m.staging.remove(ctx, family(m.target)); err != nil {
		return err
	}
	return m.advance(ctx, Done)
}
