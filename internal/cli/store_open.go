// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store"
)

// storeVariable is the variable for --store.
const storeVariable = "ROSTER_STORE"

func addStoreFlag(c *cobra.Command, spec *string) {
	c.Flags().StringVar(spec, "store", "", "store, as "+wire.StoreForms()+" (default: "+storeVariable+
		", then spec.store of the Root, then local:"+wire.DefaultStore+" in the registry's folder)")
}

// storeSpec returns the spec of the store. A Root may only name a local store inside
// its own folder, so that a pull request cannot choose another store.
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
	spec, below := wire.LocalBelow(dir, root.Spec.Store.Value)
	if !below {
		return "", usage("%s names the store %q; it may only name a local store inside the registry. Name another store by --store or %s",
			manifest.RootFile, root.Spec.Store.Value, storeVariable)
	}
	return spec, nil
}

// The two ways to open a store.
const (
	toRead  = true
	toWrite = false
)

// openStore opens the store that the flag, the environment or the registry names.
// Errors: wire.ErrNoStore for one to read that does not exist yet.
func (s *session) openStore(ctx context.Context, flag string, readOnly bool) error {
	var root *manifest.Root
	if s.registry != nil {
		root = s.registry.Root
	}
	spec, err := storeSpec(s.Env, flag, s.dir, root)
	if err != nil {
		return err
	}
	st, err := s.run.Open(ctx, spec, wire.Options{
		ReadOnly: readOnly,
		Waiting:  func() { s.say("waiting for another process that uses the store") },
	})
	switch {
	case errors.Is(err, wire.ErrNoStore):
		return fmt.Errorf("%w: %s; roster sync creates it", err, spec)
	case err != nil:
		return notOpened(spec, err)
	}
	s.spec, s.store = spec, st
	return nil
}

// notOpened explains why a store was not opened: wrong usage, or a failure.
func notOpened(spec string, err error) error {
	for _, wrong := range []error{wire.ErrStoreForm, wire.ErrNoProvision, identity.ErrNoIdentity, identity.ErrConfig, identity.ErrStoredSecret} {
		if errors.Is(err, wrong) {
			return usage("%v", err)
		}
	}
	return fmt.Errorf("open store %s: %w", spec, err)
}

// provisioned refuses a store that lacks a container, before a sync writes
// anything.
func (s *session) provisioned() error {
	if missing := s.missing(); len(missing) > 0 {
		return fmt.Errorf("%w: %s in %s; nothing was written; roster store init creates it", store.ErrNoContainer, strings.Join(missing, ", "), s.spec)
	}
	return nil
}

// missing returns the containers that a store lacks and does not create itself.
func (s *session) missing() []string {
	if s.store.Missing == nil {
		return nil
	}
	return s.store.Missing()
}

// sayStore says which containers are missing, and what the calls cost. It returns
// the cost, nil if calls cost nothing.
func (s *session) sayStore() *store.Usage {
	if missing := s.missing(); len(missing) > 0 {
		s.say("missing container %s; run roster store init before a sync", strings.Join(missing, ", "))
	}
	if s.store.Usage == nil {
		return nil
	}
	usage := s.store.Usage()
	s.say("%s to the store, %.2f request units", report.Count(usage.Requests, "request"), usage.Charge)
	return &usage
}
