// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
)

// worldSource is the provider.
type worldSource struct {
	w  *world
	by string
}

func (s worldSource) Origin() rotate.Origin {
	switch s.w.shape {
	case soaking:
		return rotate.ClientGenerated
	case lasting:
		return rotate.DualKey
	default:
		return s.w.shape
	}
}

func (s worldSource) Generate(_ io.Reader, _ rotate.Target) (redact.Secret, error) {
	s.w.made++
	return redact.New(fmt.Sprintf("value-%d", s.w.made)), nil
}

func (s worldSource) List(context.Context, rotate.Target) (list []rotate.Key, err error) {
	err = s.w.call(s.by, kindList, func() (string, error) {
		for _, k := range s.w.keys {
			known := rotate.Key{ID: k.id, Marker: k.marker, Created: k.created, Expires: k.expires}
			if s.w.shape == soaking || s.w.slots() {
				known.Value = redact.New(k.value)
			}
			list = append(list, known)
		}
		return fmt.Sprint(list), nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (s worldSource) Create(_ context.Context, _ rotate.Target, r rotate.Request) (made rotate.NewKey, err error) {
	w := s.w
	var later error
	err = w.call(s.by, kindCreate, func() (told string, err error) {
		switch w.shape {
		case rotate.ClientGenerated, soaking:
			made, err = w.bring(r)
		case rotate.ProviderGenerated:
			made, err = w.mint(r)
		case rotate.DualKey, lasting:
			id := map[bool]string{true: "secondary", false: "primary"}[r.Live == "primary"]
			if w.keys[w.find(id)].created.Before(r.Since) {
				later, err = w.regenerate(id, r.Operation)
			}
			made = rotate.NewKey{Key: id, Value: redact.New(w.keys[w.find(id)].value)}
		}
		return fmt.Sprint(made.Key, later), err
	})
	if err = errors.Join(err, later); err != nil {
		return rotate.NewKey{}, err
	}
	return made, nil
}

// add is how the provider takes one more key.
func (w *world) add(k key) error {
	if w.limit > 0 && len(w.keys) >= w.limit {
		return errLimit
	}
	k.created, k.ready = w.now, w.now.Add(w.delay)
	w.keys = append(w.keys, k)
	return nil
}

func (w *world) bring(r rotate.Request) (rotate.NewKey, error) {
	value := r.Value.Reveal()
	if at := slices.IndexFunc(w.keys, func(k key) bool { return k.value == value && !k.foreign }); at >= 0 {
		return rotate.NewKey{Key: w.keys[at].id, Expires: w.keys[at].expires}, nil
	}
	k := key{value: value, marker: r.Marker, expires: r.Expires}
	sum := sha256.Sum256([]byte(value))
	if k.id = fmt.Sprintf("%x", sum[:4]); w.shape == soaking {
		w.made++
		k.id, k.marker, k.expires = fmt.Sprintf("ocs-%d", w.made), "", time.Time{}
	}
	return rotate.NewKey{Key: k.id, Expires: k.expires}, w.add(k)
}

func (w *world) mint(r rotate.Request) (rotate.NewKey, error) {
	w.made++
	k := key{id: fmt.Sprintf("key-%d", w.made), value: fmt.Sprintf("value-%d", w.made), marker: r.Marker, expires: r.Expires}
	return rotate.NewKey{Key: k.id, Expires: k.expires, Value: redact.New(k.value)}, w.add(k)
}

// regenerate makes a slot anew, at once or in a while. One that is being made is
// not made twice, and an operation that came to nothing stays so.
func (w *world) regenerate(id, asked string) (later, err error) {
	under := slices.ContainsFunc(w.making, func(o operation) bool { return o.key == id })
	again := func(operation string) error {
		return &rotate.PendingError{At: w.now.Add(10 * time.Minute), For: "the provider", Operation: operation}
	}
	begun := fmt.Sprintf("making %s since %d", id, w.now.Unix())
	switch {
	case w.shape == rotate.DualKey:
		w.making = append(w.making, operation{id, w.now})
		w.pass()
	case slices.Contains(w.failed, asked), under && asked == "":
		return nil, errStatus
	case under:
		return again(asked), nil
	case asked == "" && w.failing > 0:
		w.failing--
		w.failed = append(w.failed, begun)
		return again(begun), nil
	case asked == "":
		w.making = append(w.making, operation{id, w.now.Add(20 * time.Minute)})
		return again(begun), nil
	}
	return nil, nil
}

func (s worldSource) Verify(_ context.Context, _ rotate.Target, id string, value redact.Secret) error {
	w := s.w
	return w.call(s.by, kindVerify, func() (string, error) {
		at := w.find(id)
		switch {
		case at < 0 || w.keys[at].value != value.Reveal():
			return "", fmt.Errorf("key %s does not open", id)
		case w.now.Before(w.keys[at].ready):
			return "", rotate.ErrNotYet
		}
		return "", nil
	})
}

func (s worldSource) Revoke(_ context.Context, _ rotate.Target, r rotate.Revocation) error {
	w := s.w
	var later error
	err := w.call(s.by, kindRevoke, func() (told string, err error) {
		at := slices.IndexFunc(w.keys, func(k key) bool { return k.id == r.Key })
		if at >= 0 && w.keys[at].ended.IsZero() {
			w.ended(w.keys[at].value)
		}
		switch {
		case at < 0:
		case w.slots():
			later, err = w.regenerate(r.Key, r.Operation)
		case w.shape == soaking && !r.AtOnce && w.now.Sub(w.keys[at].ended) < soak:
			later = &rotate.PendingError{At: w.keys[at].ended.Add(soak), For: "the soak"}
		case w.shape == soaking && !r.AtOnce && w.keys[at].ended.IsZero():
			w.keys[at].ended = w.now
			later = &rotate.PendingError{At: w.now.Add(soak), For: "the soak"}
		default:
			w.keys = slices.Delete(w.keys, at, at+1)
		}
		return fmt.Sprint(later), err
	})
	return errors.Join(err, later)
}

// soak is how long a key that opens nothing any more can be brought back.
const soak = time.Hour

// worldSink is both sinks.
type worldSink struct {
	w  *world
	by string
}

var _ rotate.Stager = worldSink{}

func (s worldSink) Deliver(_ context.Context, place registration.Sink, _ string, value redact.Secret) error {
	return s.w.call(s.by, kindDeliver, func() (string, error) {
		s.w.deliver(place.File, value.Reveal())
		return "", nil
	})
}

func (s worldSink) Stage(_ context.Context, _ registration.Sink, staged rotate.StagedValue) (ref string, err error) {
	err = s.w.call(s.by, kindStage, func() (string, error) {
		s.w.refs++
		staged.Ref = fmt.Sprint("ref-", s.w.refs)
		ref = staged.Ref
		s.w.staged = append(s.w.staged, staged)
		return ref, nil
	})
	return ref, err
}

func (s worldSink) Staged(_ context.Context, _ registration.Sink, marker string) (list []rotate.StagedValue, err error) {
	err = s.w.call(s.by, kindStaged, func() (told string, err error) {
		for _, staged := range slices.Backward(s.w.staged) {
			if staged.Marker == marker {
				list = append(list, staged)
				told += staged.Ref
			}
		}
		return told, nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (s worldSink) Unstage(_ context.Context, _ registration.Sink, marker string) error {
	return s.w.call(s.by, kindUnstage, func() (string, error) {
		s.w.staged = slices.DeleteFunc(s.w.staged, func(x rotate.StagedValue) bool { return strings.HasPrefix(x.Marker, marker) })
		return "", nil
	})
}

// worldStore is the store.
type worldStore struct {
	w  *world
	by string
}

func (s worldStore) Read(ctx context.Context, k store.Key) (doc store.Document, err error) {
	err = s.w.call(s.by, kindRead, func() (told string, err error) { doc, err = s.w.docs.Read(ctx, k); return doc.ID + doc.ETag, err })
	return doc, err
}

func (s worldStore) List(ctx context.Context, container, partition string, t store.Type) ([]store.Document, error) {
	return s.w.docs.List(ctx, container, partition, t)
}

func (s worldStore) Entries(ctx context.Context, container string, t store.Type) ([]store.Entry, error) {
	return s.w.docs.Entries(ctx, container, t)
}

func (s worldStore) Commit(ctx context.Context, c store.Commit) (etags []string, err error) {
	err = s.w.call(s.by, kindCommit, func() (told string, err error) { etags, err = s.w.docs.Commit(ctx, c); return fmt.Sprint(etags), err })
	if err != nil {
		return nil, err
	}
	return etags, nil
}
