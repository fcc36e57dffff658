// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/redact"
)

// issuer is the provider of a credential, as a rotation calls it: what changes
// something is called under the lease.
type issuer struct {
	source  Source
	journal *journal
}

// list returns the keys that the provider has.
func (i issuer) list(ctx context.Context) ([]Key, error) {
	keys, err := i.source.List(ctx, i.journal.target)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// create asks the provider for the rotation's key.
func (i issuer) create(ctx context.Context, value redact.Secret) (made NewKey, err error) {
	j := i.journal
	err = j.guarded(ctx, func(ctx context.Context) error {
		made, err = i.source.Create(ctx, j.target, Request{
			Marker: j.rotation.Marker, Value: value, Live: j.live(), Since: i.since(),
			Expires: j.config.Now().Add(life(j.target)), Operation: j.rotation.Operation,
		})
		if err != nil {
			return fmt.Errorf("create a key: %w", err)
		}
		return nil
	})
	return made, err
}

// since is the time after which a key of two is the one that this rotation asked for.
func (i issuer) since() time.Time {
	if r := i.journal.rotation; !r.Since.IsZero() {
		return r.Since
	}
	return i.journal.rotation.Started
}

// revoke revokes a key. It refuses the live one.
func (i issuer) revoke(ctx context.Context, key string, atOnce bool) error {
	j := i.journal
	if key == j.live() {
		return held("key %s, which a step wants to revoke, is the live one", key)
	}
	if err := i.own(ctx, key); err != nil {
		return err
	}
	return j.guarded(ctx, func(ctx context.Context) error {
		if err := i.source.Revoke(ctx, j.target, Revocation{Key: key, AtOnce: atOnce, Operation: j.rotation.Operation}); err != nil {
			return fmt.Errorf("revoke key %s: %w", key, err)
		}
		return nil
	})
}

// own checks that a key which the provider has carries the marker of this credential,
// if the provider keeps markers. The records are no proof: whoever can write to the
// store could name somebody else's key in them. Errors: ErrHeld.
func (i issuer) own(ctx context.Context, key string) error {
	if _, marked := i.source.(Marked); !marked {
		return nil
	}
	keys, err := i.list(ctx)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.ID == key && !strings.HasPrefix(k.Marker, family(i.journal.target)) {
			return held("key %s, which the records name, does not carry roster's marker for this credential, so it is not revoked; see roster audit verify", key)
		}
	}
	return nil
}

// revokeAll revokes keys in their order.
func (i issuer) revokeAll(ctx context.Context, keys []string, atOnce bool) error {
	for _, key := range keys {
		if err := i.revoke(ctx, key, atOnce); err != nil {
			return err
		}
	}
	return nil
}

// twins returns a key's id and the ids of other keys with the same value.
func (i issuer) twins(ctx context.Context, key Live) ([]string, error) {
	ids := []string{key.Key}
	if i.source.Origin() != ClientGenerated {
		return ids, nil
	}
	keys, err := i.list(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.ID != key.Key && i.hasValue(k, key.Digest) {
			ids = append(ids, k.ID)
		}
	}
	return ids, nil
}

// made returns the keys that this rotation created. One that is not recorded yet
// is recognised by its marker or its value, if the provider shows either.
func (i issuer) made(ctx context.Context) ([]string, error) {
	r, live := i.journal.rotation, i.journal.live()
	switch {
	case r.Key == live && r.Key != "":
		return nil, nil
	case r.Key != "":
		return []string{r.Key}, nil
	case i.source.Origin() != ClientGenerated:
		return nil, nil
	}
	keys, err := i.list(ctx)
	if err != nil {
		return nil, err
	}
	var made []string
	for _, k := range keys {
		if k.ID != live && (k.Marker == r.Marker || i.hasValue(k, r.Digest)) {
			made = append(made, k.ID)
		}
	}
	return made, nil
}

// unstaged returns the keys that an earlier worker created for this rotation and
// did not stage. Nobody knows their values. A key that a sink may serve is not
// among them: it is revoked when the rotation is done.
func (i issuer) unstaged(keys []Key) []string {
	var list []string
	for _, k := range keys {
		r := i.journal.rotation
		if k.Marker == r.Marker && k.ID != i.journal.live() && !slices.Contains(r.Leftover, k.ID) {
			list = append(list, k.ID)
		}
	}
	return list
}

// leftover returns the keys of this credential that are not the live one.
func (i issuer) leftover(keys []Key) []string {
	var list []string
	for _, k := range keys {
		r := i.journal.rotation
		own := strings.HasPrefix(k.Marker, family(i.journal.target)) || slices.Contains(r.Leftover, k.ID) || i.hasValue(k, r.Digest)
		if own && k.ID != i.journal.live() {
			list = append(list, k.ID)
		}
	}
	return list
}

// recognise checks that the live key of two is the recorded one, if the provider
// shows its value. A different value means that somebody else regenerated it, or
// that the records are older than the key; then the other key may be in use. A
// person who asks for a renewal has looked. Errors: ErrHeld.
func (i issuer) recognise(keys []Key) error {
	live := i.journal.credential.Live
	if i.source.Origin() != DualKey || live == nil || live.Digest == "" || i.journal.rotation.Reason != Scheduled {
		return nil
	}
	for _, k := range keys {
		if k.ID == live.Key && k.Value.Reveal() != "" && !i.hasValue(k, live.Digest) {
			return held("the %s key is not the recorded one: somebody else regenerated it, or the records are older than the key (a restored store); "+
				"check which key the sinks serve, then continue with roster rotate release and roster rotate --now", k.ID)
		}
	}
	return nil
}

// hasValue reports whether a key has the value of a digest, if the provider shows
// the value.
func (i issuer) hasValue(k Key, digest string) bool {
	value := k.Value.Reveal()
	return value != "" && digestOf(i.journal.target, value) == digest
}

func contains(keys []Key, id string) bool {
	return id != "" && slices.ContainsFunc(keys, func(k Key) bool { return k.ID == id })
}
