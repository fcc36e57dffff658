// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
	"github.com/appofapps/roster/store/local"
)

// lockWait is how long a command waits for another one that holds the store:
// longer than a sync of a large registry takes, shorter than a CI step's
// patience.
const lockWait = 60 * time.Second

// The kinds of stores, as they begin a spec.
const (
	kindLocal  = "local"
	kindCosmos = "cosmos"
)

// Addresses of a store in Azure, for help and for files to fill in.
const (
	ExampleStore     = kindCosmos + ":https://acme.documents.azure.com/registry"
	ExampleEmulator  = kindCosmos + ":http://localhost:8081/registry"
	PlaceholderStore = kindCosmos + ":https://ACCOUNT.documents.azure.com/registry"
)

// Address is where the database of a store is.
type Address = cosmos.Address

// kind is one kind of store: its name, what follows the name in a spec, and how
// to work with it. A store is added here.
type kind struct {
	name, form string
	open       func(ctx context.Context, r *Run, rest string, o Options) (*Store, error)
	diagnose   func(ctx context.Context, r *Run, rest string, c doctor.Case) (*doctor.Diagnosis, error)
	database   func(rest string) (Address, error) // to provision; nil: sync creates all that the store needs
}

func kinds() []kind {
	return []kind{
		{name: kindLocal, form: "PATH", open: openLocal, diagnose: diagnoseLocal},
		{name: kindCosmos, form: cosmos.Form, open: openCosmos, diagnose: diagnoseCosmos, database: address},
	}
}

// kindOf returns the kind of store that spec names, and the rest of the spec.
// Errors: ErrStoreForm.
func kindOf(spec string) (kind, string, error) {
	name, rest, _ := strings.Cut(spec, ":")
	i := slices.IndexFunc(kinds(), func(k kind) bool { return k.name == name })
	if i < 0 || rest == "" {
		return kind{}, "", fmt.Errorf("%w: %q is not of the form %s", ErrStoreForm, spec, StoreForms())
	}
	return kinds()[i], rest, nil
}

// StoreForms lists what Open takes.
func StoreForms() string {
	var forms []string
	for _, k := range kinds() {
		forms = append(forms, k.name+":"+k.form)
	}
	return strings.Join(forms, " or ")
}

// Store is an open store, with the abilities that it has beside the contract. It
// must be closed.
type Store struct {
	store.Store
	store.Abilities
	close func() error // nil: nothing to close
}

// Opened returns a store that needs no closing and has no other abilities.
func Opened(st store.Store) *Store { return &Store{Store: st} }

// Close closes the store.
func (s *Store) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// Options say how to open a store.
type Options struct {
	ReadOnly bool   // the command only reads
	Waiting  func() // called once when another process holds the store
}

// Open opens the store that spec names. Errors: ErrStoreForm, ErrNoStore (of a
// local store to read), those of Identity, or the store's.
func (r *Run) Open(ctx context.Context, spec string, o Options) (*Store, error) {
	k, rest, err := kindOf(spec)
	if err != nil {
		return nil, err
	}
	return k.open(ctx, r, rest, o)
}

func openLocal(ctx context.Context, _ *Run, path string, o Options) (*Store, error) {
	if _, err := os.Stat(path); o.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoStore
	}
	st, err := local.Open(ctx, path, local.Config{Wait: lockWait, ReadOnly: o.ReadOnly, Waiting: o.Waiting})
	if err != nil {
		return nil, err
	}
	return &Store{Store: st, close: st.Close}, nil
}

func openCosmos(_ context.Context, r *Run, rest string, _ Options) (*Store, error) {
	st, err := r.cosmos(rest)
	if err != nil {
		return nil, err
	}
	return &Store{Store: st, Abilities: st.Abilities(), close: st.Close}, nil
}

// cosmos opens a database. An emulator needs no identity.
func (r *Run) cosmos(rest string) (*cosmos.Store, error) {
	a, err := address(rest)
	if err != nil {
		return nil, err
	}
	config := cosmos.Config{HTTP: r.client}
	if !a.Emulator() {
		if config.Credential, err = r.Identity(); err != nil {
			return nil, err
		}
	}
	return cosmos.Open(a, config)
}

// address reads the address of a database. Errors: ErrStoreForm.
func address(text string) (Address, error) {
	a, err := cosmos.ParseAddress(text)
	if err != nil {
		return a, fmt.Errorf("%w: %w", ErrStoreForm, err)
	}
	return a, nil
}

// LocalDefault returns the spec of the default store of a registry's folder.
func LocalDefault(dir string) string {
	return kindLocal + ":" + filepath.Join(dir, filepath.FromSlash(DefaultStore))
}

// LocalBelow returns the spec of the store that a registry names for itself, and
// whether a registry may: only a local store inside its own folder.
func LocalBelow(dir, spec string) (string, bool) {
	path, isLocal := strings.CutPrefix(spec, kindLocal+":")
	if !isLocal || !filepath.IsLocal(filepath.FromSlash(path)) {
		return "", false
	}
	return kindLocal + ":" + filepath.Join(dir, filepath.FromSlash(path)), true
}
