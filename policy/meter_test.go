// SPDX-License-Identifier: Apache-2.0

package policy

import "testing"

// TestMeter: the expressions of a run spend one budget, which grows with the nodes. What
// is more than is left spends all.
func TestMeter(t *testing.T) {
	t.Parallel()
	for nodes, want := range map[int]uint64{-1: 10_000_000, 0: 10_000_000, 1: 10_000_500, 2000: 11_000_000} {
		if got := NewMeter(nodes).left; got != want {
			t.Errorf("%d nodes: %d, want %d", nodes, got, want)
		}
	}
	m := NewMeter(0)
	for _, step := range []struct {
		cost, left uint64
		ok         bool
	}{{0, 10_000_000, true}, {4_000_000, 6_000_000, true}, {5_999_999, 1, true}, {1, 0, true}, {0, 0, true}, {1, 0, false}} {
		if ok := m.spend(step.cost); ok != step.ok || m.left != step.left {
			t.Errorf("a cost of %d: %v, %d left, want %v, %d", step.cost, ok, m.left, step.ok, step.left)
		}
	}
	if m = NewMeter(0); m.spend(10_000_001) || m.left != 0 {
		t.Errorf("a cost beyond the budget leaves %d", m.left)
	}
}
