// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/provision"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/store/cosmos"
)

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
	if !flags.dry {
		if err := refuseProposed(env, "store init"); err != nil {
			return err
		}
	}
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
		if errors.Is(err, provision.ErrInvalid) {
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
	if len(provision.Unfinished(steps)) > 0 {
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
