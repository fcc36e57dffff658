// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
)

func newSnapshotKey(env *Env) *cobra.Command {
	var spec string
	var fresh bool
	var maxBytes int
	c := &cobra.Command{
		Use:   "key [dir]",
		Short: "Print the public key for spec.snapshotKeys",
		Long: `Key prints the line for spec.snapshotKeys in roster.yaml. Then readers of the registry
in dir trust snapshots that are signed with the key. With --new it first creates the
key in a file.`,
		Example: `  roster snapshot key --sign-with keyvault:https://acme.vault.azure.net/keys/roster
  roster snapshot key --sign-with file:roster.pem --new`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.loadTree(ctx, registryFlags{maxBytes: maxBytes}); err != nil {
					return err
				}
				key, err := publicKey(ctx, s, spec, fresh)
				if err != nil {
					return err
				}
				line, err := signing.PublicLine(s.registry.Root.Meta.Name.Value, key.Public())
				if err == nil {
					_, err = fmt.Fprintln(s.Stdout, line)
				}
				return err
			})
		},
	}
	c.Flags().StringVar(&spec, "sign-with", "", "key that signs snapshots, as "+wire.KeyForms)
	c.Flags().BoolVar(&fresh, "new", false, "create the key in a new file")
	c.Flags().IntVar(&maxBytes, "max-bytes", manifest.DefaultLimits().Total, "largest total size of the manifests, in bytes")
	return c
}

// publicKey returns the key that spec names, and creates it if it is fresh.
func publicKey(ctx context.Context, s *session, spec string, fresh bool) (signing.Key, error) {
	if fresh {
		return newKey(spec)
	}
	return signingKey(ctx, s, spec)
}

func newKey(spec string) (signing.Key, error) {
	key, err := wire.NewSigningKey(spec)
	switch {
	case errors.Is(err, wire.ErrKeyForm):
		return nil, usage("--sign-with: %v", err)
	case errors.Is(err, fs.ErrExist):
		return nil, usage("--sign-with: %q exists already; leave --new out to use it", spec)
	}
	return key, err
}
