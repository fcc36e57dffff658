// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/store"
)

// worldSource is the provider.
type worldSource struct {
	w  *world
	by string
}

func (s worldSource) Shape() rotate.Shape { return s.w.shape }

func (s worldSource) Make(_ io.Reader, _ rotate.Target) (redact.Secret, error) {
	s.w.made++
	return redact.New(fmt.Sprintf("value-%d", s.w.made)), nil
}

func (s worldSource) List(context.Context, rotate.Target) (list []rotate.Key, err error) {
	err = s.w.call(s.by, kindList, func() (string, error) {
		for _, k := range s.w.keys {
			list = append(list, rotate.Key{ID: k.id, Marker: k.marker, Created: k.created, Expires: k.expires})
		}
		return fmt.Sprint(list), nil
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

func (s worldSource) Create(_ context.Context, _ rotate.Target, r rotate.Request) (made rotate.Made, err error) {
	w := s.w
	err = w.call(s.by, kindCreate, func() (string, error) {
		k := key{marker: r.Marker, created: w.now, ready: w.now.Add(w.delay), expires: r.Expires}
		switch w.shape {
		case rotate.Bring:
			k.value = r.Value.Reveal()
			sum := sha256.Sum256([]byte(k.value))
			k.id = fmt.Sprintf("%x", sum[:4])
			if at := w.find(k.id); at >= 0 {
				made = rotate.Made{Key: k.id, Expires: w.keys[at].expires}
				return made.Key, nil
			}
		case rotate.Mint:
			w.made++
			k.id, k.value = fmt.Sprintf("key-%d", w.made), fmt.Sprintf("value-%d", w.made)
		case rotate.Slots:
			k.id, k.marker, k.expires = "primary", "", time.Time{}
			if r.Live == "primary" {
				k.id = "secondary"
			}
			at := w.find(k.id)
			if w.keys[at].created.Before(r.Since) {
				w.made++
				k.value = fmt.Sprintf("value-%d", w.made)
				w.keys[at] = k
			}
			made = rotate.Made{Key: k.id, Value: redact.New(w.keys[at].value)}
			return w.keys[at].value, nil
		}
		if w.limit > 0 && len(w.keys) >= w.limit {
			return "", errLimit
		}
		w.keys = append(w.keys, k)
		made = rotate.Made{Key: k.id, Expires: k.expires}
		if w.shape == rotate.Mint {
			made.Value = redact.New(k.value)
		}
		return k.id, nil
	})
	if err != nil {
		return rotate.Made{}, err
	}
	return made, nil
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

func (s worldSource) Retire(_ context.Context, _ rotate.Target, id string) error {
	w := s.w
	return w.call(s.by, kindRetire, func() (string, error) {
		at := slices.IndexFunc(w.keys, func(k key) bool { return k.id == id })
		if at >= 0 {
			w.ended(w.keys[at].value)
		}
		switch {
		case at < 0:
		case w.shape == rotate.Slots:
			w.made++
			w.keys[at].value, w.keys[at].created = fmt.Sprintf("value-%d", w.made), w.now
		default:
			w.keys = slices.Delete(w.keys, at, at+1)
		}
		return "", nil
	})
}

// worldSink is both sinks.
type worldSink struct {
	w  *world
	by string
}

var _ rotate.Stager = worldSink{}

func (s worldSink) Deliver(_ context.Context, place plan.Sink, _ string, value redact.Secret) error {
	return s.w.call(s.by, kindDeliver, func() (string, error) {
		s.w.deliver(place.File, value.Reveal())
		return "", nil
	})
}

func (s worldSink) Stage(_ context.Context, _ plan.Sink, staged rotate.Staged) (ref string, err error) {
	err = s.w.call(s.by, kindStage, func() (string, error) {
		s.w.refs++
		staged.Ref = fmt.Sprint("ref-", s.w.refs)
		ref = staged.Ref
		s.w.staged = append(s.w.staged, staged)
		return ref, nil
	})
	return ref, err
}

func (s worldSink) Staged(_ context.Context, _ plan.Sink, marker string) (list []rotate.Staged, err error) {
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

func (s worldSink) Unstage(_ context.Context, _ plan.Sink, marker string) error {
	return s.w.call(s.by, kindUnstage, func() (string, error) {
		s.w.staged = slices.DeleteFunc(s.w.staged, func(x rotate.Staged) bool { return strings.HasPrefix(x.Marker, marker) })
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

func (s worldStore) Entries(ctx context.Context, container string) ([]store.Entry, error) {
	return s.w.docs.Entries(ctx, container)
}

func (s worldStore) Commit(ctx context.Context, c store.Commit) (etags []string, err error) {
	err = s.w.call(s.by, kindCommit, func() (told string, err error) { etags, err = s.w.docs.Commit(ctx, c); return fmt.Sprint(etags), err })
	if err != nil {
		return nil, err
	}
	return etags, nil
}
