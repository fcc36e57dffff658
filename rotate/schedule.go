// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// life is the lifetime of a new key. It leaves half of a period for renewals that
// fail.
func life(t Target) time.Duration { return t.Every*3/2 + t.Overlap }

// maxJitter is the most by which a renewal is earlier than its period.
const maxJitter = 12 * time.Hour

// Due returns when to renew a credential: at the end of its period or after two
// thirds of its key's lifetime, whichever is earlier, minus a jitter that is fixed
// per credential and spreads renewals. A credential without a key is due at once:
// the result is the zero time.
func Due(t Target, c Credential) time.Time {
	if c.Live == nil {
		return time.Time{}
	}
	due := c.Live.Created.Add(t.Every)
	if !c.Live.Expires.IsZero() {
		total := c.Live.Expires.Sub(c.Live.Created)
		if limit := c.Live.Expires.Add(-total / 3); limit.Before(due) {
			due = limit
		}
	}
	return due.Add(-jitter(t))
}

func jitter(t Target) time.Duration {
	window := min(t.Every/20, maxJitter)
	if window <= 0 {
		return 0
	}
	sum := sha256.Sum256([]byte(family(t)))
	return time.Duration(binary.BigEndian.Uint64(sum[:]) % uint64(window)) //nolint:gosec // less than the window
}
