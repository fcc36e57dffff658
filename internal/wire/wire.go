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
	"runtime"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/internal/rootfs"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/schema"
	"github.com/appofapps/roster/validate"
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
	return load(ctx, root, limits, reading)
}

// LoadBase reads the registry of a folder as it is in a revision of its git
// repository, from git's objects alone, each manifest checked against its
// schema. The registry is nil if the revision has none. Errors beside those of
// [Load]: gitfs.ErrNoGit, gitfs.ErrNoRepository, gitfs.ErrNoRevision.
func LoadBase(ctx context.Context, dir, revision string, limits manifest.Limits) (base *validate.Base, err error) {
	files, err := gitfs.Open(ctx, dir, revision)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := files.Close(); err == nil {
			err = closeErr
		}
	}()
	base = &validate.Base{Revision: files.Commit()}
	base.Registry, base.Findings, err = load(ctx, files, limits, nil)
	if errors.Is(err, manifest.ErrNoRegistry) {
		return base, nil
	}
	return base, err
}

func load(ctx context.Context, files fs.FS, limits manifest.Limits, reading func()) (*manifest.Registry, []finding.Finding, error) {
	checker := schema.New()
	return manifest.Load(ctx, files, manifest.Options{
		Limits:  limits,
		Workers: runtime.GOMAXPROCS(0),
		Read:    reading,
		Check:   func(d *manifest.Document) []finding.Finding { return checker.Check(d) },
		BuiltIn: policy.Packs,
	})
}
