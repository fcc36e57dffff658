// SPDX-License-Identifier: Apache-2.0

package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/appofapps/roster/internal/retry"
)

var errBusy = errors.New("busy")

// run calls a service that is busy for a number of calls, and returns the time of each
// call.
func run(ctx context.Context, b retry.Budget, busy int, after time.Duration) (calls []time.Duration, err error) {
	start := time.Now()
	err = retry.Do(ctx, b, func(context.Context) error {
		calls = append(calls, time.Since(start))
		if len(calls) <= busy {
			return retry.Later(errBusy, after)
		}
		return nil
	})
	return calls, err
}

func TestDo(t *testing.T) {
	t.Parallel()
	budget := retry.Budget{Attempts: 5, Wait: time.Minute, Base: time.Second, Cap: 4 * time.Second}
	for _, c := range []struct {
		name   string
		budget retry.Budget
		busy   int
		after  time.Duration
		calls  int
		err    error
	}{
		{"no error, no repetition", budget, 0, 0, 1, nil},
		{"until it is done", budget, 3, 0, 4, nil},
		{"not more often than allowed", budget, 9, 0, 5, errBusy},
		{"the zero budget", retry.Budget{}, 1, 0, 1, errBusy},
		{"not longer than allowed", retry.Budget{Attempts: 100, Wait: 5 * time.Second, Base: 2 * time.Second, Cap: 2 * time.Second}, 99, 0, 0, errBusy},
		{"a pause that is asked for", budget, 2, 10 * time.Second, 3, nil},
		{"a pause longer than the budget", budget, 1, time.Hour, 1, errBusy},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls, err := run(t.Context(), c.budget, c.busy, c.after)
				if !errors.Is(err, c.err) || c.calls > 0 && len(calls) != c.calls {
					t.Errorf("calls at %v, error %v; want %d, %v", calls, err, c.calls, c.err)
				}
				pause := c.budget.Base
				for i := 1; i < len(calls); i++ {
					got := calls[i] - calls[i-1]
					if low, high := max(pause/2, c.after), max(pause, c.after); got < low || got > high {
						t.Errorf("pause %d is %v, want %v to %v", i, got, low, high)
					}
					pause = min(pause*2, c.budget.Cap)
				}
				if last := calls[len(calls)-1]; last > c.budget.Wait {
					t.Errorf("the last call began after %v, budget %v", last, c.budget.Wait)
				}
			})
		})
	}
}

func TestOtherErrorsAreNotRepeated(t *testing.T) {
	t.Parallel()
	calls := 0
	err := retry.Do(t.Context(), retry.Budget{Attempts: 9, Wait: time.Hour, Base: 1, Cap: 1}, func(context.Context) error {
		calls++
		return errBusy
	})
	if calls != 1 || err != errBusy { //nolint:errorlint // not even wrapped
		t.Errorf("%d calls, error %v; want 1, %v", calls, err, errBusy)
	}
}

func TestAnEndedContextEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		calls, err := run(ctx, retry.Budget{Attempts: 9, Wait: time.Hour, Base: time.Minute, Cap: time.Minute}, 9, 0)
		if len(calls) != 1 || !errors.Is(err, errBusy) || ctx.Err() == nil {
			t.Errorf("%d calls, error %v; want 1, %v", len(calls), err, errBusy)
		}
	})
}
