// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/report"
)

func newGraph(env *Env) *cobra.Command {
	formats := report.Graph(report.GraphOptions{}).Formats()
	var flags registryFlags
	var access bool
	c := &cobra.Command{
		Use:   "graph [dir]",
		Short: "Draw the tree of the registry as Mermaid or DOT",
		Example: `  roster graph > tree.mmd
  roster graph --access --format dot | dot -Tsvg > tree.svg`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				if err := s.loadValid(ctx, flags); err != nil {
					return err
				}
				return show(s, report.Graph(report.GraphOptions{Access: access}), s.registry)
			})
		},
	}
	flags.add(c, formats)
	c.Flags().BoolVar(&access, "access", false, "draw which app needs scopes of which")
	return c
}
