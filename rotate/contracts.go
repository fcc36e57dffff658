// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
)

// Origin says who generates the value of a credential. It decides the order of a
// rotation's steps, and how an interrupted one continues.
type Origin string

// The origins.
const (
	// ClientGenerated values come from roster: staged first, then given to the
	// provider, which can be told the same value again.
	ClientGenerated Origin = "client-generated"
	// ProviderGenerated values are shown by the provider once, when it creates the
	// key. A key that was created and not staged is revoked and created again.
	ProviderGenerated Origin = "provider-generated"
	// DualKey providers keep two keys and always show both. A rotation regenerates
	// the key that is not live.
	DualKey Origin = "dual-key"
)

// Target is a credential of a node to renew, and the address of its documents.
type Target struct {
	Container, Partition string
	Domain, Node, Owner  string
	ID                   string // of the credential's document
	Name, Type           string
	Application          string // the node's application at the provider, if it has one
	Provider             Provider
	Every, Overlap       time.Duration
	Consumers            []string            // must acknowledge the new key before the old one is revoked
	AckTimeout           time.Duration       // how long to wait for them after the overlap; 0: until the next renewal is due
	Sinks                []registration.Sink // in the order of delivery
	Shared               string              // another credential that is the same key at the provider, if any
	Overwrites           string              // another credential that is delivered to the same place, if any
	Secretless           string              // how to do without the secret; "" if nothing better is known

	key string // identifies the key at the provider, where credentials can share one
}

// Provider is the issuer of a credential as its manifest declares it. The zero
// value is an issuer that needs no declaration.
type Provider struct {
	Name, Type, Tenant, Account string
	Client, Key                 string // roster's own client at the provider, and its key
}

// Key is a key that a provider has.
type Key struct {
	ID      string
	Marker  string        // given when the key was created; "" if the provider keeps no markers
	Created time.Time     // zero if the provider does not say
	Expires time.Time     // zero for never
	Value   redact.Secret // empty if the provider does not show it again
}

// Request asks a provider for a key.
type Request struct {
	Marker  string
	Value   redact.Secret // of ClientGenerated keys; otherwise empty
	Live    string        // key that must not be touched; "" for no key
	Since   time.Time     // DualKey: a key that is newer is already the requested one
	Expires time.Time     // requested end, for providers that keep one; not for DualKey

	Operation string // of a PendingError that answered this request before
}

// Revocation asks a provider to revoke a key.
type Revocation struct {
	Key       string
	AtOnce    bool   // skip the period in which the key could be restored
	Operation string // of a PendingError that answered this request before
}

// NewKey is a key that a provider has created.
type NewKey struct {
	Key     string
	Value   redact.Secret // empty for ClientGenerated keys
	Expires time.Time     // zero for never
}

// Source is a provider of credentials. Its methods are idempotent and may be
// called by several workers at once. Errors: PendingError.
type Source interface {
	// Origin says who generates the values.
	Origin() Origin
	// List returns the keys of a target.
	List(ctx context.Context, t Target) ([]Key, error)
	// Create makes a key. For ClientGenerated and DualKey, a second call with the
	// same request makes no second key.
	Create(ctx context.Context, t Target, r Request) (NewKey, error)
	// Verify uses a key against the real service. Errors: ErrNotYet if the key may
	// work a little later.
	Verify(ctx context.Context, t Target, key string, value redact.Secret) error
	// Revoke ends a key for good. Revoking a key that does not exist succeeds.
	Revoke(ctx context.Context, t Target, r Revocation) error
}

// Marked is a source whose provider keeps the marker of every key. Roster then revokes
// only keys that carry the marker of their credential, whatever its records say.
type Marked interface {
	KeepsMarkers()
}

// Generator makes the values of a source whose keys are ClientGenerated.
type Generator interface {
	Generate(random io.Reader, t Target) (redact.Secret, error)
}

// Sink delivers credentials to one kind of destination, such as a vault.
type Sink interface {
	// Deliver writes value to place. It is idempotent.
	Deliver(ctx context.Context, place registration.Sink, marker string, value redact.Secret) error
}

// Stager is a sink that can also keep a value beside the one that a place serves.
type Stager interface {
	Sink
	// Stage keeps a value and returns a reference to it.
	Stage(ctx context.Context, place registration.Sink, s StagedValue) (ref string, err error)
	// Staged returns the values kept for a rotation, the newest first.
	Staged(ctx context.Context, place registration.Sink, marker string) ([]StagedValue, error)
	// Unstage removes every value whose marker begins with the given one. It is
	// idempotent.
	Unstage(ctx context.Context, place registration.Sink, marker string) error
}

// StagedValue is a value kept beside the one that a place serves.
type StagedValue struct {
	Marker string // of the rotation
	Fence  int    // of the worker that staged it
	Key    string // at the provider; "" if not known yet
	Ref    string // set by the sink
	Value  redact.Secret
}

// ErrNotYet is returned by Verify for a key that the provider may not know on
// every replica yet.
var ErrNotYet = errors.New("key not valid yet")

// ErrHeld is returned for a rotation that needs a person. The error is a
// [HeldError].
var ErrHeld = errors.New("rotation on hold")

// HeldError is an ErrHeld with its reason.
type HeldError struct{ Reason string }

func (e *HeldError) Error() string { return "on hold: " + e.Reason }

// Is reports that a HeldError is an ErrHeld.
func (*HeldError) Is(target error) bool { return target == ErrHeld }

func held(format string, values ...any) error {
	return &HeldError{Reason: fmt.Sprintf(format, values...)}
}

// PendingError says when to come back: the provider is still busy, or wants a
// pause before it revokes a key for good.
type PendingError struct {
	At        time.Time
	For       string // the pending operation, for people
	Operation string // the provider's id of what it is busy with; not secret
}

func (e *PendingError) Error() string {
	return fmt.Sprintf("%s pending; try again at %s", e.For, e.At.UTC().Format(time.RFC3339))
}
