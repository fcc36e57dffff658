// SPDX-License-Identifier: Apache-2.0

// Package parallel runs a function for many inputs on a limited number of
// goroutines. Start with Map. It returns the results in the order of the inputs;
// an error cancels the calls that are left. No other package of roster starts
// goroutines for fan-out.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Map calls f for every index below n, on at most workers goroutines, and returns
// the results in index order. After an error it starts no further calls. It returns
// the error of the lowest index that failed.
func Map[T any](ctx context.Context, workers, n int, f func(ctx context.Context, i int) (T, error)) ([]T, error) {
	results := make([]T, n)
	errs := make([]error, n)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	var next atomic.Int64
	var group sync.WaitGroup
	for range min(max(workers, 1), n) {
		group.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				if results[i], errs[i] = f(ctx, i); errs[i] != nil {
					cancel()
				}
			}
		})
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return results, nil
}
