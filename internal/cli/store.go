// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
)

// storeVariable is the environment's word for --store.
const storeVariable = "ROSTER_STORE"

func addStoreFlag(c *cobra.Command, spec *string) {
	c.Flags().StringVar(spec, "store", "", "store, as "+wire.StoreForms+" (default: "+storeVariable+
		", then spec.store of the Root, then local:"+wire.DefaultStore+" in the registry's folder)")
}

// storeSpec decides which store is meant. A Root may only name a local store
// inside its own folder: where a company's store is, is not for a pull request
// to say.
func storeSpec(env *Env, flag, dir string, root *manifest.Root) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if spec := env.Getenv(storeVariable); spec != "" {
		return spec, nil
	}
	if root == nil || root.Spec.Store.Value == "" {
		return wire.LocalDefault(dir), nil
	}
	path, isLocal := strings.CutPrefix(root.Spec.Store.Value, "local:")
	if !isLocal || !filepath.IsLocal(filepath.FromSlash(path)) {
		return "", usage("%s names the store %q; only a local store inside the registry may be named there, give others by --store or %s",
			manifest.RootFile, root.Spec.Store.Value, storeVariable)
	}
	return "local:" + filepath.Join(dir, filepath.FromSlash(path)), nil
}

func openStore(ctx context.Context, env *Env, spec string, readOnly bool) (wire.Store, error) {
	st, err := wire.Open(ctx, spec, wire.Options{
		ReadOnly: readOnly,
		Waiting:  func() { env.say("waiting for another process that holds the store") },
		World:    env.world(),
	})
	switch {
	case errors.Is(err, wire.ErrNoStore):
		return nil, fmt.Errorf("%w: %s; roster sync makes it", err, spec)
	case err != nil:
		return nil, notOpened(spec, err)
	}
	return st, nil
}

// notOpened tells a store that is named or reached wrongly, which the user can
// change, from one that fails.
func notOpened(spec string, err error) error {
	for _, wrong := range []error{wire.ErrStoreForm, identity.ErrNoIdentity, identity.ErrConfig, identity.ErrStoredSecret} {
		if errors.Is(err, wrong) {
			return usage("%v", err)
		}
	}
	return fmt.Errorf("open store %s: %w", spec, err)
}

// world is what a remote store is reached from. The CI system reads commands on
// the standard error as well, where they are in nobody's way.
func (env *Env) world() wire.World {
	return wire.World{Getenv: env.Getenv, Now: env.Now, Commands: env.Stderr}
}

// provisioned refuses a store in which containers are missing that a sync would
// write to: before it writes anything.
func provisioned(st store.Store, spec string) error {
	if missing := missingContainers(st); len(missing) > 0 {
		return fmt.Errorf("%w: %s of %s; nothing was written; roster store init makes them", store.ErrNoContainer, strings.Join(missing, ", "), spec)
	}
	return nil
}

func missingContainers(st store.Store) []string {
	if p, ok := st.(store.Provisioned); ok {
		return p.Missing()
	}
	return nil
}

// sayStore tells beside a plan what is missing in a remote store, and what
// asking it cost, which it returns.
func sayStore(env *Env, st store.Store) *store.Usage {
	if missing := missingContainers(st); len(missing) > 0 {
		env.say("not there yet, and needed before a sync: container %s; roster store init makes it", strings.Join(missing, ", "))
	}
	m, metered := st.(store.Metered)
	if !metered {
		return nil
	}
	usage := m.Usage()
	env.say("%d requests to the store, %.2f request units", usage.Requests, usage.Charge)
	return &usage
}

// closeInto closes a store and keeps the first error.
func closeInto(st wire.Store, err *error) {
	if closeErr := st.Close(); *err == nil && closeErr != nil {
		*err = fmt.Errorf("close store: %w", closeErr)
	}
}
