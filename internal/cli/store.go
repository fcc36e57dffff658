// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/provision"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
)

func newStore(env *Env) *cobra.Command {
	return parent(&cobra.Command{
		Use:   "store",
		Short: "Create what a registry needs in Azure",
		Long: `Store creates, or prints, what a registry needs in Azure: the database, a
container per domain, the roles of plan and sync, and federated credentials for
pipelines. Pipelines themselves lack the rights for this. A local store needs none
of it.`,
		Example: `  roster store init --store ` + wire.ExampleStore + ` --subscription ID --dry-run`,
	}, newStoreInit(env), newStoreBicep(env))
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
	flags.StringVar(&f.subscription, "subscription", "", "id of the subscription of the account (default: AZURE_SUBSCRIPTION_ID)")
	flags.StringVar(&f.group, "resource-group", "", "resource group of the account (default: looked up)")
	flags.StringArrayVar(&f.writers, "writer", nil, "object id of the enterprise application of pipelines that sync; may be repeated")
	flags.StringArrayVar(&f.readers, "reader", nil, "object id of the enterprise application of pipelines that plan; may be repeated")
	flags.StringArrayVar(&f.federations, "federate", nil, "subject that may sign in as an application, as APPLICATION_ID=SUBJECT; may be repeated")
	flags.StringVar(&f.issuer, "issuer", provision.GitHubIssuer, "issuer of the subjects of --federate")
	flags.BoolVar(&f.serverless, "serverless", false, "serverless account (default: as the account is)")
	flags.IntVar(&f.throughput, "throughput", 0, "request units per second that all containers share")
	flags.IntVar(&f.autoscale, "autoscale", 0, "highest request units per second that all containers share")
}

// site is what a registry needs in Azure, and for which store.
type site struct {
	spec    string
	address wire.Address
	wanted  provision.Desired
}

// siteOf returns what the flags and the registry ask for.
func siteOf(ctx context.Context, s *session, f provisionFlags) (*site, error) {
	spec, err := storeSpec(s.Env, f.store, s.dir, nil)
	if err != nil {
		return nil, err
	}
	address, err := wire.Database(spec)
	if err != nil {
		return nil, usage("%v", err)
	}
	containers, root, err := wantedContainers(ctx, s)
	switch {
	case err != nil:
		return nil, err
	case root == nil:
		return nil, fmt.Errorf("%w: %s; it determines the containers to create", manifest.ErrNoRegistry, s.dir)
	}
	federations, err := f.federated()
	if err != nil {
		return nil, err
	}
	return &site{spec, address, provision.Desired{
		Subscription: cmp.Or(f.subscription, s.Getenv("AZURE_SUBSCRIPTION_ID")), ResourceGroup: f.group,
		Account: address.Account, Database: address.Database,
		Containers: containers, Readers: f.readers, Writers: f.writers, Federations: federations,
		Throughput: provision.Throughput{Serverless: f.serverless, Shared: f.throughput, Autoscale: f.autoscale},
	}}, nil
}

// federated reads the federated credentials that --federate asks for.
func (f *provisionFlags) federated() ([]provision.Federation, error) {
	var list []provision.Federation
	for i, text := range f.federations {
		application, subject, found := strings.Cut(text, "=")
		if !found {
			return nil, usage("--federate %q is not of the form APPLICATION_ID=SUBJECT, such as 0c1d…=repo:acme/registry:environment:prod", text)
		}
		list = append(list, provision.Federation{
			Application: application, Name: fmt.Sprintf("roster-%d", i+1), Issuer: f.issuer, Subject: subject,
		})
	}
	return list, nil
}
