// SPDX-License-Identifier: Apache-2.0

// Package wire is the only place that names a concrete store, source of
// manifests or checker: it turns what a user typed into the contracts that the
// rest works with.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/rootfs"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/local"
)

// DefaultStore is where a registry's store is kept when nothing else is said,
// below the registry's folder.
const DefaultStore = ".roster/registry.db"

// lockWait is how long a command waits for another one that holds the store:
// longer than a sync of a large registry takes, shorter than a CI step's
// patience.
const lockWait = 60 * time.Second

// Load reads the registry in a folder through a root that nothing can lead out
// of, each manifest checked against its schema. reading is called now and then.
func Load(ctx context.Context, dir string, limits manifest.Limits, reading func()) (registry *manifest.Registry, findings []finding.Finding, err error) {
	root, err := rootfs.Open(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("open registry: %w", err)
	}
	defer func() {
		if closeErr := root.Close(); err == nil {
			err = closeErr
		}
	}()
	checker := schema.New()
	return manifest.Load(ctx, root, manifest.Options{
		Limits:  limits,
		Workers: runtime.GOMAXPROCS(0),
		Read:    reading,
		Check:   func(d *manifest.Document) []finding.Finding { return checker.Check(d) },
	})
}

// A Store is a store that must be closed.
type Store interface {
	store.Store
	Close() error
}

// StoreForms lists what Open takes.
const StoreForms = "local:PATH"

// Open opens the store that spec names. readOnly asks for no more than reading;
// waiting is called once when another process must be waited for. Errors:
// ErrStoreForm, ErrNoStore (readOnly only), or the store's.
func Open(ctx context.Context, spec string, readOnly bool, waiting func()) (Store, error) {
	kind, rest, found := strings.Cut(spec, ":")
	if !found || kind != "local" || rest == "" {
		return nil, fmt.Errorf("%w: %q is not of the form %s", ErrStoreForm, spec, StoreForms)
	}
	if _, err := os.Stat(rest); readOnly && errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoStore
	}
	return local.Open(ctx, rest, local.Config{Wait: lockWait, ReadOnly: readOnly, Waiting: waiting})
}

// LocalDefault returns the spec of the default store of a registry's folder.
func LocalDefault(dir string) string {
	return "local:" + filepath.Join(dir, filepath.FromSlash(DefaultStore))
}
