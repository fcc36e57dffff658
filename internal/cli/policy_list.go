// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newPolicyList(env *Env) *cobra.Command {
	formats := []string{"text", "json"}
	var flags registryFlags
	c := &cobra.Command{
		Use:   "list [dir]",
		Short: "List the policy templates: who names them, how many nodes they bind, and those that are built in",
		Example: `  roster policy list
  roster policy list examples/shop --format json`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			o, err := open(c.Context(), env, folder(args), flags)
			var registry *manifest.Registry
			switch {
			case errors.Is(err, manifest.ErrNoRegistry) && len(args) == 0: // then there are those that are built in
			case err != nil:
				return err
			case o.registry == nil:
				return o.demand(env)
			default:
				registry = o.registry
			}
			return report.PolicyList(env.Stdout, format, validate.ListPolicies(registry), report.TextOptions{Colour: colour(env)})
		},
	}
	flags.add(c, formats...)
	return c
}
