// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// life is how long a new key may live: long enough that a renewal that fails for
// half its time still ends in time.
func life(t Target) time.Duration { return t.Every*3/2 + t.Overlap }

// maxJitter spreads the renewals of one day.
const maxJitter = 12 * time.Hour

// Due returns when a credential is to be renewed: when it is as old as it may
// become, or when two thirds of its real life are over, whichever comes first;
// and earlier by a part of the time that is the credential's own, so that what
// began together is not renewed together. One without a key is due at once.
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
