// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"github.com/spf13/cobra"

	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newValidate(env *Env) *cobra.Command {
	formats := []string{"text", "json", "sarif", "github", "markdown"}
	var flags registryFlags
	c := &cobra.Command{
		Use:   "validate [dir]",
		Short: "Are the manifests right, and does nobody hold more than handed down?",
		Long: `Validate reads the registry in dir and objects to everything that is wrong with
it: form, tree, scopes beyond what ancestors hand down, scopes that nobody
provides, credentials that two nodes share. Nothing is written and no network is
used. docs/checks.md explains every rule.

With --base it also compares with a git revision and says what the change newly
allows: to whom, with one example, and through which line. The policy of that
revision judges the change, whatever the change does to policy. Nothing is
checked out.

Debts that no node gains access by can be accepted with --allow, and so can what
a change newly allows, by their exact number: the command then fails when there
is one more, or one less.`,
		Example: `  roster validate
  roster validate examples/shop --format sarif > roster.sarif
  roster validate --base origin/main
  roster validate --base origin/main --allow new-access=1
  roster validate --allow dangling-scope=12`,
		Args: atMost(1, "one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, flags.format, formats)
			if err != nil {
				return err
			}
			o, err := open(c.Context(), env, folder(args), flags)
			if err != nil {
				return err
			}
			options := o.textOptions(env)
			options.Notes = flags.notes
			if err := report.Findings(env.Stdout, format, o.result, options); err != nil {
				return err
			}
			rules, overrides := validate.Open(o.result.Findings, flags.allow)
			if format == "github" {
				if err := tellRunner(env, o.result, options, len(rules) == 0); err != nil {
					return err
				}
			}
			if len(rules) == 0 {
				return nil
			}
			sayOverrides(env, overrides)
			return errObjections
		},
	}
	flags.add(c, formats...)
	flags.addBase(c)
	c.Flags().BoolVar(&flags.notes, "notes", false, "show notes too, such as identities that several nodes share")
	return c
}
