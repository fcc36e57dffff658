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
		Short: "Print the public key by which roster proves itself to a provider",
		Long: `Key prints the public half of a provider's key, as a JSON Web Key: register it with
roster's service app in Okta, under Public keys. Its private half lies in Key Vault
and never leaves it. The key has to be on the curve P-256.`,
		Example: `  roster rotate key workforce`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usage("%s takes the name of a provider: %s", c.CommandPath(), c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return rotateKey(c.Context(), env, args[0], folder(args[1:]), flags)
		},
	}
	c.Flags().IntVar(&flags.maxBytes, "max-bytes", 0, "largest sum of all manifests, in bytes")
	return c
}

func rotateKey(ctx context.Context, env *Env, name, dir string, flags registryFlags) error {
	if err := refuseProposed(env, "rotate key"); err != nil {
		return err
	}
	o, err := open(ctx, env, dir, flags)
	if err != nil {
		return err
	}
	if err := o.demand(env); err != nil {
		return err
	}
	provider, err := providerNamed(o.registry.Providers, name)
	if err != nil {
		return err
	}
	text, err := wire.ProviderKey(ctx, provider, env.world())
	if errors.Is(err, wire.ErrNoProviderKey) {
		return usage("%v", err)
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(env.Stdout, "%s\n", text); err != nil {
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
		return nil, usage("the registry declares no provider: write a manifest of kind: Provider")
	}
	return nil, usage("the registry declares no provider %q; it declares: %s", name, strings.Join(names, ", "))
}
