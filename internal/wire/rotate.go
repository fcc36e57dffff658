// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/sink/file"
	"github.com/appofapps/roster/rotate/source/token"
	"github.com/appofapps/roster/store"
)

// ErrNoRotation is returned for a credential that this roster cannot renew.
var ErrNoRotation = errors.New("cannot be renewed by this roster")

// Rotations are what credentials are renewed with.
type Rotations struct {
	Store  store.Store
	Folder string // of the registry: files of sinks lie below it
	Now    func() time.Time
	Event  audit.Event
}

// Source returns the provider of a credential. Errors: ErrNoRotation.
func (r Rotations) Source(t rotate.Target) (rotate.Source, error) {
	if t.Type == token.Type {
		return token.Source{Store: r.Store, Now: r.Now, Event: r.Event}, nil
	}
	return nil, fmt.Errorf("credential %s of %s, type %s, %w", t.Name, t.Node, t.Type, ErrNoRotation)
}

// Sink returns the kind of a place. Errors: ErrNoRotation.
func (r Rotations) Sink(place plan.Sink) (rotate.Sink, error) {
	if place.File != "" {
		return file.Sink{Folder: r.Folder}, nil
	}
	return nil, fmt.Errorf("sink %s %w", PlaceOf(place), ErrNoRotation)
}

// PlaceOf names a sink in words.
func PlaceOf(p plan.Sink) string {
	switch {
	case p.File != "":
		return "file " + p.File
	case p.KeyVault != "":
		return "Key Vault " + p.KeyVault + "/" + p.Secret
	case p.Environment != "":
		return "GitHub " + p.GitHubSecret + " " + p.Environment + "/" + p.Name
	default:
		return "GitHub " + p.GitHubSecret + " " + p.Name
	}
}
