// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
)

// errLost is returned for a staged value that no longer exists, or is not the
// recorded one.
var errLost = errors.New("lost staged value")

// staging keeps the new value of a rotation beside the live one, in the first sink
// that can.
type staging struct {
	stager  Stager
	place   registration.Sink
	journal *journal
}

// found returns the values staged for this rotation, the newest first.
func (s staging) found(ctx context.Context) ([]StagedValue, error) {
	list, err := s.stager.Staged(ctx, s.place, s.journal.rotation.Marker)
	if err != nil {
		return nil, fmt.Errorf("read the staged value: %w", err)
	}
	return list, nil
}

// value returns the recorded staged value. Errors: errLost.
func (s staging) value(ctx context.Context) (redact.Secret, error) {
	list, err := s.found(ctx)
	if err != nil {
		return redact.Secret{}, err
	}
	r := s.journal.rotation
	for _, v := range list {
		if v.Ref == r.Ref && r.Digest == digestOf(s.journal.target, v.Value.Reveal()) {
			return v.Value, nil
		}
	}
	return redact.Secret{}, errLost
}

// keep stages a value for this rotation, and records it.
func (s staging) keep(ctx context.Context, key string, value redact.Secret) error {
	r := s.journal.rotation
	v := StagedValue{Marker: r.Marker, Fence: r.Lease.Fence, Key: key, Value: value}
	err := s.journal.guarded(ctx, func(ctx context.Context) (err error) {
		if v.Ref, err = s.stager.Stage(ctx, s.place, v); err != nil {
			return fmt.Errorf("stage the new value: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.record(ctx, v)
}

// record records a staged value.
func (s staging) record(ctx context.Context, v StagedValue) error {
	r := &s.journal.rotation
	r.Ref, r.Key, r.Digest = v.Ref, v.Key, digestOf(s.journal.target, v.Value.Reveal())
	return s.journal.advance(ctx, Staged)
}

// remove removes every value whose marker begins with the given one.
func (s staging) remove(ctx context.Context, marker string) error {
	return s.journal.guarded(ctx, func(ctx context.Context) error {
		if err := s.stager.Unstage(ctx, s.place, marker); err != nil {
			return fmt.Errorf("remove the staged value: %w", err)
		}
		return nil
	})
}
