// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
)

func newRotateKey(env *Env) *cobra.Command {
	var flags registryFlags
	c := &cobra.Command{
		Use:   "key PROVIDER [dir]",
		Short: "Print the public key that identifies roster to a provider",
		Long: `Key prints the public half of a provider's key as a JSON Web Key. Register it at
the provider, among the public keys of roster's own app. The private half never leaves
Key Vault. The key must use the curve P-256.`,
		Example: `  roster rotate key workforce`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usage("%s needs the name of a provider. Usage: %s", c.CommandPath(), c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := refuseProposed(env, "rotate key"); err != nil {
				return err
			}
			return env.session(c.Context(), folder(args[1:]), func(ctx context.Context, s *session) error {
				if err := s.loadValid(ctx, flags); err != nil {
					return err
				}
				return providerKey(ctx, s, args[0])
			})
		},
	}
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", 0, "largest total size of the manifests, in bytes")
	return c
}

// providerKey prints the public key of the provider with a name.
func providerKey(ctx context.Context, s *session, name string) error {
	provider, err := providerNamed(s.registry.Providers, name)
	if err != nil {
		return err
	}
	text, err := s.run.ProviderKey(ctx, provider)
	if errors.Is(err, wire.ErrNoProviderKey) {
		return usage("%v", err)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.Stdout, "%s\n", text); err != nil {
		return fmt.Errorf("write the key: %w", err)
	}
	return nil
}

func providerNamed(list []*manifest.Provider, name string) (*manifest.Provider, error) {
	var names []string
	for _, p := range list {
		if p.Meta.Name.Value == name {
			return p, nil
		}
		names = append(names, p.Meta.Name.Value)
	}
	if len(names) == 0 {
		return nil, usage("the registry declares no provider; add a manifest of kind: Provider")
	}
	return nil, usage("unknown provider %q; the registry declares: %s", name, strings.Join(names, ", "))
}
