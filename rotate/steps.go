// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/redact"
)

// Maker makes the values of a source of shape Bring.
type Maker interface {
	Make(random io.Reader, t Target) (redact.Secret, error)
}

// proofs is how often in a row a new key has to work: replicas of a provider
// disagree for a while.
const proofs = 3

// patience is how long a new key may not work yet, and pause how long is waited
// before it is used again.
const (
	patience = 4 * time.Minute
	pause    = 5 * time.Second
)

// step does what leads to the next state, and writes it.
func (w *worker) step(ctx context.Context) error {
	switch w.rotation.State {
	case Prepared:
		return w.stage(ctx)
	case StagedUp:
		if w.source.Shape() == Bring {
			return w.create(ctx)
		}
		return w.verify(ctx)
	case Created:
		return w.verify(ctx)
	case Verified:
		return w.deliver(ctx)
	case Delivered:
		return w.promote(ctx)
	case Promoted:
		return w.revoke(ctx)
	case Revoked:
		return w.clean(ctx)
	default:
		return fmt.Errorf("rotation %s is in state %q, which this roster does not know", w.t.ID, w.rotation.State)
	}
}

// stage has the new value kept beside what is served. What an earlier worker
// staged is taken.
func (w *worker) stage(ctx context.Context) error {
	staged, err := w.stager.Staged(ctx, w.place, w.rotation.Marker)
	if err != nil {
		return fmt.Errorf("look for a staged value: %w", err)
	}
	if w.source.Shape() != Bring {
		return w.mint(ctx, staged)
	}
	if len(staged) > 0 {
		return w.stagedAs(ctx, staged[0])
	}
	maker, can := w.source.(Maker)
	if !can {
		return fmt.Errorf("%s: its source makes no value", w.t.Type)
	}
	value, err := maker.Make(w.Random, w.t)
	if err != nil {
		return fmt.Errorf("make a value: %w", err)
	}
	return w.keep(ctx, Staged{Marker: w.rotation.Marker, Fence: w.rotation.Lease.Fence, Value: value})
}

// mint has the provider make a key. One that was made by an earlier worker and
// not staged cannot be used: nobody knows its value.
func (w *worker) mint(ctx context.Context, staged []Staged) error {
	keys, err := w.source.List(ctx, w.t)
	if err != nil {
		return fmt.Errorf("list keys: %w", err)
	}
	for _, s := range staged {
		if has(keys, s.Key) {
			return w.stagedAs(ctx, s)
		}
	}
	if err := w.recognised(keys); err != nil {
		return err
	}
	for _, k := range keys {
		if k.Marker != w.rotation.Marker || k.ID == liveKey(w.credential) || slices.Contains(w.rotation.Leftover, k.ID) {
			continue // not ours, or served: that is ended when the rotation is
		}
		if err := w.retire(ctx, k.ID, true); err != nil {
			return err
		}
	}
	made, err := w.ask(ctx, redact.Secret{})
	if err != nil {
		return err
	}
	w.rotation.Expires = made.Expires
	return w.keep(ctx, Staged{Marker: w.rotation.Marker, Fence: w.rotation.Lease.Fence, Key: made.Key, Value: made.Value})
}

// recognised reports that the live key of two slots is the one on record, as far as the
// provider shows its value. One that is not was made anew by somebody else, or the
// records are older than it, and then the other slot may be what is served: ErrHeld.
// Whoever asks for a renewal has looked.
func (w *worker) recognised(keys []Key) error {
	live := w.credential.Live
	if w.source.Shape() != Slots || live == nil || live.Digest == "" || w.rotation.Reason != Scheduled {
		return nil
	}
	for _, k := range keys {
		if k.ID == live.Key && k.Value.Reveal() != "" && !w.same(k, live.Digest) {
			return held("the " + k.ID + " key is not the one on record: it was made anew by somebody else, or the records are older than it (a store that was restored); " +
				"see which key the sinks serve, then let it go on by roster rotate release and roster rotate --now")
		}
	}
	return nil
}

// ask has the provider make a key, if the rotation is still this worker's.
func (w *worker) ask(ctx context.Context, value redact.Secret) (made Made, err error) {
	err = w.guarded(ctx, func(ctx context.Context) error {
		made, err = w.source.Create(ctx, w.t, Request{
			Marker: w.rotation.Marker, Value: value, Live: liveKey(w.credential), Since: w.since(),
			Expires: w.Now().Add(life(w.t)), Operation: w.rotation.Operation,
		})
		if err != nil {
			return fmt.Errorf("make a key: %w", err)
		}
		return nil
	})
	return made, err
}

// since is when the last key was asked for that counts.
func (w *worker) since() time.Time {
	if w.rotation.Since.IsZero() {
		return w.rotation.Started
	}
	return w.rotation.Since
}

// keep stages a value, if the rotation is still this worker's.
func (w *worker) keep(ctx context.Context, s Staged) error {
	err := w.guarded(ctx, func(ctx context.Context) (err error) {
		if s.Ref, err = w.stager.Stage(ctx, w.place, s); err != nil {
			return fmt.Errorf("stage the new value: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.stagedAs(ctx, s)
}

func (w *worker) stagedAs(ctx context.Context, s Staged) error {
	w.rotation.Ref, w.rotation.Key = s.Ref, s.Key
	w.rotation.Digest = digestOf(w.t, s.Value.Reveal())
	return w.advance(ctx, StagedUp, false)
}

// staged returns the staged value that is on record. Where it is gone the rotation
// begins anew, as long as nobody was given it.
func (w *worker) staged(ctx context.Context) (redact.Secret, error) {
	list, err := w.stager.Staged(ctx, w.place, w.rotation.Marker)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("read the staged value: %w", err)
	}
	for _, s := range list {
		if s.Ref == w.rotation.Ref && w.known(s) {
			return s.Value, nil
		}
	}
	return redact.Secret{}, errLost
}

// errLost is returned for a staged value that is not there any more.
var errLost = errors.New("the staged value is gone, or is not the one on record")

// anew begins the rotation again with another value. A key that nobody was given
// is ended at once, since some providers keep no more than two; one that a sink
// may serve is ended when the rotation is.
func (w *worker) anew(ctx context.Context, served bool) error {
	switch {
	case w.source.Shape() == Slots && served: // the provider shows the value again
	case w.source.Shape() == Slots:
		w.rotation.Since = w.Now() // the slot is made anew; what it holds does not count
	default:
		if err := w.drop(ctx, served); err != nil {
			return err
		}
	}
	w.rotation.Ref, w.rotation.Key, w.rotation.Digest, w.rotation.Expires = "", "", "", time.Time{}
	if err := w.unstage(ctx, w.rotation.Marker); err != nil {
		return err
	}
	return w.advance(ctx, Prepared, false)
}

// drop ends what this rotation made, or leaves it for its end if a sink may serve it.
func (w *worker) drop(ctx context.Context, served bool) error {
	made, err := w.made(ctx)
	if err != nil {
		return err
	}
	for _, key := range made {
		if served {
			w.rotation.Leftover = append(w.rotation.Leftover, key)
		} else if err := w.retire(ctx, key, true); err != nil {
			return err
		}
	}
	return nil
}

// made returns the keys that this rotation made. One whose making was not put on
// record is known by the marker or by the value, as far as the provider shows one
// of them.
func (w *worker) made(ctx context.Context) ([]string, error) {
	if key := w.rotation.Key; key != "" || w.source.Shape() != Bring {
		return slices.DeleteFunc([]string{key}, func(key string) bool { return key == "" || key == liveKey(w.credential) }), nil
	}
	keys, err := w.source.List(ctx, w.t)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	var made []string
	for _, k := range keys {
		if k.ID != liveKey(w.credential) && (k.Marker == w.rotation.Marker || w.same(k, w.rotation.Digest)) {
			made = append(made, k.ID)
		}
	}
	return made, nil
}

// same reports whether a key has the value of a digest, as far as the provider
// shows it.
func (w *worker) same(k Key, digest string) bool {
	value := k.Value.Reveal()
	return value != "" && digestOf(w.t, value) == digest
}

func (w *worker) unstage(ctx context.Context, marker string) error {
	return w.guarded(ctx, func(ctx context.Context) error {
		if err := w.stager.Unstage(ctx, w.place, marker); err != nil {
			return fmt.Errorf("forget what is staged: %w", err)
		}
		return nil
	})
}

// create tells the provider the staged value.
func (w *worker) create(ctx context.Context) error {
	value, err := w.staged(ctx)
	if errors.Is(err, errLost) {
		return w.anew(ctx, false)
	}
	if err != nil {
		return err
	}
	made, err := w.ask(ctx, value)
	if err != nil {
		return err
	}
	w.rotation.Key, w.rotation.Expires = made.Key, made.Expires
	return w.advance(ctx, Created, false)
}

// verify uses the new key for real.
func (w *worker) verify(ctx context.Context) error {
	value, err := w.staged(ctx)
	if errors.Is(err, errLost) {
		return w.anew(ctx, false)
	}
	if err != nil {
		return err
	}
	err = w.prove(ctx, value)
	if err != nil && w.credential.Failures > 0 && ctx.Err() == nil {
		return w.anew(ctx, false) // it failed before as well: it will not work
	}
	if err != nil {
		return err
	}
	return w.advance(ctx, Verified, false)
}

// prove uses the rotation's key until it worked several times in a row.
func (w *worker) prove(ctx context.Context, value redact.Secret) error {
	end, good := w.Now().Add(patience), 0
	for good < proofs {
		err := w.source.Verify(ctx, w.t, w.rotation.Key, value)
		switch {
		case err == nil:
			good++
			continue
		case !errors.Is(err, ErrNotYet) || w.Now().After(end):
			return fmt.Errorf("use the new key: %w", err)
		}
		good = 0
		if err := w.Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// deliver has every sink serve the new value.
func (w *worker) deliver(ctx context.Context) error {
	value, err := w.staged(ctx)
	if errors.Is(err, errLost) {
		return w.anew(ctx, true)
	}
	if err != nil {
		return err
	}
	for _, place := range w.t.Sinks {
		sink, err := w.Sink(place)
		if err != nil {
			return err
		}
		err = w.guarded(ctx, func(ctx context.Context) error { return sink.Deliver(ctx, place, w.rotation.Marker, value) })
		if err != nil {
			return fmt.Errorf("deliver: %w", err)
		}
	}
	return w.advance(ctx, Delivered, false)
}

// promote makes the new key the live one on record, and gives the old one its
// time.
func (w *worker) promote(ctx context.Context) error {
	now := w.Now()
	overlap := w.t.Overlap
	if w.rotation.Reason == Leak {
		overlap = 0
	}
	if old := w.credential.Live; old != nil {
		previous := *old
		previous.RevokeAt = now.Add(overlap)
		w.credential.Previous = &previous
		w.rotation.Wait, w.rotation.For = previous.RevokeAt, overlapping
	}
	w.credential.Generation = w.rotation.Generation
	w.credential.Live = &Live{Key: w.rotation.Key, Created: w.rotation.Started, Expires: w.rotation.Expires, Digest: w.rotation.Digest}
	return w.advance(ctx, Promoted, true)
}

// overlapping is what a rotation waits for between the new key's first use and the
// old one's end.
const overlapping = "the overlap"

// revoke ends the old key when its time is over and everybody uses the new one, if
// that works then.
func (w *worker) revoke(ctx context.Context) error {
	if w.Now().Before(w.rotation.Wait) {
		return &Later{At: w.rotation.Wait, What: w.rotation.For, Operation: w.rotation.Operation}
	}
	if old := w.credential.Previous; old != nil {
		if err := w.acknowledged(); err != nil {
			return err
		}
		value, err := w.staged(ctx)
		if err != nil {
			return err
		}
		if err := w.prove(ctx, value); err != nil {
			return err
		}
		if err := w.end(ctx, *old); err != nil {
			return err
		}
	}
	w.credential.Previous, w.rotation.Wait = nil, time.Time{}
	return w.advance(ctx, Revoked, true)
}

// end ends a key, and whatever else opens by its value.
func (w *worker) end(ctx context.Context, old Live) error {
	ended := []string{old.Key}
	if w.source.Shape() == Bring {
		keys, err := w.source.List(ctx, w.t)
		if err != nil {
			return fmt.Errorf("list keys: %w", err)
		}
		for _, k := range keys {
			if k.ID != old.Key && w.same(k, old.Digest) {
				ended = append(ended, k.ID)
			}
		}
	}
	for _, key := range ended {
		if err := w.retire(ctx, key, w.rotation.Reason == Leak); err != nil {
			return err
		}
	}
	return nil
}

// rest puts on record until when nothing is to be done, and lets go of the
// rotation meanwhile.
func (w *worker) rest(ctx context.Context, err error) error {
	var later *Later
	r := &w.rotation
	if !errors.As(err, &later) || r.Wait.Equal(later.At) && r.For == later.What && r.Operation == later.Operation {
		return nil
	}
	r.Wait, r.For, r.Operation, r.Lease.Until = later.At, later.What, later.Operation, w.Now()
	return w.write(ctx, "waiting", false)
}

// clean ends whatever else of ours the provider has, and forgets the staged
// value.
func (w *worker) clean(ctx context.Context) error {
	keys, err := w.source.List(ctx, w.t)
	if err != nil {
		return fmt.Errorf("list keys: %w", err)
	}
	for _, k := range keys {
		ours := strings.HasPrefix(k.Marker, family(w.t)) || slices.Contains(w.rotation.Leftover, k.ID) || w.same(k, w.rotation.Digest)
		if !ours || k.ID == liveKey(w.credential) {
			continue
		}
		if err := w.retire(ctx, k.ID, w.rotation.Reason == Leak); err != nil {
			return err
		}
	}
	if err := w.unstage(ctx, family(w.t)); err != nil {
		return err
	}
	return w.advance(ctx, Done, false)
}

// retire ends a key, if the rotation is still this worker's. The live one is
// never ended.
func (w *worker) retire(ctx context.Context, key string, atOnce bool) error {
	if key == liveKey(w.credential) {
		return held("key " + key + ", which was to be ended, is the live one")
	}
	return w.guarded(ctx, func(ctx context.Context) error {
		if err := w.source.Retire(ctx, w.t, Retirement{Key: key, AtOnce: atOnce, Operation: w.rotation.Operation}); err != nil {
			return fmt.Errorf("end key %s: %w", key, err)
		}
		return nil
	})
}

func liveKey(c Credential) string {
	if c.Live == nil {
		return ""
	}
	return c.Live.Key
}

func has(keys []Key, id string) bool {
	for _, k := range keys {
		if k.ID == id && id != "" {
			return true
		}
	}
	return false
}
