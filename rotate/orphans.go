// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrUnderWay is returned for a credential that is being renewed.
var ErrUnderWay = errors.New("is being renewed, and what is left over is ended then")

// Holding is what a provider has of a credential.
type Holding struct {
	Orphans []string // keys of ours that no rotation needs, sorted
	Foreign int      // keys that are not ours, or that nothing here knows of
}

// Ask asks the provider of a credential what it has. Nothing is changed. Errors:
// those of source and store.
func Ask(ctx context.Context, t Target, c Config) (Holding, error) {
	w := &worker{Config: c, t: t}
	if err := w.meet(ctx); err != nil {
		return Holding{}, err
	}
	return w.holding(ctx)
}

// meet finds the source, and reads what is on record.
func (w *worker) meet(ctx context.Context) error {
	var err error
	if w.source, err = w.Source(w.t); err != nil {
		return err
	}
	return w.load(ctx)
}

func (w *worker) holding(ctx context.Context) (Holding, error) {
	var h Holding
	if w.source.Shape() == Slots {
		return h, nil // there are two, and no more can be
	}
	keys, err := w.source.List(ctx, w.t)
	if err != nil {
		return h, fmt.Errorf("list keys: %w", err)
	}
	for _, k := range keys {
		switch {
		case w.needed(k):
		case w.orphan(k):
			h.Orphans = append(h.Orphans, k.ID)
		default:
			h.Foreign++
		}
	}
	slices.Sort(h.Orphans)
	return h, nil
}

// needed reports a key that is live, or is ended in its time.
func (w *worker) needed(k Key) bool {
	c, r := w.credential, w.rotation
	if k.ID == liveKey(c) || c.Previous != nil && k.ID == c.Previous.Key {
		return true
	}
	return w.rotationETag != "" && (k.ID == r.Key || k.Marker == r.Marker || w.same(k, r.Digest) || slices.Contains(r.Leftover, k.ID))
}

// orphan reports a key of ours: one on record as left over, or with the marker of a
// rotation that is over. One of a rotation that is not on record yet is not: the
// records may be older than the key.
func (w *worker) orphan(k Key) bool {
	if slices.Contains(w.credential.Leftover, k.ID) {
		return true
	}
	generation := generationOf(w.t, k.Marker)
	return generation > 0 && generation <= w.credential.Generation
}

// Sweep ends the keys of ours that no rotation needs, and returns them; they are on
// record before the first is ended. One that the provider ends in a while only stays
// on record, and is ended by the next rotation or sweep. Errors: ErrUnderWay, ErrHeld,
// those of source and store.
func Sweep(ctx context.Context, t Target, c Config) ([]string, error) {
	w := &worker{Config: c, t: t}
	if t.Shared != "" {
		return nil, nil
	}
	if err := w.meet(ctx); err != nil {
		return nil, err
	}
	if w.rotationETag != "" || w.credential.Asked != "" {
		return nil, fmt.Errorf("credential %s of %s %w", t.Name, t.Node, ErrUnderWay)
	}
	h, err := w.holding(ctx)
	if err != nil || len(h.Orphans) == 0 {
		return nil, err
	}
	w.credential.Leftover = h.Orphans
	if err := w.writeCredential(ctx, "orphaned"); err != nil {
		return nil, err
	}
	return w.sweep(ctx, h.Orphans)
}

// sweep ends keys that are on record as left over. No rotation that begins meanwhile
// needs one of them: it makes one of its own, and ends them as well.
func (w *worker) sweep(ctx context.Context, orphans []string) (ended []string, err error) {
	var later []string
	for _, key := range orphans {
		err := w.source.Retire(ctx, w.t, Retirement{Key: key})
		_, waits := errors.AsType[*Later](err)
		switch {
		case waits:
			later = append(later, key)
		case err != nil:
			return ended, fmt.Errorf("end key %s: %w", key, err)
		default:
			ended = append(ended, key)
		}
	}
	w.credential.Leftover = later
	err = w.writeCredential(ctx, "swept")
	if errors.Is(err, errFenced) {
		return ended, nil // a rotation has begun, and has them on record
	}
	return ended, err
}
