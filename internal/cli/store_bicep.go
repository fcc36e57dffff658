// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/internal/wire"
)

func newStoreBicep(env *Env) *cobra.Command {
	var flags provisionFlags
	c := &cobra.Command{
		Use:   "bicep [dir]",
		Short: "Print what the registry in dir needs in Azure, as Bicep",
		Long: `Bicep prints what roster store init would create, for a review before it exists. It
needs no network and no identity. Federated credentials are not part of Azure Resource
Manager, so they follow as commands.`,
		Example: `  roster store bicep --store ` + wire.ExampleStore + ` --subscription ID --writer OBJECT_ID > roster.bicep
  az deployment group create --resource-group registry --template-file roster.bicep`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				site, err := siteOf(ctx, s, flags)
				if err != nil {
					return err
				}
				if err := provision.Bicep(s.Stdout, site.wanted); err != nil {
					return usage("%v", err)
				}
				return nil
			})
		},
	}
	flags.add(c)
	return c
}
