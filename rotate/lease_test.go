// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
)

// TestLeaseIsRespected has a run killed, and another one come before the lease is
// over and after: the first waits for it, the second continues.
func TestLeaseIsRespected(t *testing.T) {
	t.Parallel()
	for _, shape := range shapes() {
		w := newWorld(t, shape)
		w.next(kindStage, 1, fault{name: "kill before", before: true})
		alive := true
		for n := 0; alive && n < 50; n++ { // a provider may take longer than a run
			if _, _, alive = w.process("first", rotate.Scheduled); alive {
				w.now = w.now.Add(time.Hour)
			}
		}
		if alive {
			t.Errorf("%s: 50 runs never came to keep a key", shape)
			continue
		}
		written := w.count[kindCommit]
		o, err, _ := w.process("second", rotate.Scheduled)
		if err != nil || o.Waits != "another worker" || !o.Next.After(w.now) || w.count[kindCommit] != written {
			t.Errorf("%s: before the lease is over: %+v, %v, %d commits", shape, o, err, w.count[kindCommit]-written)
		}
		w.now = o.Next
		if o, err, _ = w.process("third", rotate.Scheduled); err != nil || o.Advanced == 0 && o.Waits != "the provider" {
			t.Errorf("%s: after the lease is over: %+v, %v", shape, o, err)
		}
	}
}
