// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
)

func newDoctor(env *Env) *cobra.Command {
	formats := []string{"text", "json"}
	var spec, format, purpose string
	c := &cobra.Command{
		Use:   "doctor [dir]",
		Short: "Why can this run not reach the store, or not write to it?",
		Long: `Doctor shows who this run is, what vouches for it and whether Entra ID believes
that, and then whether the database, the container of every domain in dir and
the rights to them are there. It changes nothing and prints no token. For each
lack it prints the command that mends it.

Run it in the job that fails: elsewhere you are somebody else.`,
		Example: `  roster doctor --store cosmos:https://acme.documents.azure.com/registry
  roster doctor --for plan
  roster doctor examples/shop --format json`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			if purpose != string(doctor.Plan) && purpose != string(doctor.Sync) {
				return usage("--for %q is not known; allowed: plan, sync", purpose)
			}
			return runDoctor(c.Context(), env, folder(args), doctorFlags{spec, format, doctor.Purpose(purpose)})
		},
	}
	addStoreFlag(c, &spec)
	c.Flags().StringVar(&format, "format", "", "output format: text, json (default: text)")
	c.Flags().StringVar(&purpose, "for", string(doctor.Sync), "what the identity is to do: plan, sync")
	completeFormat(c, formats)
	return c
}

type doctorFlags struct {
	store, format string
	purpose       doctor.Purpose
}

func runDoctor(ctx context.Context, env *Env, dir string, flags doctorFlags) error {
	containers, root, err := wantedContainers(ctx, env, dir)
	if err != nil {
		return err
	}
	spec, err := storeSpec(env, flags.store, dir, root)
	if err != nil {
		return err
	}
	diagnosis, err := wire.Diagnose(ctx, spec, flags.purpose, containers, env.world())
	if err != nil {
		return notOpened(spec, err)
	}
	if err := report.Diagnosis(env.Stdout, flags.format, diagnosis, report.TextOptions{Colour: colour(env)}); err != nil {
		return err
	}
	if !diagnosis.Healthy() {
		return errObjections
	}
	return nil
}

// wantedContainers returns the containers that a registry needs: the system's
// own, and one of every domain. In a folder without a registry it is the first
// alone.
func wantedContainers(ctx context.Context, env *Env, dir string) ([]string, *manifest.Root, error) {
	containers := []string{manifest.SystemContainer}
	registry, _, err := wire.Load(ctx, dir, manifest.Limits{}, env.Reading)
	switch {
	case errors.Is(err, manifest.ErrNoRegistry):
		env.say("there is no registry in %s: only the system's own container is looked at", dir)
		return containers, nil, nil
	case err != nil:
		return nil, nil, err
	case registry == nil:
		return containers, nil, nil
	}
	for _, d := range registry.Domains {
		containers = append(containers, d.Container())
	}
	slices.Sort(containers)
	return slices.Compact(containers), registry.Root, nil
}
