// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/report"
)

func newRotateStatus(env *Env) *cobra.Command {
	formats := report.Standing().Formats()
	var flags planFlags
	var ask bool
	c := &cobra.Command{
		Use:   "status [dir]",
		Short: "Show the status of every credential",
		Long: `Status shows how old each credential is, when it expires, whether it is due, what its
rotation waits for, and which run holds its lease. It changes nothing and contacts no
provider. With --ask it also asks the providers for their keys, and shows keys that
roster created and no longer needs, and recorded credentials that no manifest renews.`,
		Example: `  roster rotate status
  roster rotate status --ask
  roster rotate status --format json`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if ask {
				if err := refuseProposed(env, "rotate status --ask"); err != nil {
					return err
				}
			}
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				return rotateStatus(ctx, s, flags, ask)
			})
		},
	}
	flags.add(c, formats)
	c.Flags().BoolVar(&ask, "ask", false, "also ask the providers for their keys, and show credentials that no manifest renews")
	return c
}

// rotateStatus shows the status of every credential.
func rotateStatus(ctx context.Context, s *session, flags planFlags, ask bool) error {
	r, err := s.openRotations(ctx, flags, toRead)
	if err != nil {
		return err
	}
	status, err := r.status(ctx)
	if err != nil {
		return err
	}
	if ask {
		status.Inspect(ctx, r.targets, r.config)
		if err := status.AddUndeclared(ctx, r.containers, r.targets, r.store); err != nil {
			return err
		}
	}
	if err := show(s, report.Standing(), status); err != nil || !s.forCI() {
		return err
	}
	return s.summarise(func(w io.Writer) error { return report.MarkdownStanding(w, status, mostSummary) })
}
