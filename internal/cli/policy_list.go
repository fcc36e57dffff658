// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newPolicyList(env *Env) *cobra.Command {
	formats := report.PolicyList().Formats()
	var flags registryFlags
	c := &cobra.Command{
		Use:   "list [dir]",
		Short: "List policy templates: who names them and how many nodes they bind",
		Long:  `List shows the templates of the registry in dir and the built-in ones.`,
		Example: `  roster policy list
  roster policy list examples/shop --format json`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			return env.session(c.Context(), folder(args), func(ctx context.Context, s *session) error {
				if err := s.choose(flags.format, formats); err != nil {
					return err
				}
				err := s.loadTree(ctx, flags)
				if err != nil && (len(args) > 0 || !errors.Is(err, manifest.ErrNoRegistry)) { // without a registry there are those that are built in
					return err
				}
				return show(s, report.PolicyList(), validate.ListPolicies(s.registry))
			})
		},
	}
	flags.add(c, formats)
	return c
}
