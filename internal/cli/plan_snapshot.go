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
	c.Flags().StringVar(&f.snapshot, "snapshot", "", "signed snapshot to plan from, in place of a store")
	c.Flags().DurationVar(&f.maxAge, "max-age", defaultMaxAge, "oldest snapshot to plan from")
}

// storeOf returns a snapshot as the store to plan from. Its keys are those of
// the base where there is one, so that a pull request cannot bring its own.
func (f *snapshotFlags) storeOf(env *Env, o *opened) (wire.Store, error) {
	root, where := o.registry.Root, manifest.RootFile
	if base := o.config.Base; base != nil {
		if base.Registry == nil {
			return nil, usage("--snapshot: the base has no registry, and so nobody whose snapshots are believed")
		}
		root, where = base.Registry.Root, manifest.RootFile+" of the base"
	}
	keys := root.Spec.SnapshotKeys.Values()
	if len(keys) == 0 {
		return nil, usage("--snapshot: %s names nobody whose snapshots are believed, in spec.snapshotKeys; roster snapshot key prints the line", where)
	}
	content, err := readSnapshot(f.snapshot)
	if err != nil {
		return nil, err
	}
	s, err := snapshot.Open(content, snapshot.Trust{Registry: o.registry.Root.Meta.Name.Value, Keys: keys, Now: env.Now(), MaxAge: f.maxAge})
	switch {
	case errors.Is(err, signing.ErrKey):
		return nil, usage("spec.snapshotKeys of %s: %v", where, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", f.snapshot, err)
	}
	env.say("planned from a snapshot that was taken at %s", s.Taken)
	return wire.KeepOpen(s.Store()), nil
}

// maxSnapshot is more than a snapshot of the largest registry takes.
const maxSnapshot = 512 << 20

func readSnapshot(path string) (content []byte, err error) {
	file, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, usage("there is no snapshot %s; roster snapshot makes one", path)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	content, err = io.ReadAll(io.LimitReader(file, maxSnapshot+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read snapshot: %w", err)
	case len(content) > maxSnapshot:
		return nil, usage("%s is too large for a snapshot", path)
	}
	return content, nil
}
