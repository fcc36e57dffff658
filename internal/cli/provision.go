// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/provision"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/store/cosmos"
)

func newStore(env *Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "store",
		Short: "What must be there before a registry can be kept in Azure",
		Long: `Store makes, or prints, what a registry needs in Azure Cosmos DB: the database,
a container per domain, the roles of plan and sync, and the federated
credentials by which pipelines sign in. Pipelines themselves may not make these.
A local store needs none of it.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		},
	}
	c.AddCommand(newStoreInit(env), newStoreBicep(env))
	return c
}

// provisionFlags are the flags of store's commands.
type provisionFlags struct {
	store, subscription, group, issuer string
	serverless                         bool
	throughput, autoscale              int
	readers, writers, federations      []string
}

func (f *provisionFlags) add(c *cobra.Command) {
	addStoreFlag(c, &f.store)
	flags := c.Flags()
	flags.StringVar(&f.subscription, "subscription", "", "id of the account's subscription (default: AZURE_SUBSCRIPTION_ID)")
	flags.StringVar(&f.group, "resource-group", "", "the account's resource group (default: looked up)")
	flags.StringArrayVar(&f.writers, "writer", nil, "object id of an enterprise application that syncs; may be repeated")
	flags.StringArrayVar(&f.readers, "reader", nil, "object id of one that plans; may be repeated")
	flags.StringArrayVar(&f.federations, "federate", nil, "who may sign in as an application, as APPLICATION_ID=SUBJECT; may be repeated")
	flags.StringVar(&f.issuer, "issuer", provision.GitHubIssuer, "who vouches for the subjects of --federate")
	flags.BoolVar(&f.serverless, "serverless", false, "the account is serverless (default: as the account is)")
	flags.IntVar(&f.throughput, "throughput", 0, "request units per second that all containers share")
	flags.IntVar(&f.autoscale, "autoscale", 0, "the most request units per second that all containers share")
}

// wanted is what the flags and the registry in dir ask for.
func (f *provisionFlags) wanted(ctx context.Context, env *Env, dir string) (string, cosmos.Address, provision.Desired, error) {
	var wanted provision.Desired
	spec, err := storeSpec(env, f.store, dir, nil)
	if err != nil {
		return spec, cosmos.Address{}, wanted, err
	}
	address, err := wire.ProvisionAddress(spec)
	if err != nil {
		return spec, address, wanted, usage("%v", err)
	}
	containers, root, err := wantedContainers(ctx, env, dir)
	switch {
	case err != nil:
		return spec, address, wanted, err
	case root == nil:
		return spec, address, wanted, fmt.Errorf("%w: %s; the domains say which containers are needed", manifest.ErrNoRegistry, dir)
	}
	wanted = provision.Desired{
		Subscription: f.subscription, ResourceGroup: f.group, Account: address.Account, Database: address.Database,
		Containers: containers, Readers: f.readers, Writers: f.writers,
		Throughput: provision.Throughput{Serverless: f.serverless, Shared: f.throughput, Autoscale: f.autoscale},
	}
	if wanted.Subscription == "" {
		wanted.Subscription = env.Getenv("AZURE_SUBSCRIPTION_ID")
	}
	for i, text := range f.federations {
		application, subject, found := strings.Cut(text, "=")
		if !found {
			return spec, address, wanted, usage("--federate %q is not of the form APPLICATION_ID=SUBJECT, such as 0c1d…=repo:acme/registry:environment:prod", text)
		}
		wanted.Federations = append(wanted.Federations, provision.Federation{
			Application: application, Name: fmt.Sprintf("roster-%d", i+1), Issuer: f.issuer, Subject: subject,
		})
	}
	return spec, address, wanted, nil
}
