// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
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
	st, err := wire.Open(ctx, spec, readOnly, func() {
		env.say("waiting for another process that holds the store")
	})
	switch {
	case errors.Is(err, wire.ErrStoreForm):
		return nil, usage("%v", err)
	case errors.Is(err, wire.ErrNoStore):
		return nil, fmt.Errorf("%w: %s; roster sync makes it", err, spec)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", spec, err)
	}
	return st, nil
}

// closeInto closes a store and keeps the first error.
func closeInto(st wire.Store, err *error) {
	if closeErr := st.Close(); *err == nil && closeErr != nil {
		*err = fmt.Errorf("close store: %w", closeErr)
	}
}
