// SPDX-License-Identifier: Apache-2.0

package parallel_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/appofapps/roster/internal/parallel"
)

func TestMap(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{0, 1, 3, 100} {
		var running, most atomic.Int64
		got, err := parallel.Map(t.Context(), workers, 50, func(_ context.Context, i int) (int, error) {
			now := running.Add(1)
			defer running.Add(-1)
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			return i * i, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, square := range got {
			if square != i*i {
				t.Errorf("%d workers: result %d is %d", workers, i, square)
			}
		}
		if bound := int64(max(workers, 1)); most.Load() > bound {
			t.Errorf("%d ran at once, allowed are %d", most.Load(), bound)
		}
	}
}

func TestMapReturnsTheFirstErrorInOrder(t *testing.T) {
	t.Parallel()
	second := make(chan struct{})
	_, err := parallel.Map(t.Context(), 2, 2, func(_ context.Context, i int) (int, error) {
		if i == 0 {
			<-second // the later index fails first
		} else {
			defer close(second)
		}
		return 0, fmt.Errorf("index %d", i)
	})
	if err == nil || err.Error() != "index 0" {
		t.Errorf("error %v, want that of index 0", err)
	}
}

func TestMapStopsAfterAnError(t *testing.T) {
	t.Parallel()
	calls := 0
	_, err := parallel.Map(t.Context(), 1, 1000, func(context.Context, int) (int, error) {
		calls++
		return 0, errors.New("no")
	})
	if err == nil || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
}

func TestMapEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := parallel.Map(ctx, 2, 10, func(context.Context, int) (int, error) { return 1, nil })
	if !errors.Is(err, context.Canceled) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := parallel.Map(t.Context(), 4, 0, func(context.Context, int) (int, error) { return 1, nil }); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
}
