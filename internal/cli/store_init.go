// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/internal/wire"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
)

func newStoreInit(env *Env) *cobra.Command {
	formats := report.Provision().Formats()
	var flags provisionFlags
	var format string
	var dry bool
	c := &cobra.Command{
		Use:   "init [dir]",
		Short: "Create what the registry in dir needs in Azure",
		Long: `Init creates missing resources: the database, one container per domain and the system's
own, the roles of plan and sync with their assignments, and federated credentials. It
is idempotent, changes nothing that exists and never deletes. For steps you lack
rights for, it prints the command for an administrator. In an emulator on this machine
it creates the database and the containers.`,
		Example: `  roster store init --store ` + wire.ExampleStore + ` --subscription ID --dry-run
  roster store init --subscription ID --writer OBJECT_ID --federate APPLICATION_ID=repo:acme/registry:environment:prod
  roster store init --store ` + wire.ExampleEmulator,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if !dry {
				if err := refuseProposed(env, "store init"); err != nil {
					return err
				}
			}
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(format, formats); err != nil {
					return err
				}
				return initStore(ctx, s, flags, dry)
			})
		},
	}
	flags.add(c)
	addBranch(c, env)
	c.Flags().BoolVar(&dry, "dry-run", false, "compare without a change; exit code 1 if anything is missing")
	addFormat(c, &format, formats)
	return c
}

// initStore creates what the registry needs in Azure, or only looks.
func initStore(ctx context.Context, s *session, flags provisionFlags, dry bool) error {
	site, err := siteOf(ctx, s, flags)
	if err != nil {
		return err
	}
	if !dry {
		if err := s.demandHead(ctx); err != nil {
			return err
		}
	}
	if site.address.Emulator() {
		return emulate(ctx, s, site, dry)
	}
	if !site.address.Public() {
		return usage("%s is not in Azure's public cloud; deploy the output of roster store bicep there", site.address.Endpoint)
	}
	steps, err := s.run.Provision(ctx, site.wanted, !dry, func(step provision.Step) {
		s.say("%s %s: %s", step.Kind, step.Name, step.State)
	})
	if err != nil {
		if errors.Is(err, provision.ErrInvalid) {
			return usage("%v", err)
		}
		return notOpened(site.spec, err)
	}
	result := report.Provisioned{APIVersion: manifest.APIVersion, Kind: report.ProvisionKind, Store: site.spec, Steps: steps}
	if err := show(s, report.Provision(), result); err != nil {
		return err
	}
	return judgeSteps(steps)
}

// judgeSteps decides the exit code. A failure outweighs a step that is missing.
func judgeSteps(steps []provision.Step) error {
	for _, state := range []provision.State{provision.Failed, provision.Denied} {
		if i := slices.IndexFunc(steps, func(s provision.Step) bool { return s.State == state }); i >= 0 {
			return fmt.Errorf("%s %s: %s", steps[i].Kind, steps[i].Name, state)
		}
	}
	if len(provision.Unfinished(steps)) > 0 {
		return errFindings
	}
	return nil
}

// emulate creates the database and the containers in an emulator.
func emulate(ctx context.Context, s *session, site *site, dry bool) error {
	if dry {
		return usage("--dry-run does not work with an emulator; leave it out")
	}
	if err := s.run.Emulate(ctx, site.address, site.wanted.Containers); err != nil {
		return err
	}
	s.say("database %s at %s has the containers %s", site.address.Database, site.address.Endpoint, strings.Join(site.wanted.Containers, ", "))
	return nil
}
