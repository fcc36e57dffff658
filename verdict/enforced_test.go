// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/appofapps/roster/manifest"
)

// TestEveryProbeThatPassesIsSaid tries the same things in base and head. What passes in
// head and did not pass in base is a limit that was loosened, and the verdict has to say
// that one was. Package verdict compares limits; this test asks those who enforce them.
func TestEveryProbeThatPassesIsSaid(t *testing.T) {
	t.Parallel()
	list := probes()
	fields := slices.DeleteFunc(judgedFields(t), func(f manifest.Field) bool { return f.Kind == manifest.KindApp || f.Kind == manifest.KindAgent })
	var pairs, loosened atomic.Int64
	tries(t, 7, 40, func(t *testing.T, r *rand.Rand) {
		first := company()
		if r.IntN(2) == 0 {
			first, _ = first.step(r, fields)
		}
		second, said := first.step(r, fields)
		base, head := first.load(t), second.load(t)
		if base == nil || head == nil {
			return
		}
		before, after := first.passing(t, list), second.passing(t, list)
		if before == nil || after == nil {
			return
		}
		pairs.Add(1)
		var gained []string
		for _, file := range slices.Sorted(maps.Keys(after)) {
			if !before[file] {
				gained = append(gained, file)
			}
		}
		if len(gained) == 0 {
			return
		}
		loosened.Add(1)
		if v := compare(base, head); len(v.NewHeadroom)+len(v.NewControl) == 0 {
			t.Errorf("after %q nothing is said, and these pass now: %s", said, strings.Join(gained, " "))
		}
	})
	t.Logf("%d pairs, %d of them let something pass that was stopped", pairs.Load(), loosened.Load())
	if loosened.Load() == 0 {
		t.Error("nothing was loosened: the pairs are too simple")
	}
}
