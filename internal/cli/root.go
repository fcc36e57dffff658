// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const rootLong = `Roster keeps the register of your company's apps, environments and AI agents as
manifests in git: who owns each, which version runs, which access it needs.

Every command takes the folder of the registry as an argument; the default is the
current one. Exit codes: 0 success, 1 findings, 2 wrong usage, 3 failure.`

// The groups of commands in the help of the root.
const (
	groupChange  = "change"
	groupInspect = "inspect"
	groupSetUp   = "setup"
)

// groups returns the groups with their commands, in the order of the help.
func groups(env *Env) []commandGroup {
	return []commandGroup{
		{groupChange, "Check and change:", []*cobra.Command{newValidate(env), newPlan(env), newSync(env), newRotate(env)}},
		{groupInspect, "Inspect:", []*cobra.Command{newAudit(env), newExplain(env), newGraph(env), newAccess(env), newPolicy(env), newToken(env)}},
		{groupSetUp, "Set up:", []*cobra.Command{newInit(env), newImport(env), newStore(env), newDoctor(env), newSnapshot(env), newVersion(env)}},
	}
}

// commandGroup is a group of commands in the help of the root.
type commandGroup struct {
	id, title string
	commands  []*cobra.Command
}

func newRoot(env *Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "roster",
		Short: "Keep the register of your apps and of what they may do",
		Example: `  roster init registry
  roster validate registry
  roster sync registry`,
		Long:          rootLong,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          helpOrUnknown,
	}
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.SetIn(env.Stdin)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%v. See %s --help", err, c.CommandPath())
	})
	for _, g := range groups(env) {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
		}
		root.AddCommand(g.commands...)
	}
	root.SetHelpCommandGroupID(groupSetUp)
	root.SetCompletionCommandGroupID(groupSetUp)
	root.AddCommand(newAction(env))
	return root
}

// parent makes c a command that only has subcommands.
func parent(c *cobra.Command, subcommands ...*cobra.Command) *cobra.Command {
	c.Args, c.RunE = cobra.ArbitraryArgs, helpOrUnknown
	c.AddCommand(subcommands...)
	return c
}

// helpOrUnknown shows the help of a command that has subcommands. An argument is a
// subcommand that does not exist.
func helpOrUnknown(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return unknownCommand(c, args[0])
	}
	return c.Help()
}

func unknownCommand(c *cobra.Command, name string) error {
	const typo = 2 // edits between the typed word and the intended one
	c.SuggestionsMinimumDistance = typo
	near := c.SuggestionsFor(name)
	if len(near) == 0 {
		return usage("unknown command %q. See %s --help", name, c.CommandPath())
	}
	for i, suggestion := range near {
		near[i] = strconv.Quote(suggestion)
	}
	return usage("unknown command %q. Did you mean %s?", name, strings.Join(near, " or "))
}

// atMost is cobra's MaximumNArgs with an error that helps.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return usage("%s takes %s, but got %d arguments. Usage: %s", c.CommandPath(), what, len(args), c.UseLine())
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
