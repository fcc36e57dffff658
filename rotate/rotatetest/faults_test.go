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
const fewest = 440

// renewed is a cloud in which a credential is due for the second time.
func renewed(t testing.TB, name string) *cloud {
	c := newCloud(t, name)
	c.targets[0].Consumers = nil
	c.settle(1)
	credential, _ := c.records(c.targets[0])
	time.Sleep(time.Until(credential.Live.Created.Add(c.targets[0].Every)))
	c.calls = 0
	return c
}

// TestRemoteFaults lets every call of a rotation go wrong, to providers, vaults,
// GitHub and the store, by the clients that the command has: it comes to its end all
// the same, and nothing that must be true at every instant is not. Of the ten ways in
// which a call can go wrong some are tried at each; ROSTER_REMOTE_FAULTS=all tries
// all of them.
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
			c := renewed(t, target.Name)
			c.settle(2)
			c.final()
			c.sound()
			calls = c.calls
		})
		points, processes := 0, 0
		for at := 1; at <= calls; at++ {
			for way := range ways {
				f := list[(at*3+way*7)%len(list)]
				synctest.Test(t, func(t *testing.T) {
					c := renewed(t, target.Name)
					c.plan[at] = f
					processes += c.settle(2)
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
