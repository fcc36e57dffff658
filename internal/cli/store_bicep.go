// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/provision"
)

func newStoreBicep(env *Env) *cobra.Command {
	var flags provisionFlags
	c := &cobra.Command{
		Use:   "bicep [dir]",
		Short: "Print what the registry in dir needs in Azure as Bicep",
		Long: `Bicep prints what roster store init would make, for those who review
infrastructure before it is made. It needs no network and no identity. Federated
credentials are not of Azure Resource Manager: they follow as commands.`,
		Example: `  roster store bicep --store cosmos:https://acme.documents.azure.com/registry --subscription ID --writer OBJECT_ID > roster.bicep
  az deployment group create --resource-group registry --template-file roster.bicep`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			_, _, wanted, err := flags.wanted(c.Context(), env, folder(args))
			if err != nil {
				return err
			}
			if err := provision.Bicep(env.Stdout, wanted); err != nil {
				return usage("%v", err)
			}
			return nil
		},
	}
	flags.add(c)
	return c
}
