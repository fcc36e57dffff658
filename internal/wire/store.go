// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/ci"
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

// StoreForms lists what Open takes.
const StoreForms = kindLocal + ":PATH or " + kindCosmos + ":" + cosmos.Form

// World is what a remote store is reached from.
type World struct {
	Getenv   func(string) string
	Now      func() time.Time
	Commands io.Writer // where the CI system reads commands, those that mask a token among them
}

// A Store is a store that must be closed.
type Store interface {
	store.Store
	Close() error
}

// KeepOpen returns a store that needs no closing as a Store.
func KeepOpen(st store.Store) Store { return keptOpen{st} }

type keptOpen struct{ store.Store }

func (keptOpen) Close() error { return nil }

// Options say how to open a store.
type Options struct {
	ReadOnly bool   // no more than reading is asked for
	Waiting  func() // called once when another process must be waited for
	World    World
}

// Open opens the store that spec names. Errors: ErrStoreForm, ErrNoStore (of a
// local store to read), those of an identity that cannot be had, or the store's.
func Open(ctx context.Context, spec string, o Options) (Store, error) {
	kind, rest, _ := strings.Cut(spec, ":")
	switch {
	case kind == kindLocal && rest != "":
		return openLocal(ctx, rest, o)
	case kind == kindCosmos && rest != "":
		return openCosmos(rest, o.World)
	}
	return nil, fmt.Errorf("%w: %q is not of the form %s", ErrStoreForm, spec, StoreForms)
}

func openLocal(ctx context.Context, path string, o Options) (Store, error) {
	if _, err := os.Stat(path); o.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoStore
	}
	return local.Open(ctx, path, local.Config{Wait: lockWait, ReadOnly: o.ReadOnly, Waiting: o.Waiting})
}

func openCosmos(text string, w World) (Store, error) {
	address, err := Address(text)
	if err != nil {
		return nil, err
	}
	config := cosmos.Config{HTTP: HTTPClient()}
	if !address.Emulator() {
		if config.Credential, err = Identity(w); err != nil {
			return nil, err
		}
	}
	return cosmos.Open(address, config)
}

// Address reads the address of a Cosmos DB database. Errors: ErrStoreForm.
func Address(text string) (cosmos.Address, error) {
	address, err := cosmos.ParseAddress(text)
	if err != nil {
		return address, fmt.Errorf("%w: %w", ErrStoreForm, err)
	}
	return address, nil
}

// Identity returns who runs, one for all services of a run. Errors: those of
// identity.New.
func Identity(w World) (*identity.Identity, error) {
	return identity.New(identity.Config{
		Getenv:    w.Getenv,
		IDToken:   ci.IDToken(w.Getenv, nil, w.Commands),
		CI:        ci.Detect(w.Getenv) != ci.Terminal,
		Transport: HTTPClient(),
		Now:       w.Now,
	})
}

// Limits of a request to a service, those of azcosmos's own client: a host that
// does not answer at once will not, so that another region gets its turn; and no
// answer of the service takes longer than a minute.
const (
	dialTimeout    = 5 * time.Second
	requestTimeout = 65 * time.Second
	idlePerHost    = 100
)

// HTTPClient returns a client by the environment's proxy that follows no
// redirect: none of the services sends one, and a token must not follow it.
func HTTPClient() *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 2 * dialTimeout,
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// LocalDefault returns the spec of the default store of a registry's folder.
func LocalDefault(dir string) string {
	return kindLocal + ":" + filepath.Join(dir, filepath.FromSlash(DefaultStore))
}
