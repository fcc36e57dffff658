// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnderWay is returned by Sweep for a credential that is being renewed. The
// rotation revokes leftover keys when it is done.
var ErrUnderWay = errors.New("renewal in progress")

// Inventory is what a provider has of a credential.
type Inventory struct {
	Orphans []string // keys that roster created and no rotation needs, sorted
	Foreign int      // keys that roster did not create, or does not recognise
}

// Inspect lists what the provider of a credential has. It changes nothing. Config:
// Store and Source. Errors: those of source and store.
func Inspect(ctx context.Context, t Target, c Config) (Inventory, error) {
	i, err := openIssuer(ctx, t, c)
	if err != nil {
		return Inventory{}, err
	}
	return i.inventory(ctx)
}

func openIssuer(ctx context.Context, t Target, c Config) (issuer, error) {
	source, err := c.Source(t)
	if err != nil {
		return issuer{}, err
	}
	j, err := openJournal(ctx, t, c)
	return issuer{source, j}, err
}

func (i issuer) inventory(ctx context.Context) (Inventory, error) {
	var v Inventory
	if i.source.Origin() == DualKey {
		return v, nil // there are always exactly two keys
	}
	keys, err := i.list(ctx)
	if err != nil {
		return v, err
	}
	for _, k := range keys {
		switch {
		case i.needed(k):
		case i.orphaned(k):
			v.Orphans = append(v.Orphans, k.ID)
		default:
			v.Foreign++
		}
	}
	slices.Sort(v.Orphans)
	return v, nil
}

// needed reports a key that is live, or that a rotation in progress created or will
// revoke.
func (i issuer) needed(k Key) bool {
	c, r := i.journal.credential, i.journal.rotation
	if k.ID == i.journal.live() || c.Previous != nil && k.ID == c.Previous.Key {
		return true
	}
	return i.journal.inProgress() && (k.ID == r.Key || k.Marker == r.Marker || i.hasValue(k, r.Digest) || slices.Contains(r.Leftover, k.ID))
}

// orphaned reports a key that is recorded as left over, or has the marker of a
// rotation that is done. A marker of a later generation may be newer than the
// records, as in a restored store, and does not count.
func (i issuer) orphaned(k Key) bool {
	if slices.Contains(i.journal.credential.Leftover, k.ID) {
		_, marked := i.source.(Marked)
		return !marked || strings.HasPrefix(k.Marker, family(i.journal.target))
	}
	generation := generationOf(i.journal.target, k.Marker)
	return generation > 0 && generation <= i.journal.credential.Generation
}

// Sweep revokes the keys that roster created and no rotation needs, and returns
// them. They are recorded before the first is revoked. A key that the provider
// revokes only after a pause stays recorded, and the next rotation or sweep revokes
// it. Config: Store, Source, Now, Holder and Event. Errors: ErrUnderWay, ErrHeld;
// those of source and store.
func Sweep(ctx context.Context, t Target, c Config) ([]string, error) {
	if t.Shared != "" {
		return nil, nil
	}
	i, err := openIssuer(ctx, t, c)
	if err != nil {
		return nil, err
	}
	if i.journal.inProgress() || i.journal.credential.Requested != "" {
		return nil, fmt.Errorf("credential %s: %w; leftover keys are revoked when it is done", t, ErrUnderWay)
	}
	v, err := i.inventory(ctx)
	if err != nil || len(v.Orphans) == 0 {
		return nil, err
	}
	i.journal.credential.Leftover = v.Orphans
	if err := i.journal.writeCredential(ctx, "orphaned"); err != nil {
		return nil, err
	}
	return i.sweep(ctx, v.Orphans)
}

// sweep revokes recorded orphans. A rotation that begins meanwhile creates its own
// key, and revokes the orphans too.
func (i issuer) sweep(ctx context.Context, orphans []string) (revoked []string, err error) {
	var pending []string
	for _, key := range orphans {
		if err := i.own(ctx, key); err != nil {
			return revoked, err
		}
		err := i.source.Revoke(ctx, i.journal.target, Revocation{Key: key})
		_, waits := errors.AsType[*PendingError](err)
		switch {
		case waits:
			pending = append(pending, key)
		case err != nil:
			return revoked, fmt.Errorf("revoke key %s: %w", key, err)
		default:
			revoked = append(revoked, key)
		}
	}
	i.journal.credential.Leftover = pending
	err = i.journal.writeCredential(ctx, "swept")
	if errors.Is(err, errFenced) {
		return revoked, nil // a rotation has begun, and has recorded them
	}
	return revoked, err
}
