// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
)

// TestYear runs the schedule four times a day for 400 days, while one call in
// fifty goes wrong in some way. At every instant every sink serves a value that
// the provider accepts; there are never more than two of ours; every credential is
// renewed before its end; and when the faults stop, nothing is left over.
func TestYear(t *testing.T) {
	t.Parallel()
	const days, step, seeds = 400, 6 * time.Hour, 20
	for _, shape := range shapes() {
		rotations, faulted, held := 0, 0, 0
		for seed := range uint64(seeds) {
			w := newWorld(t, shape)
			random := rand.New(rand.NewPCG(seed, 14))
			list := faults()
			begin := w.now
			for w.now.Sub(begin) < days*24*time.Hour {
				w.roll = func() (fault, bool) { return list[random.IntN(len(list))], random.IntN(50) == 0 }
				at := w.now
				_, _, _ = w.process(fmt.Sprint(shape, seed, at.Unix()), rotate.Scheduled)
				if c, _ := w.record(); c.Held != "" { // a person looks, and lets it go on
					held++
					w.roll = nil
					if err := rotate.Release(t.Context(), w.target(), w.config(fmt.Sprint("person", at.Unix()))); err != nil {
						t.Fatal(err)
					}
				}
				w.now = at.Add(step)
				w.check("time")
			}
			for _, n := range w.fired {
				faulted += n
			}
			w.roll = nil
			generation := w.quiet()
			w.final(generation)
			rotations += generation
			if len(w.broken) > 0 {
				t.Fatalf("%s, seed %d:\n%s", shape, seed, strings.Join(w.broken[:min(len(w.broken), 5)], "\n"))
			}
			if generation < days/31 {
				t.Errorf("%s, seed %d: only %d rotations in %d days", shape, seed, generation, days)
			}
		}
		t.Logf("%s: %d times %d days, %d rotations, %d faults, held %d times", shape, seeds, days, rotations, faulted, held)
	}
}

// quiet runs processes until nothing is under way, and returns the generation.
func (w *world) quiet() int {
	for i := range 60 {
		o, err, _ := w.process(fmt.Sprint("quiet", w.now.Unix(), i), rotate.Scheduled)
		c, under := w.record()
		switch {
		case err == nil && !under:
			return c.Generation
		case err == nil && o.Next.After(w.now):
			w.now = o.Next
		default:
			w.now = w.now.Add(11 * time.Minute)
		}
	}
	w.broken = append(w.broken, "it does not come to an end")
	return 0
}
