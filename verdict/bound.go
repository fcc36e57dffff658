// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
)

// An ownBound is what one level allows by itself.
type ownBound struct {
	bounded       bool
	ceiling, deny access.Set
}

func own(l *bounds.Level) *ownBound {
	b := &ownBound{bounded: l.Bounded, ceiling: l.Ceiling}
	for _, d := range l.Deny {
		b.deny = b.deny.Or(d.Set)
	}
	return b
}

func (b *ownBound) inCeiling(word string) bool { return !b.bounded || allows(b.ceiling, word) }

func (b *ownBound) passes(word string) bool { return b.inCeiling(word) && !allows(b.deny, word) }
