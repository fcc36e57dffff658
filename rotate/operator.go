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

// Errors of Hold, Release, Resume and Ack.
var (
	ErrNoRotation = errors.New("no rotation yet")  // the credential was never renewed
	ErrGeneration = errors.New("wrong generation") // the credential has another live key
	ErrConsumer   = errors.New("unknown consumer") // the credential does not list it
	errNoChange   = errors.New("nothing to write") // ends an edit
)

// Hold keeps a credential from being renewed until Release. A rotation in progress
// stops where it is; keys that work continue to work. Config: Store, Now, Holder
// and Event. Errors: ErrNoRotation; those of the store.
func Hold(ctx context.Context, t Target, why string, c Config) error {
	return edit(ctx, t, "held", c, func(j *journal) error {
		j.credential.Held = why
		return nil
	})
}

// Release lets a credential be renewed again, and resets its count of failures.
// Config and errors are those of Hold.
func Release(ctx context.Context, t Target, c Config) error {
	return edit(ctx, t, "released", c, func(j *journal) error {
		j.credential.Held, j.credential.Failures = "", 0
		return nil
	})
}

// Resume releases a credential and continues its rotation. With withoutAcks, the
// rotation no longer waits for consumers that have not acknowledged the new key.
// Errors: ErrNoRotation; those of Run.
func Resume(ctx context.Context, t Target, withoutAcks bool, c Config) (Outcome, error) {
	err := edit(ctx, t, "released", c, func(j *journal) error {
		j.credential.Held, j.credential.Failures = "", 0
		if j.inProgress() && withoutAcks {
			j.rotation.WithoutAcks = true
			j.overlapOnly()
		}
		return nil
	})
	if err != nil {
		return Outcome{Target: t}, err
	}
	return Run(ctx, t, Scheduled, c)
}

// Ack records that a consumer uses a generation of a credential. It is idempotent,
// and has no effect once the rotation is done. Config is that of Hold. Errors:
// ErrNoRotation, ErrGeneration, ErrConsumer; those of the store.
func Ack(ctx context.Context, t Target, consumer string, generation int, c Config) error {
	if !slices.Contains(t.Consumers, consumer) {
		return fmt.Errorf("%w %q of credential %s; its consumers: %s", ErrConsumer, consumer, t, strings.Join(t.Consumers, ", "))
	}
	return edit(ctx, t, "acknowledged", c, func(j *journal) error {
		if generation != j.credential.Generation {
			return fmt.Errorf("%w %d of credential %s; its live key has generation %d", ErrGeneration, generation, t, j.credential.Generation)
		}
		if _, acknowledged := j.rotation.Acks[consumer]; acknowledged || !j.inProgress() {
			return errNoChange
		}
		acks := map[string]time.Time{consumer: c.Now().UTC()}
		maps.Copy(acks, j.rotation.Acks)
		j.rotation.Acks = acks
		if len(j.missing()) == 0 {
			j.overlapOnly()
		}
		return nil
	})
}

// edit changes the documents of a credential, with an event. A rotation in progress
// is written too, without a lease, so that its worker notices and any worker can
// continue.
func edit(ctx context.Context, t Target, kind string, c Config, change func(*journal) error) error {
	for range maxConflicts {
		j, err := openJournal(ctx, t, c)
		if err != nil {
			return err
		}
		if j.credentialETag == "" && !j.inProgress() {
			return fmt.Errorf("credential %s: %w", t, ErrNoRotation)
		}
		switch err := change(j); {
		case errors.Is(err, errNoChange):
			return nil
		case err != nil:
			return err
		}
		if j.inProgress() {
			j.rotation.Lease.Until = c.Now()
			err = j.write(ctx, kind, true)
		} else {
			err = j.writeCredential(ctx, kind)
		}
		if !errors.Is(err, errFenced) {
			return err
		}
	}
	return fmt.Errorf("credential %s was changed by other runs %d times in a row; try again", t, maxConflicts)
}
