// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"testing"

	"github.com/appofapps/roster/access"
)

// TestPurseIsEmptied asks hard questions until there is nothing left, then easy
// ones: those are still answered, and rightly.
func TestPurseIsEmptied(t *testing.T) {
	t.Parallel()
	before, after := lacking(t, 24), union(t, "*:r")
	purse := access.NewPurse(1 << 20)
	for range 3 {
		if got := purse.Included(after, before); got != (access.Answer{}) {
			t.Fatalf("Included = %+v, want the zero Answer", got)
		}
	}
	if got := purse.Overlap(after, after.Minus(before)); got != (access.Answer{}) {
		t.Errorf("Overlap = %+v, want the zero Answer", got)
	}
	orders, all := union(t, "orders/carts:read").Or(union(t, "orders/*:write")), union(t, "orders/**:*")
	if got := purse.Included(orders, all); !got.Holds || !got.Complete {
		t.Errorf("Included = %+v", got)
	}
	want := access.Answer{Complete: true, Witness: "orders/x:x"}
	if got := purse.Included(all, orders); got != want {
		t.Errorf("Included = %+v, want %+v", got, want)
	}
	if got := purse.Overlap(orders, access.Set{}); got != (access.Answer{Complete: true}) {
		t.Errorf("Overlap with nothing = %+v", got)
	}
	if got := new(access.Purse).Overlap(orders, all); !got.Holds {
		t.Errorf("an empty purse's Overlap = %+v", got)
	}
}
