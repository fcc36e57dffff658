// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/appofapps/roster/rotate"
)

// race runs both at once, and then whatever is left.
func (c *cloud) race(both ...func()) {
	var group sync.WaitGroup
	for _, one := range both {
		group.Go(one)
	}
	group.Wait()
	c.plan, c.met = map[int]fault{}, nil
	if credential, _ := c.records(c.targets[0]); credential.Held != "" { // somebody looks
		if err := rotate.Release(context.Background(), c.targets[0], worker{cloud: c, name: "person"}.config()); err != nil {
			c.Fatal(err)
		}
	}
	c.settle(2)
	c.final()
	c.sound()
	if credential, _ := c.records(c.targets[0]); credential.Generation != 2 {
		c.Errorf("generation %d", credential.Generation)
	}
}

// shuffle lets every call take some time of its own, so that two workers meet
// everywhere.
func (c *cloud) shuffle(seed uint64) {
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 5))
	c.met = func(string, string) {
		mu.Lock()
		pause := time.Duration(random.IntN(300)) * time.Millisecond
		mu.Unlock()
		time.Sleep(pause)
	}
}

// schedule is runs every two hours, for longer than an overlap takes.
func (c *cloud) schedule(name string, skew time.Duration) func() {
	return func() {
		for i := range 50 {
			worker{cloud: c, name: fmt.Sprint(name, "-", i), skew: skew}.process(rotate.Scheduled, c.targets...)
			time.Sleep(2 * time.Hour)
		}
	}
}

// TestTwoRuns has two schedules renew the same credential, whose calls fall between one another in an order of each seed's own, while their clocks are right or
// ten minutes apart: what is served stays valid, for as long as was promised less
// what the clocks differ by, and one new key comes of it.
func TestTwoRuns(t *testing.T) {
	need(t)
	const seeds = 15
	runs := 0
	for _, target := range readTargets(t) {
		for _, skew := range []time.Duration{0, 10 * time.Minute, -10 * time.Minute} {
			for seed := range uint64(seeds) {
				synctest.Test(t, func(t *testing.T) {
					c := renewed(t, target.Name)
					c.slack = skew.Abs()
					c.shuffle(seed)
					c.race(c.schedule("right", 0), c.schedule("other", skew))
				})
				if runs++; t.Failed() {
					t.Fatalf("%s, skew %s, seed %d", target, skew, seed)
				}
			}
		}
	}
	t.Logf("%d races", runs)
}

// A start is a credential that is due for the first or the second time.
type start struct {
	target rotate.Target
	cloud  func(t testing.TB, name string) *cloud
}

func starts(t testing.TB) (list []start) {
	for _, target := range readTargets(t) {
		list = append(list, start{target, fresh}, start{target, renewed})
	}
	return list
}

// TestLeaseLost has a run get stuck in the middle of each of its calls for longer
// than its lease, while another one takes over and finishes; then the first one goes
// on where it was.
func TestLeaseLost(t *testing.T) {
	need(t)
	points, stuck := 0, 0
	for _, start := range starts(t) {
		for at := 1; ; at++ {
			done := false
			synctest.Test(t, func(t *testing.T) {
				c := start.cloud(t, start.target.Name)
				c.plan[at] = fault{name: "stuck", stall: 30 * time.Minute}
				over := 0
				c.race(
					func() { worker{cloud: c, name: "first"}.process(rotate.Scheduled, c.targets...) },
					func() {
						time.Sleep(11 * time.Minute)
						for range 4 {
							worker{cloud: c, name: fmt.Sprint("second-", time.Now().Unix())}.process(rotate.Scheduled, c.targets...)
							time.Sleep(11 * time.Minute)
						}
						_, under := c.records(c.targets[0])
						if under != nil {
							over = under.Lease.Fence
						}
					},
				)
				done = len(c.fired) == 0
				if over > 1 {
					stuck++
				}
			})
			if done || t.Failed() {
				break
			}
			points++
		}
		if t.Failed() {
			t.Fatalf("%s, point %d", start.target, points)
		}
	}
	t.Logf("%d points; at %d another run took over", points, stuck)
	if points < fewest {
		t.Errorf("only %d points", points)
	}
}
