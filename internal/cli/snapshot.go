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
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store/snapshot"
)

func newSnapshot(env *Env) *cobra.Command {
	var flags planFlags
	var take takeFlags
	c := &cobra.Command{
		Use:   "snapshot [dir]",
		Short: "Write a signed snapshot of the store, to plan without it",
		Long: `Snapshot reads the registrations of the registry in dir from the store and writes
them to a signed file without secrets. roster plan --snapshot plans from it without a
store, a network or an identity, as for a pull request from a fork. It trusts the keys
in spec.snapshotKeys of the Root, or of the base if there is one.`,
		Example: `  roster snapshot --out roster.snapshot --sign-with keyvault:https://acme.vault.azure.net/keys/roster
  roster snapshot key --sign-with file:roster.pem --new
  roster plan --snapshot roster.snapshot`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if take.file == "" || take.key == "" {
				return usage("roster snapshot needs --out and --sign-with. See roster snapshot --help")
			}
			if err := refuseProposed(env, "snapshot"); err != nil {
				return err
			}
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.loadTree(ctx, flags.registryFlags); err != nil {
					return err
				}
				if err := s.demandMerged(ctx); err != nil {
					return err
				}
				if err := s.openStore(ctx, flags.store, toRead); err != nil {
					return err
				}
				return takeSnapshot(ctx, s, take)
			})
		},
	}
	addStoreFlag(c, &flags.store)
	take.add(c, "out")
	addBranch(c, env)
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", manifest.DefaultLimits().Total, "largest total size of the manifests, in bytes")
	c.AddCommand(newSnapshotKey(env))
	return c
}

// takeFlags say where a snapshot goes, and who signs it.
type takeFlags struct {
	file, key string
}

func (f *takeFlags) add(c *cobra.Command, file string) {
	c.Flags().StringVar(&f.file, file, "", "file for the signed snapshot of the store, for example roster.snapshot")
	c.Flags().StringVar(&f.key, "sign-with", "", "key that signs the snapshot, as "+wire.KeyForms)
}

func (f *takeFlags) check(file string) error {
	if (f.file == "") != (f.key == "") {
		return usage("a snapshot needs both --%s and --sign-with", file)
	}
	return nil
}

// takeSnapshot writes what a store holds to a file.
func takeSnapshot(ctx context.Context, s *session, take takeFlags) error {
	root := s.registry.Root
	key, err := signingKey(ctx, s, take.key)
	if err != nil {
		return err
	}
	taken, err := snapshot.Take(ctx, s.store, root.Meta.Name.Value, s.Now(), runtime.GOMAXPROCS(0))
	if err != nil {
		return fmt.Errorf("take snapshot: %w", err)
	}
	content, err := taken.Signed(ctx, key)
	if err != nil {
		return err
	}
	if err := atomicfile.Write(take.file, content, 0o644); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	s.say("snapshot of %s written to %s", report.Count(taken.Count(), "registration"), take.file)
	if line, err := signing.PublicLine(taken.Registry, key.Public()); err == nil && !root.Spec.SnapshotKeys.Contains(line) {
		s.say("this key is not trusted yet; add it to spec.snapshotKeys in %s: %q", manifest.RootFile, line)
	}
	return nil
}

func signingKey(ctx context.Context, s *session, spec string) (signing.Key, error) {
	key, err := s.run.SigningKey(ctx, spec)
	switch {
	case errors.Is(err, wire.ErrKeyForm), errors.Is(err, signing.ErrKey):
		return nil, usage("--sign-with: %v", err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, usage("--sign-with: no such file; roster snapshot key --new creates one")
	case err != nil:
		return nil, notOpened(spec, err)
	}
	return key, nil
}
