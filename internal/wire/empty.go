// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"

	"github.com/appofapps/roster/store"
)

// Empty returns a store that holds nothing and takes nothing: what a local store
// is to a plan before the first sync.
func Empty() Store { return empty{} }

// Still returns a store that needs no closing as one that may be closed.
func Still(st store.Store) Store { return still{st} }

type still struct{ store.Store }

func (still) Close() error { return nil }

type empty struct{}

var _ Store = empty{}

func (empty) Read(context.Context, store.Key) (store.Document, error) {
	return store.Document{}, store.ErrNotFound
}

func (empty) List(context.Context, string, string, store.Type) ([]store.Document, error) {
	return nil, nil
}

func (empty) Entries(context.Context, string) ([]store.Entry, error) { return nil, nil }

func (empty) Commit(context.Context, store.Commit) ([]string, error) {
	return nil, store.ErrNotFound
}

func (empty) Close() error { return nil }
