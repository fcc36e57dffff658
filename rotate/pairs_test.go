// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/appofapps/roster/rotate"
)

// TestFaultPairs lets two calls of two rotations go wrong, each in some way: the
// second can meet what the first one left behind. The pairs are drawn from a fixed
// seed. ROSTER_PAIRS is their number.
func TestFaultPairs(t *testing.T) {
	t.Parallel()
	points := 600
	if text := os.Getenv("ROSTER_PAIRS"); text != "" {
		var err error
		if points, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	calls := map[rotate.Origin][]point{} // of two rotations, in order
	for _, shape := range shapes() {
		clean := newWorld(t, shape)
		clean.settle(1)
		clean.settle(2)
		calls[shape] = clean.calls
	}
	list, random, runs, met := faults(), rand.New(rand.NewPCG(12, 2)), 0, 0
	for number := range points {
		shape := shapes()[number%len(shapes())]
		w := newWorld(t, shape)
		at := random.IntN(len(calls[shape]) - 1)
		first, second := calls[shape][at], calls[shape][min(at+1+random.IntN(40), len(calls[shape])-1)]
		w.plan[first], w.plan[second] = list[random.IntN(len(list))], list[random.IntN(len(list))]
		runs += w.settle(1) + w.settle(2)
		w.plan = map[point]fault{}
		w.settle(2)
		w.final(2)
		total := 0
		for _, n := range w.fired {
			total += n
		}
		if total == 2 {
			met++
		}
		if len(w.broken) > 0 {
			t.Fatalf("pair %d, %s at %s and %s, %v:\n%s", number, shape, first, second, w.fired, strings.Join(w.broken, "\n"))
		}
	}
	t.Logf("%d points, %d processes; both faults happened at %d", points, runs, met)
	if met < points/2 {
		t.Errorf("both faults happened at %d points only", met)
	}
}
