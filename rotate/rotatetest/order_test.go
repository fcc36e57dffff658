// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/rotate"
)

// TestSameOrder runs sixty days twice, from registrations in another order: the same
// calls are made in the same order at the same moments.
func TestSameOrder(t *testing.T) {
	need(t)
	var runs [2][]string
	for i := range runs {
		synctest.Test(t, func(t *testing.T) {
			c := newCloud(t)
			if i == 1 {
				c.targets = reversed(t)
			}
			c.met = func(_, what string) { runs[i] = append(runs[i], time.Now().Format(time.RFC3339)+" "+what) }
			for hour := range 60 * 24 {
				c.process(fmt.Sprint("run-", hour), rotate.Scheduled, c.targets...)
				time.Sleep(time.Until(time.Date(2000, 1, 1, hour+1, 0, 0, 0, time.UTC)))
			}
			c.sound()
		})
	}
	if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
		t.Errorf("%.2000s", diff)
	}
	if len(runs[0]) < 10_000 {
		t.Errorf("only %d calls", len(runs[0]))
	}
}

// reversed reads the registry's credentials from the last to the first.
func reversed(t *testing.T) []rotate.Target {
	t.Helper()
	registrations, providers := readRegistry(t)
	slices.Reverse(registrations)
	list, err := rotate.Targets(wire.Systems(), registrations, map[string]string{"orders": "orders"}, providers, "")
	if err != nil {
		t.Fatal(err)
	}
	return list
}
