// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store/cosmos"
	"github.com/appofapps/roster/store/provision"
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
func (f *provisionFlags) wanted(ctx context.Context, env *Env, dir string) (string, cosmos.Address, provision.Wanted, error) {
	var wanted provision.Wanted
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
	wanted = provision.Wanted{
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

func newStoreInit(env *Env) *cobra.Command {
	formats := []string{"text", "json"}
	var flags provisionFlags
	var format string
	var dry bool
	c := &cobra.Command{
		Use:   "init [dir]",
		Short: "Make what the registry in dir needs in Azure",
		Long: `Init looks at what the registry in dir needs in Azure and makes what is missing:
the database, one container per domain and the system's own, the roles of plan
and sync with their assignments, and federated credentials. What is there is
left as it is, nothing is ever deleted, and a second run changes nothing. What
you may not make is printed as a command for somebody who may.

In an emulator on this machine it makes the database and the containers.`,
		Example: `  roster store init --store cosmos:https://acme.documents.azure.com/registry --subscription ID --dry-run
  roster store init --subscription ID --writer OBJECT_ID --federate APPLICATION_ID=repo:acme/registry:environment:prod
  roster store init --store cosmos:http://localhost:8081/registry`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			return runStoreInit(c.Context(), env, folder(args), initFlags{flags, format, dry})
		},
	}
	flags.add(c)
	c.Flags().StringVar(&format, "format", "", "output format: text, json (default: text)")
	c.Flags().BoolVar(&dry, "dry-run", false, "only look; exit code 1 if anything is missing")
	completeFormat(c, formats)
	return c
}

type initFlags struct {
	provisionFlags
	format string
	dry    bool
}

func runStoreInit(ctx context.Context, env *Env, dir string, flags initFlags) error {
	spec, address, wanted, err := flags.wanted(ctx, env, dir)
	if err != nil {
		return err
	}
	if address.Emulator() {
		return emulate(ctx, env, address, wanted.Containers, flags.dry)
	}
	if !address.Public() {
		return usage("%s is not in Azure's public cloud: give what roster store bicep prints to whoever may deploy there", address.Endpoint)
	}
	steps, err := wire.Provision(ctx, env.world(), wanted, !flags.dry, func(s provision.Step) {
		env.say("%s %s: %s", s.Kind, s.Name, s.State)
	})
	if err != nil {
		if errors.Is(err, provision.ErrWanted) {
			return usage("%v", err)
		}
		return notOpened(spec, err)
	}
	result := report.Provisioned{APIVersion: manifest.APIVersion, Kind: report.ProvisionKind, Store: spec, Steps: steps}
	if err := report.Provision(env.Stdout, flags.format, result, report.TextOptions{Colour: colour(env)}); err != nil {
		return err
	}
	return judgeSteps(steps)
}

// judgeSteps says how it ended: a failure outweighs what is not as wanted.
func judgeSteps(steps []provision.Step) error {
	for _, state := range []provision.State{provision.Failed, provision.Denied} {
		if i := slices.IndexFunc(steps, func(s provision.Step) bool { return s.State == state }); i >= 0 {
			return fmt.Errorf("%s %s: %s", steps[i].Kind, steps[i].Name, state)
		}
	}
	if len(provision.Open(steps)) > 0 {
		return errObjections
	}
	return nil
}

func emulate(ctx context.Context, env *Env, address cosmos.Address, containers []string, dry bool) error {
	if dry {
		return usage("an emulator has nothing to look at beforehand: leave --dry-run out")
	}
	if err := wire.Emulate(ctx, address, containers); err != nil {
		return err
	}
	env.say("database %s at %s has the containers %s", address.Database, address.Endpoint, strings.Join(containers, ", "))
	return nil
}

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
