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
	formats := report.Diagnosis().Formats()
	var spec, format, purpose string
	c := &cobra.Command{
		Use:   "doctor [dir]",
		Short: "Find out why this run cannot reach or write the store",
		Long: `Doctor checks in order: the identity of the run and its assertion, whether Azure
accepts them, the database, the container of every domain in dir, and the rights.
It changes nothing and prints no token. For each problem it prints the command that
fixes it. Run it in the job that fails: elsewhere you have another identity.`,
		Example: `  roster doctor --store ` + wire.ExampleStore + `
  roster doctor --for plan
  roster doctor examples/shop --format json`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if purpose != string(doctor.Plan) && purpose != string(doctor.Sync) {
				return usage("--for %q is unknown; allowed: plan, sync", purpose)
			}
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(format, formats); err != nil {
					return err
				}
				return diagnose(ctx, s, spec, doctor.Purpose(purpose))
			})
		},
	}
	addStoreFlag(c, &spec)
	c.Flags().StringVar(&purpose, "for", string(doctor.Sync), "purpose of the identity: plan, sync")
	addFormat(c, &format, formats)
	return c
}

// diagnose examines whether this run can use the store.
func diagnose(ctx context.Context, s *session, flag string, purpose doctor.Purpose) error {
	containers, root, err := wantedContainers(ctx, s)
	if err != nil {
		return err
	}
	spec, err := storeSpec(s.Env, flag, s.dir, root)
	if err != nil {
		return err
	}
	diagnosis, err := s.run.Diagnose(ctx, spec, purpose, containers)
	if err != nil {
		return notOpened(spec, err)
	}
	if err := show(s, report.Diagnosis(), diagnosis); err != nil {
		return err
	}
	if !diagnosis.Healthy() {
		return errFindings
	}
	return nil
}

// wantedContainers returns the containers that a registry needs, and its root: the
// system's own container, and one for every domain. Without a registry it is the
// system's own, and the root is nil.
func wantedContainers(ctx context.Context, s *session) ([]string, *manifest.Root, error) {
	containers := []string{manifest.SystemContainer}
	registry, _, err := wire.Load(ctx, s.dir, manifest.Limits{}, s.Reading)
	switch {
	case errors.Is(err, manifest.ErrNoRegistry):
		s.say("no registry in %q; only the system's own container is checked", s.dir)
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
