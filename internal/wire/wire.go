// SPDX-License-Identifier: Apache-2.0

// Package wire connects contracts with implementations: it opens the store, the
// signing key, the sources and the sinks that a user names. Start with NewRun, and
// with Load for the manifests.
//
// It is the only package that names concrete stores, providers, sinks and checkers.
// All that one Run opens shares one identity and one HTTP transport.
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

// DefaultStore is the path of the default store, below the registry's folder.
const DefaultStore = ".roster/registry.db"

// Load reads the registry in a folder and checks each manifest against its schema. It
// follows no link out of the folder. reading is called from time to time.
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

// LoadBase reads the registry of a folder from a revision of its git repository, checks
// each manifest against its schema, and says how far HEAD is from the revision. It reads
// git's objects and checks nothing out. The registry is nil if the revision has none.
// Errors: those of [Load] and of gitfs.Open.
func LoadBase(ctx context.Context, dir, revision string, limits manifest.Limits) (base *validate.Base, distance gitfs.Distance, err error) {
	files, err := gitfs.Open(ctx, dir, revision)
	if err != nil {
		return nil, distance, err
	}
	defer func() {
		if closeErr := files.Close(); err == nil {
			err = closeErr
		}
	}()
	if distance, err = files.Distance(ctx); err != nil {
		return nil, distance, err
	}
	base = &validate.Base{Revision: files.Commit(), Date: distance.Date, Ahead: distance.Ahead, Behind: distance.Behind}
	base.Registry, base.Findings, err = load(ctx, files, limits, nil)
	if errors.Is(err, manifest.ErrNoRegistry) {
		return base, distance, nil
	}
	return base, distance, err
}

func load(ctx context.Context, files fs.FS, limits manifest.Limits, reading func()) (*manifest.Registry, []finding.Finding, error) {
	checker := schema.New()
	return manifest.Load(ctx, files, manifest.Options{
		Limits:  limits,
		Workers: runtime.GOMAXPROCS(0),
		Read:    reading,
		Check:   func(d *manifest.Document) []finding.Finding { return checker.Check(d) },
		BuiltIn: policy.BuiltIn,
	})
}
