// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const rootLong = `Roster keeps the register of your company's apps, environments and AI agents as
manifests in git: who owns each, which version runs, which access it needs.

  validate   are the manifests right, and does nobody hold more than handed down?
  plan       what would change in the store
  sync       make it so, each change with its audit event in one write
  audit      who changed what, and is the trail whole?

Every command takes the registry's folder as argument, the current one if none
is given. Exit codes: 0 nothing to object to, 1 objections, 2 wrong usage,
3 failure.`

func newRoot(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:           "roster",
		Short:         "The register of your apps and of what they may do",
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		},
	}
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetIn(env.Stdin)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%v; see %s --help", err, c.CommandPath())
	})
	root.AddCommand(
		newInit(env), newValidate(env), newPlan(env), newSync(env), newAudit(env),
		newAccess(env), newPolicy(env), newExplain(env), newGraph(env), newStore(env), newDoctor(env), newVersion(env),
		newRotate(env), newToken(env), newSnapshot(env), newImport(env), newAction(env),
	)
	return root
}

func unknownCommand(c *cobra.Command, name string) error {
	const typo = 2 // edits between what was typed and what was meant
	c.SuggestionsMinimumDistance = typo
	text := fmt.Sprintf("there is no command %q", name)
	if near := c.SuggestionsFor(name); len(near) > 0 {
		text += "; did you mean " + strings.Join(near, " or ") + "?"
	}
	return usage("%s; see %s --help", text, c.CommandPath())
}

// atMost is cobra's MaximumNArgs with an error that helps.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return usage("%s takes %s, not %d arguments: %s", c.CommandPath(), what, len(args), c.UseLine())
		}
		return nil
	}
}

// folder returns the registry's folder among the arguments.
func folder(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}
