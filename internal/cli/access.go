// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/report"
)

func newAccess(env *Env) *cobra.Command {
	return parent(&cobra.Command{
		Use:     "access",
		Short:   "Compare sets of scopes",
		Long:    `Access asks the scope algebra a question, without a registry.`,
		Example: `  roster access diff before.json after.json`,
	}, newAccessDiff(env))
}

func newAccessDiff(env *Env) *cobra.Command {
	formats := report.AccessDiff().Formats()
	var format string
	var lines bool
	c := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Show what AFTER allows and BEFORE does not",
		Long: `Diff compares two sets of scopes exactly, over every resource that can ever
exist, and shows the shortest example of new and of removed access. A set is JSON
or a file with it: {"allow": ["orders/*:read"], "deny": []}. With --jsonl it answers
one {"id", "before", "after"} per line; "complete": false means that the question
was too complex to prove, and counts as new access.`,
		Example: `  roster access diff '{"allow":["orders/carts:read"]}' '{"allow":["orders/*:read"]}'
  roster access diff before.json after.json
  roster access diff --jsonl < pairs.jsonl`,
		RunE: func(c *cobra.Command, args []string) error {
			if lines {
				if len(args) > 0 {
					return usage("--jsonl reads the sets from the standard input; remove the arguments")
				}
				return access.DiffLines(c.Context(), env.Stdin, env.Stdout)
			}
			if len(args) != 2 {
				return usage("%s needs two sets. Usage: roster access diff BEFORE AFTER", c.CommandPath())
			}
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			return runAccessDiff(env, args[0], args[1], format)
		},
	}
	c.Flags().BoolVar(&lines, "jsonl", false, "read pairs from the standard input, one JSON object per line")
	addFormat(c, &format, formats)
	return c
}

func runAccessDiff(env *Env, before, after, format string) error {
	old, err := readSet(before)
	if err != nil {
		return usage("BEFORE: %v", err)
	}
	now, err := readSet(after)
	if err != nil {
		return usage("AFTER: %v", err)
	}
	diff := access.Difference(old, now)
	if err := report.AccessDiff().Write(env.Stdout, format, diff, env.look()); err != nil {
		return err
	}
	if diff.NewAccess {
		return errFindings
	}
	return nil
}

// readSet reads a set that is given as JSON or as the name of a file with it.
func readSet(argument string) (access.Set, error) {
	text := []byte(argument)
	if len(argument) == 0 || argument[0] != '{' {
		content, err := os.ReadFile(filepath.Clean(argument))
		if err != nil {
			return access.Set{}, fmt.Errorf("read set: %w", err)
		}
		text = content
	}
	return access.ParseSet(text)
}
