// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"

	"github.com/appofapps/roster/access"
)

// TestSharedBudgetIsSpent asks hard questions until there is nothing left, then easy
// ones: those are still answered, and rightly.
func TestSharedBudgetIsSpent(t *testing.T) {
	t.Parallel()
	before, after := lacking(t, 24), union(t, "*:r")
	budget := access.NewBudget(1 << 20)
	for range 3 {
		if got := budget.Included(after, before); got != (access.Answer{}) {
			t.Fatalf("Included = %+v, want the zero Answer", got)
		}
	}
	if got := budget.Overlap(after, after.Minus(before)); got != (access.Answer{}) {
		t.Errorf("Overlap = %+v, want the zero Answer", got)
	}
	orders, all := union(t, "orders/carts:read").Or(union(t, "orders/*:write")), union(t, "orders/**:*")
	if got := budget.Included(orders, all); !got.Holds || !got.Complete {
		t.Errorf("Included = %+v", got)
	}
	want := access.Answer{Complete: true, Witness: "orders/x:x"}
	if got := budget.Included(all, orders); got != want {
		t.Errorf("Included = %+v, want %+v", got, want)
	}
	if got := budget.Overlap(orders, access.Set{}); got != (access.Answer{Complete: true}) {
		t.Errorf("Overlap with nothing = %+v", got)
	}
	if got := access.NewBudget(1).Overlap(orders, all); !got.Holds {
		t.Errorf("a spent budget's Overlap = %+v", got)
	}
}
