// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/appofapps/roster/rotate"
)

const day = 24 * time.Hour

// TestDue renews a key when it is as old as it may become or when two thirds of its real
// life are over, and none at once that was not there before.
func TestDue(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	target := rotate.Target{ID: "credential.api", Every: 30 * day}
	for name, test := range map[string]struct {
		life   time.Duration // 0 for ever
		before time.Duration // due no later than so long after it was made, and no more than half a day sooner
	}{
		"never ends":           {0, 30 * day},
		"ends long after":      {90 * day, 30 * day},
		"ends when it is due":  {30 * day, 20 * day},
		"ends before it is":    {9 * day, 6 * day},
		"ends on the same day": {day, 16 * time.Hour},
	} {
		live := &rotate.Live{Created: begin}
		if test.life > 0 {
			live.Expires = begin.Add(test.life)
		}
		due := rotate.Due(target, rotate.Credential{Live: live}).Sub(begin)
		if due > test.before || due < test.before-12*time.Hour {
			t.Errorf("%s: due after %s, want at most half a day before %s", name, due, test.before)
		}
	}
	if due := rotate.Due(target, rotate.Credential{}); !due.IsZero() {
		t.Errorf("a credential without a key is due on %s", due)
	}
}

// TestDueIsSpread makes a thousand credentials in one moment: they do not become due in
// one, and each is due at the same moment whoever asks.
func TestDueIsSpread(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hours := map[int]int{}
	for i := range 1000 {
		target := rotate.Target{Container: "orders", Partition: fmt.Sprint("app-", i), ID: "credential.api", Every: 30 * day}
		c := rotate.Credential{Live: &rotate.Live{Created: begin}}
		due := rotate.Due(target, c)
		if again := rotate.Due(target, c); !again.Equal(due) {
			t.Fatalf("due on %s, and then on %s", due, again)
		}
		hours[int(begin.Add(30*day).Sub(due)/time.Hour)]++
	}
	for hour := range 12 {
		if n := hours[hour]; n < 50 || n > 120 {
			t.Errorf("%d of 1000 are due in hour %d of the last twelve", n, hour)
		}
	}
	if len(hours) != 12 {
		t.Errorf("due in %d hours: %v", len(hours), hours)
	}
}
