// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"

	"github.com/appofapps/roster/report"
)

func newGraph(env *Env) *cobra.Command {
	formats := []string{"mermaid", "dot"}
	var flags registryFlags
	var access bool
	c := &cobra.Command{
		Use:   "graph [dir]",
		Short: "Draw the tree of the registry, as Mermaid or DOT",
		Example: `  roster graph > tree.mmd
  roster graph --access --format dot | dot -Tsvg > tree.svg`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			if flags.format == "" {
				flags.format = formats[0]
			}
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			o, err := open(c.Context(), env, folder(args), flags)
			if err != nil {
				return err
			}
			if err := o.demand(env); err != nil {
				return err
			}
			return report.Graph(env.Stdout, format, o.registry, report.GraphOptions{Access: access})
		},
	}
	flags.add(c, formats...)
	c.Flags().BoolVar(&access, "access", false, "draw which app needs scopes of which")
	return c
}
