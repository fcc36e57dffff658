// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/appofapps/roster/rotate"
)

// days that are simulated, and how often the schedule comes, as in the workflow
// that roster init writes.
const (
	days  = 400
	every = time.Hour
)

// late is how much older than its manifest says a credential may become: the
// schedule's hour, and what a provider takes to make another one.
const late = 3 * time.Hour

// year is a schedule over a registry that has every source and every sink.
type year struct {
	*cloud
	random *rand.Rand
	odds   int // one call in so many goes wrong; 0 for none
	held   int
	acks   int
}

// hour is one run of the schedule, and what people and consumers do meanwhile.
func (y *year) hour() {
	if y.odds > 0 {
		list := faults()
		for call := y.calls + 1; call < y.calls+300; call++ {
			delete(y.plan, call)
			if y.random.IntN(y.odds) == 0 {
				y.plan[call] = list[y.random.IntN(len(list))]
			}
		}
	}
	begin := time.Now()
	y.process(fmt.Sprint("run-", begin.Unix()), rotate.Scheduled, y.targets...)
	y.plan = map[int]fault{}
	for _, t := range y.targets {
		y.people(t)
	}
	time.Sleep(max(0, every-time.Since(begin)))
	y.check("time")
}

// people release what is held, and consumers take new keys up: some after a few
// hours, one never in every third generation.
func (y *year) people(t rotate.Target) {
	credential, under := y.records(t)
	if credential.Held != "" {
		y.held++
		if err := rotate.Release(context.Background(), t, worker{cloud: y.cloud, name: "person"}.config()); err != nil {
			y.Fatal(err)
		}
	}
	if live := credential.Live; live != nil && time.Since(live.Created) > t.Every+late {
		y.broken = append(y.broken, fmt.Sprintf("%s is %s old on %s", t, time.Since(live.Created), time.Now()))
	}
	if under == nil || under.State != rotate.Promoted || credential.Previous == nil {
		return
	}
	since := time.Since(credential.Previous.RevokeAt.Add(-t.Overlap))
	for i, consumer := range t.Consumers {
		if _, said := under.Acks[consumer]; said || since < time.Duration(4*i+5)*time.Hour || i == 1 && credential.Generation%3 == 0 {
			continue
		}
		if err := rotate.Ack(context.Background(), t, consumer, credential.Generation, worker{cloud: y.cloud, name: consumer}.config()); err != nil {
			y.Fatal(err)
		}
		y.acks++
	}
}

// TestYear simulates 400 days of a registry with every source and every sink, hour
// by hour: once undisturbed, and while one call in a hundred goes wrong. At every
// instant every place serves a value that its provider accepts, and an old one is
// accepted for as long as was promised; there are never more than two; every
// credential is renewed before it is older than its manifest says; and at the end
// nothing old is left.
func TestYear(t *testing.T) {
	need(t)
	for name, odds := range map[string]int{"undisturbed": 0, "one call in 100 goes wrong": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				y := &year{cloud: newCloud(t), random: rand.New(rand.NewPCG(14, 400)), odds: odds}
				y.arm.Takes = 80 * time.Second // longer than a run waits
				begin := time.Now()
				for time.Since(begin) < days*24*time.Hour && len(y.broken) == 0 {
					y.hour()
				}
				y.odds = 0
				for range 24 * 8 { // what is under way comes to its end
					if y.settled(0) {
						break
					}
					y.hour()
				}
				y.final()
				y.sound()
				rotations, faulted := 0, 0
				for _, target := range y.targets {
					credential, _ := y.records(target)
					rotations += credential.Generation
					if want := int(days * 24 * time.Hour / (target.Every + late)); credential.Generation < want {
						t.Errorf("%s: %d rotations, want %d", target, credential.Generation, want)
					}
				}
				for _, n := range y.fired {
					faulted += n
				}
				t.Logf("%d days, %d rotations of %d credentials, %d calls, %d faults, %d acknowledgements, held %d times",
					days, rotations, len(y.targets), y.calls, faulted, y.acks, y.held)
			})
		})
	}
}
