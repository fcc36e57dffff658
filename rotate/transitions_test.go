// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"slices"
	"testing"
)

// TestTransitions holds the table of transitions: for every origin it leads from
// prepared to done, through each state at most once, and what comes after promoted
// is the same for all.
func TestTransitions(t *testing.T) {
	t.Parallel()
	for origin, want := range map[Origin][]State{
		ClientGenerated:   {Prepared, Staged, Created, Verified, Delivered, Promoted, Revoked, Done},
		ProviderGenerated: {Prepared, Staged, Verified, Delivered, Promoted, Revoked, Done},
		DualKey:           {Prepared, Staged, Verified, Delivered, Promoted, Revoked, Done},
	} {
		got := []State{Prepared}
		for _, row := range transitions(origin) {
			if row.from != got[len(got)-1] || row.step == nil || row.calls == nil {
				t.Errorf("%s: the row from %s follows %s, or lacks a function", origin, row.from, got[len(got)-1])
			}
			got = append(got, row.to)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: leads through %v, want %v", origin, got, want)
		}
		for at, state := range want[:len(want)-1] {
			rows, err := remaining(origin, state)
			if err != nil || len(rows) != len(want)-1-at || reached(origin, state, Done) || !reached(origin, state, Prepared) {
				t.Errorf("%s: %d rows remain after %s: %v", origin, len(rows), state, err)
			}
		}
	}
	if _, err := remaining(DualKey, Created); err == nil {
		t.Error("a state that an origin does not have is accepted")
	}
	if reached(DualKey, "", Prepared) {
		t.Error("a rotation that has not begun has reached a state")
	}
}
