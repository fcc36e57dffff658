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
	c := &cobra.Command{
		Use:   "access",
		Short: "Ask the scope algebra a question",
		Args:  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		},
	}
	c.AddCommand(newAccessDiff(env))
	return c
}

func newAccessDiff(env *Env) *cobra.Command {
	formats := []string{"text", "json"}
	var format string
	var lines bool
	c := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Does AFTER allow anything that BEFORE did not?",
		Long: `Diff compares two sets of scopes exactly, over every resource that could ever
exist, and shows one shortest example of what is new and of what is gone. A set
is JSON, given as text or as a file: {"allow": ["orders/*:read"], "deny": []}.

With --jsonl it reads one {"id", "before", "after"} per line from the standard
input and answers each with one line. An answer that says "complete": false was
too complex to prove and counts as new access.`,
		Example: `  roster access diff '{"allow":["orders/carts:read"]}' '{"allow":["orders/*:read"]}'
  roster access diff before.json after.json
  roster access diff --jsonl < pairs.jsonl`,
		RunE: func(c *cobra.Command, args []string) error {
			if lines {
				if len(args) > 0 {
					return usage("with --jsonl the sets are read from the standard input; remove the arguments")
				}
				return access.DiffLines(c.Context(), env.Stdin, env.Stdout)
			}
			if len(args) != 2 {
				return usage("two sets are compared: roster access diff BEFORE AFTER")
			}
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			return runAccessDiff(env, args[0], args[1], format)
		},
	}
	c.Flags().BoolVar(&lines, "jsonl", false, "read pairs from the standard input, one JSON object a line")
	c.Flags().StringVar(&format, "format", "text", "output format: text, json")
	completeFormat(c, formats)
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
	if err := report.AccessDiff(env.Stdout, format, diff); err != nil {
		return err
	}
	if diff.NewAccess {
		return errObjections
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
