// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/snapshot"
)

func newSnapshot(env *Env) *cobra.Command {
	var flags planFlags
	var take takeFlags
	c := &cobra.Command{
		Use:   "snapshot [dir]",
		Short: "Write down what the store holds, signed, to plan from without it",
		Long: `Snapshot reads what the store holds of the registry in dir and writes it to a
file, signed. With it roster plan --snapshot plans without a store, a network or
an identity: what a pull request from a fork has. The file holds what manifests
say, and no secret.

Whoever plans believes the keys of spec.snapshotKeys in the Root, those of the
base where there is one. roster snapshot key prints the line to put there.`,
		Example: `  roster snapshot --out roster.snapshot --sign-with keyvault:https://acme.vault.azure.net/keys/roster
  roster snapshot key --sign-with file:roster.pem --new
  roster plan --snapshot roster.snapshot`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return runSnapshot(c.Context(), env, folder(args), flags, take)
		},
	}
	addStoreFlag(c, &flags.store)
	take.add(c, "out")
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", manifest.DefaultLimits().Total, "largest sum of all manifests, in bytes")
	c.AddCommand(newSnapshotKey(env))
	return c
}

// takeFlags say where a snapshot goes, and who signs it.
type takeFlags struct {
	file, key string
}

func (f *takeFlags) add(c *cobra.Command, file string) {
	c.Flags().StringVar(&f.file, file, "", "file to write the signed snapshot of the store to")
	c.Flags().StringVar(&f.key, "sign-with", "", "key to sign the snapshot with, as "+wire.KeyForms)
}

func (f *takeFlags) check(file string) error {
	if (f.file == "") != (f.key == "") {
		return usage("a snapshot needs both --%s and --sign-with", file)
	}
	return nil
}

func runSnapshot(ctx context.Context, env *Env, dir string, flags planFlags, take takeFlags) (err error) {
	switch {
	case take.file == "" || take.key == "":
		return usage("roster snapshot needs --out and --sign-with; see roster snapshot --help")
	default:
		if err := refuseProposed(env, "snapshot"); err != nil {
			return err
		}
	}
	o, err := open(ctx, env, dir, flags.registryFlags)
	if err != nil {
		return err
	}
	if o.registry == nil {
		return o.demand(env)
	}
	spec, err := storeSpec(env, flags.store, o.dir, o.registry.Root)
	if err != nil {
		return err
	}
	st, err := openStore(ctx, env, spec, true)
	if err != nil {
		return err
	}
	defer closeInto(st, &err)
	return takeSnapshot(ctx, env, st, o.registry.Root, take)
}

// takeSnapshot writes what a store holds to a file.
func takeSnapshot(ctx context.Context, env *Env, st store.Store, root *manifest.Root, take takeFlags) error {
	key, err := signingKey(ctx, env, take.key)
	if err != nil {
		return err
	}
	s, err := snapshot.Take(ctx, st, root.Meta.Name.Value, env.Now(), runtime.GOMAXPROCS(0))
	if err != nil {
		return fmt.Errorf("take snapshot: %w", err)
	}
	content, err := s.Signed(ctx, key)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(take.file, content, 0o644); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	env.say("snapshot of %d registrations written to %s", s.Count(), take.file)
	if line, err := signing.PublicLine(s.Registry, key.Public()); err == nil && !root.Spec.SnapshotKeys.Contains(line) {
		env.say("nobody believes it yet: spec.snapshotKeys of %s lacks %q", manifest.RootFile, line)
	}
	return nil
}

func signingKey(ctx context.Context, env *Env, spec string) (signing.Key, error) {
	key, err := wire.SigningKey(ctx, spec, env.world())
	switch {
	case errors.Is(err, wire.ErrKeyForm), errors.Is(err, signing.ErrKey):
		return nil, usage("--sign-with: %v", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("--sign-with: there is no such file; roster snapshot key --new makes one")
	case err != nil:
		return nil, notOpened(spec, err)
	}
	return key, nil
}

func newSnapshotKey(env *Env) *cobra.Command {
	var spec string
	var fresh bool
	var maxBytes int
	c := &cobra.Command{
		Use:   "key [dir]",
		Short: "Print the public key that believes a key's snapshots",
		Long: `Key prints the line that makes readers of the registry in dir believe snapshots
that were signed with a key. Put it into spec.snapshotKeys of roster.yaml. With
--new it first makes the key, in a file.`,
		Example: `  roster snapshot key --sign-with keyvault:https://acme.vault.azure.net/keys/roster
  roster snapshot key --sign-with file:roster.pem --new`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			o, err := open(c.Context(), env, folder(args), registryFlags{maxBytes: maxBytes})
			if err != nil {
				return err
			}
			if o.registry == nil {
				return o.demand(env)
			}
			var key signing.Key
			if fresh {
				key, err = newKey(spec)
			} else {
				key, err = signingKey(c.Context(), env, spec)
			}
			if err != nil {
				return err
			}
			line, err := signing.PublicLine(o.registry.Root.Meta.Name.Value, key.Public())
			if err == nil {
				_, err = fmt.Fprintln(env.Stdout, line)
			}
			return err
		},
	}
	c.Flags().StringVar(&spec, "sign-with", "", "key, as "+wire.KeyForms)
	c.Flags().BoolVar(&fresh, "new", false, "make the key's file; it must not be there")
	c.Flags().IntVar(&maxBytes, "max-bytes", manifest.DefaultLimits().Total, "largest sum of all manifests, in bytes")
	return c
}

func newKey(spec string) (signing.Key, error) {
	key, err := wire.NewSigningKey(spec)
	switch {
	case errors.Is(err, wire.ErrKeyForm):
		return nil, usage("--sign-with: %v", err)
	case errors.Is(err, fs.ErrExist):
		return nil, usage("--sign-with: %s is there already; leave --new out to use it", spec)
	}
	return key, err
}
