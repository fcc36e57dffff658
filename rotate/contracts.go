// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
)

// Shape is who makes the value of a credential, which decides how a rotation that
// was cut goes on.
type Shape string

// The shapes.
const (
	// Bring is for a value of ours: staged before the provider is told, so that it
	// can be told again.
	Bring Shape = "bring"
	// Mint is for a value that the provider makes and shows once: what was made and
	// not staged is removed, by its marker, and made anew.
	Mint Shape = "mint"
	// Slots is for two values that the provider keeps and shows again: the one that
	// is not live is made anew.
	Slots Shape = "slots"
)

// Target is a credential of a node, and where it is kept on record.
type Target struct {
	Container, Partition string
	Domain, Node, Owner  string
	ID                   string // of its document
	Name, Type           string
	Application          string // the node's application at the provider, if it has one
	Provider             Provider
	Every, Overlap       time.Duration
	Consumers            []string            // who acknowledges the new one before the old one is ended
	AckTimeout           time.Duration       // after the overlap; 0: they are waited for
	Sinks                []registration.Sink // in the order of delivery
	Shared               string              // the credential that is the same key at the provider, if there is one
	Secretless           string              // how to do without it; "" if nothing better is known

	key string // at the provider, where it can be shared
}

// Provider is what issues a credential, as its manifest says. Its zero value is
// none that has to be declared.
type Provider struct {
	Name, Type, Tenant, Account string
	Client, Key                 string // by which roster proves itself there
}

// Key is a credential that a provider has.
type Key struct {
	ID      string
	Marker  string        // as it was made with; "" if the provider keeps none, or another's
	Created time.Time     // zero if the provider does not say
	Expires time.Time     // zero for never
	Value   redact.Secret // none where the provider does not show it again
}

// Request is what a provider is asked to make.
type Request struct {
	Marker  string
	Value   redact.Secret // of shape Bring: the value; else none
	Live    string        // key that must not be touched; "" if there is none
	Since   time.Time     // of shape Slots: a slot that is newer has been made
	Expires time.Time     // of shapes Bring and Mint: the end, where the provider knows such

	Operation string // of a [Later] that this request was answered with before
}

// Retirement is what a provider is asked to end.
type Retirement struct {
	Key       string
	AtOnce    bool   // without a time in which it could be brought back
	Operation string // of a [Later] that this request was answered with before
}

// Made is what a provider made.
type Made struct {
	Key     string
	Value   redact.Secret // none of shape Bring
	Expires time.Time     // zero for never
}

// Source is a provider of credentials. Its methods may be called again at any
// time with the same arguments, and by more than one worker. Errors: [Later].
type Source interface {
	Shape() Shape
	// List returns the keys of a target.
	List(ctx context.Context, t Target) ([]Key, error)
	// Create makes a key. Of shapes Bring and Slots a second call makes no second
	// one.
	Create(ctx context.Context, t Target, r Request) (Made, error)
	// Verify uses a key for real. ErrNotYet: it may work in a while.
	Verify(ctx context.Context, t Target, key string, value redact.Secret) error
	// Retire ends a key for good. One that is not there is ended.
	Retire(ctx context.Context, t Target, r Retirement) error
}

// Sink is a kind of places that serve credentials.
type Sink interface {
	// Deliver makes a value what a place serves. Again is harmless.
	Deliver(ctx context.Context, place registration.Sink, marker string, value redact.Secret) error
}

// Stager is a sink that can also keep a value beside what a place serves.
type Stager interface {
	Sink
	// Stage keeps a value, and returns by what it is found.
	Stage(ctx context.Context, place registration.Sink, s Staged) (ref string, err error)
	// Staged returns what is kept of a rotation, the newest first.
	Staged(ctx context.Context, place registration.Sink, marker string) ([]Staged, error)
	// Unstage forgets all that is kept under markers that begin so. Nothing is no
	// error.
	Unstage(ctx context.Context, place registration.Sink, marker string) error
}

// Staged is a value beside what a place serves.
type Staged struct {
	Marker string // of the rotation
	Fence  int    // of the worker that staged it
	Key    string // at the provider; "" if it is not known there yet
	Ref    string // by which it is found; set by the sink
	Value  redact.Secret
}

// ErrNotYet is returned by Verify for a key that the provider may not know
// everywhere yet.
var ErrNotYet = errors.New("not valid yet")

// ErrHeld is returned for a rotation that waits for a person.
var ErrHeld = errors.New("held")

// held is an ErrHeld that says why and no more.
type held string

func (h held) Error() string { return string(h) }

func (held) Is(target error) bool { return target == ErrHeld }

// Later is an error that says when to come back: a provider that is still at it,
// or wants a pause before something is ended for good.
type Later struct {
	At        time.Time
	What      string // that is waited for
	Operation string // by which the provider knows what it is at; not secret
}

func (l *Later) Error() string {
	return fmt.Sprintf("%s; again at %s", l.What, l.At.UTC().Format(time.RFC3339))
}
