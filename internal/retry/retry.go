// SPDX-License-Identifier: Apache-2.0

// Package retry repeats a call that a service asked to repeat, with growing and
// jittered pauses, within a budget. What may be repeated is the caller's to say:
// a call that must not be sent twice blindly returns an error that is not Later.
package retry

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Budget bounds the repetitions of one call. The zero value allows none.
type Budget struct {
	Attempts int           // calls in all
	Wait     time.Duration // between calls, in all: a pause that would exceed it is not begun
	Base     time.Duration // before the second call, on average three quarters of it
	Cap      time.Duration // of one pause, unless the service asked for a longer one
}

// Later marks an error as one that the same call may not meet again. after is
// what the service asked to wait, 0 if it did not say.
func Later(err error, after time.Duration) error { return &later{err, after} }

type later struct {
	error
	after time.Duration
}

func (l *later) Unwrap() error { return l.error }

// Do calls until there is no error, one that is not Later, or the budget or the
// context is at its end. It returns the last call's error without its mark.
func Do(ctx context.Context, budget Budget, call func(ctx context.Context) error) error {
	waited := time.Duration(0)
	for attempt := 1; ; attempt++ {
		err := call(ctx)
		var mark *later
		if !errors.As(err, &mark) {
			return err
		}
		pause := max(jitter(budget.pause(attempt)), mark.after)
		if attempt >= budget.Attempts || waited+pause > budget.Wait {
			return mark.error
		}
		waited += pause
		if Sleep(ctx, pause) != nil {
			return mark.error // it says more than that the context ended
		}
	}
}

// pause is the longest one after a number of attempts: doubled each time.
func (b Budget) pause(attempt int) time.Duration {
	pause := b.Base
	for range attempt - 1 {
		if pause >= b.Cap {
			break
		}
		pause *= 2
	}
	return min(pause, b.Cap)
}

// jitter takes up to half of a pause away, so that callers who failed together
// do not come back together.
func jitter(pause time.Duration) time.Duration {
	if pause <= 1 {
		return pause
	}
	return pause - rand.N(pause/2) //nolint:gosec // spreads load, guards nothing
}

// Sleep waits, or until the context ends, and returns its error then.
func Sleep(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
