// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"maps"
	"slices"
	"strings"
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
	var counts tally
	inChunks(t, rounds(t, 40), func(t *testing.T, from, to int) {
		for i := from; i < to; i++ {
			r, first := round(i, 7), company()
			if r.IntN(2) == 0 {
				first, _ = first.step(r, fields)
			}
			second, said := first.step(r, fields)
			base, head := first.load(t), second.load(t)
			before, after := first.passing(t, list), second.passing(t, list)
			if base == nil || head == nil || before == nil || after == nil {
				continue
			}
			counts.add("pairs")
			gained := slices.DeleteFunc(slices.Sorted(maps.Keys(after)), func(file string) bool { return before[file] })
			if len(gained) == 0 {
				continue
			}
			counts.add("loosened")
			if v := compare(base, head); len(v.NewHeadroom)+len(v.NewControl) == 0 {
				t.Errorf("round %d, after %q: nothing is said, and these pass now: %s", i, said, strings.Join(gained, " "))
			}
		}
	})
	t.Logf("%v", counts.counts)
	if counts.counts["loosened"] == 0 {
		t.Error("nothing was loosened: the pairs are too simple")
	}
}
