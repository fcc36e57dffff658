// SPDX-License-Identifier: Apache-2.0

// Package wire is the only place that names a concrete store, source of
// manifests or checker: it turns what a user typed into the contracts that the
// rest works with.
package wire

import (
	"context"
	"fmt"
	"runtime"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/rootfs"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// DefaultStore is where a registry's store is kept when nothing else is said,
// below the registry's folder.
const DefaultStore = ".roster/registry.db"

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
