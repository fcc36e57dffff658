// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store/snapshot"
)

// defaultMaxAge is a week: a registry that is synced on every merge and once a
// day has a younger snapshot even after a holiday.
const defaultMaxAge = 7 * 24 * time.Hour

// snapshotFlags are those of a plan without a store.
type snapshotFlags struct {
	snapshot string
	maxAge   time.Duration
}

func (f *snapshotFlags) addSnapshot(c *cobra.Command) {
	c.Flags().StringVar(&f.snapshot, "snapshot", "", "signed snapshot to plan from instead of a store, for example roster.snapshot")
	c.Flags().DurationVar(&f.maxAge, "max-age", defaultMaxAge, "highest age of the snapshot")
}

// openSnapshot opens a snapshot as the store to plan from. Its keys are those of
// the base where there is one, so that a pull request cannot bring its own.
func (s *session) openSnapshot(f snapshotFlags) error {
	root, where := s.registry.Root, manifest.RootFile
	if base := s.config.Base; base != nil {
		if base.Registry == nil {
			return usage("--snapshot: the base has no registry, so it trusts no key")
		}
		root, where = base.Registry.Root, manifest.RootFile+" of the base"
	}
	keys := root.Spec.SnapshotKeys.Values()
	if len(keys) == 0 {
		return usage("--snapshot: spec.snapshotKeys of %s is empty, so no snapshot is trusted; roster snapshot key prints the line to add", where)
	}
	content, err := readSnapshot(f.snapshot)
	if err != nil {
		return err
	}
	taken, err := snapshot.Open(content, snapshot.Trust{Registry: s.registry.Root.Meta.Name.Value, Keys: keys, Now: s.Now(), MaxAge: f.maxAge})
	switch {
	case errors.Is(err, signing.ErrKey):
		return usage("spec.snapshotKeys of %s: %v", where, err)
	case err != nil:
		return fmt.Errorf("%s: %w", f.snapshot, err)
	}
	s.say("planning from the snapshot of %s", taken.Taken)
	s.store = wire.Opened(taken.Store())
	return nil
}

// maxSnapshot is more than a snapshot of the largest registry takes.
const maxSnapshot = 512 << 20

func readSnapshot(path string) (content []byte, err error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, usage("no snapshot %q; roster snapshot creates one", path)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err = io.ReadAll(io.LimitReader(file, maxSnapshot+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read snapshot: %w", err)
	case len(content) > maxSnapshot:
		return nil, usage("%q is too large for a snapshot", path)
	}
	return content, nil
}
