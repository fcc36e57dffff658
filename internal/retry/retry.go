// SPDX-License-Identifier: Apache-2.0

// Package retry retries calls with exponential, jittered back-off, within a
// budget. Start with Do. The caller decides which calls are retried: only those
// that return an error marked with Later.
package retry

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Budget limits the retries of one call. The zero value allows no retry.
type Budget struct {
	Attempts int           // calls in total
	Wait     time.Duration // pauses in total; a pause that would exceed it is not started
	Base     time.Duration // longest pause before the second call; three quarters of it on average
	Cap      time.Duration // longest pause, unless the service asked for a longer one
}

// Later marks an error as temporary, so that Do retries the call. after is how long
// the service asked to wait, 0 if it did not.
func Later(err error, after time.Duration) error { return &later{err, after} }

type later struct {
	error
	after time.Duration
}

func (l *later) Unwrap() error { return l.error }

// Do calls call until it succeeds, returns an error that is not marked with Later,
// the budget is used up, or ctx ends. It returns the error of the last call, without
// the mark.
func Do(ctx context.Context, budget Budget, call func(ctx context.Context) error) error {
	waited := time.Duration(0)
	for attempt := 1; ; attempt++ {
		err := call(ctx)
		mark, temporary := errors.AsType[*later](err)
		if !temporary {
			return err
		}
		pause := max(jitter(budget.pause(attempt)), mark.after)
		if attempt >= budget.Attempts || waited+pause > budget.Wait {
			return mark.error
		}
		waited += pause
		if Sleep(ctx, pause) != nil {
			return mark.error // it is more specific than the context's error
		}
	}
}

// pause returns the longest pause after a number of attempts. Each attempt doubles
// it.
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

// jitter shortens a pause by up to half, so that callers that failed at the same
// time do not retry at the same time.
func jitter(pause time.Duration) time.Duration {
	if pause <= 1 {
		return pause
	}
	return pause - rand.N(pause/2) //nolint:gosec // spreads load, guards nothing
}

// Sleep waits for pause. If ctx ends first, Sleep returns its error at once.
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
