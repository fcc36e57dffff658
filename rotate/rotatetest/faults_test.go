// SPDX-License-Identifier: Apache-2.0

package rotatetest_test

import (
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// fewest is how many points there have been: fewer means that something is not
// swept any more.
const fewest = 600

// fresh is a cloud in which a credential is due for the first time.
func fresh(t testing.TB, name string) *cloud {
	c := newCloud(t, name)
	c.targets[0].Consumers = nil
	return c
}

// renewed is a cloud in which a credential is due for the second time.
func renewed(t testing.TB, name string) *cloud {
	c := fresh(t, name)
	c.settle(1)
	c.untilDue()
	c.calls = 0
	return c
}

// twice renews a credential two times, and returns how many processes that took.
func (c *cloud) twice() int {
	first := c.settle(1)
	c.untilDue()
	return first + c.settle(2)
}

// untilDue waits until a credential is as old as it may become.
func (c *cloud) untilDue() {
	if credential, _ := c.records(c.targets[0]); credential.Live != nil {
		time.Sleep(time.Until(credential.Live.Created.Add(c.targets[0].Every)))
	}
}

// TestRemoteFaults lets every call of two rotations fail, to providers, vaults, GitHub
// and the store, through the clients of the command. The rotations complete all the
// same, and what must be true at every moment stays true. Of the ten ways in which a
// call can fail, some are tried at each; ROSTER_REMOTE_FAULTS=all tries all of them.
func TestRemoteFaults(t *testing.T) {
	need(t)
	list := faults()
	ways := 2
	if os.Getenv("ROSTER_REMOTE_FAULTS") == "all" {
		ways = len(list)
	}
	total := 0
	for _, target := range readTargets(t) {
		calls := 0
		synctest.Test(t, func(t *testing.T) {
			c := fresh(t, target.Name)
			c.twice()
			c.final()
			c.sound()
			calls = c.calls
		})
		points, processes := 0, 0
		for at := 1; at <= calls; at++ {
			for way := range ways {
				f := list[(at*3+way*7)%len(list)]
				synctest.Test(t, func(t *testing.T) {
					c := fresh(t, target.Name)
					c.plan[at] = f
					processes += c.twice()
					c.final()
					if len(c.fired) == 0 {
						t.Errorf("%s: call %d did not go wrong: %s", target, at, f.name)
					}
					c.sound()
				})
				if t.Failed() {
					t.Fatalf("%s: call %d of %d, %s", target, at, calls, f.name)
				}
				points++
			}
		}
		t.Logf("%s: %d calls, %d points, %d processes", target.Type, calls, points, processes)
		total += points
	}
	t.Logf("%d points", total)
	if total < fewest*ways {
		t.Errorf("%d points, want at least %d", total, fewest*ways)
	}
}
