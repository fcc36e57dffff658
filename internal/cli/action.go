// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"cmp"
	"os"

	"github.com/appofapps/roster/actions"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/internal/ci"
)

// newAction is the entry of the GitHub actions: it converts the variables of their
// inputs to a command line, and runs it. The help does not show it.
func newAction(env *Env) *cobra.Command {
	return &cobra.Command{
		Use:    "action NAME",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			name, line := args[0], []string(nil)
			given := func(i actions.Input) string { return env.Getenv(i.Variable()) }
			if name == "auto" {
				name = ""
			}
			a, known := actions.Find(name)
			switch {
			case !known:
				return usage("unknown action %q", args[0])
			case name == "setup":
				return ci.NewSink(env.Getenv, env.Stdout, env.Random).Output("binary", env.Getenv("ROSTER_PROGRAM"))
			case name == "":
				chosen, extra, err := forEvent(env)
				if err != nil {
					return err
				}
				if a, known = actions.Find(chosen); !known {
					return usage("unknown action %q", chosen)
				}
				line = extra
				if extra == nil {
					given = without(given, "accept") // it is for changes only
				}
				if chosen == "sync" && env.Getenv(inputVariable("sign-with")) == "" {
					given = without(given, "snapshot") // there it is for the pull requests only
				}
			}
			root := newRoot(env)
			root.SetArgs(append(a.Args(given), line...))
			return root.ExecuteContext(c.Context())
		},
	}
}

// forEvent returns the action for an event, and more arguments for its command line.
func forEvent(env *Env) (action string, extra []string, err error) {
	pr, err := ci.PullRequestOf(env.Getenv)
	if err != nil {
		return "", nil, err
	}
	if pr != nil {
		extra := []string{"--base=" + autoBase}
		if path := env.Getenv(inputVariable("snapshot")); path != "" && isFile(path) {
			return "plan", extra, nil
		}
		return "validate", extra, nil
	}
	pushed, err := ci.PushedToDefaultBranch(env.Getenv)
	if pushed {
		return "sync", nil, err
	}
	if err == nil && ci.Scheduled(env.Getenv) && cmp.Or(env.Getenv(inputVariable("store")), env.Getenv(storeVariable)) != "" {
		return "rotate", nil, nil
	}
	return "validate", nil, err
}

// without returns given without one input.
func without(given func(actions.Input) string, name string) func(actions.Input) string {
	return func(i actions.Input) string {
		if i.Name == name {
			return ""
		}
		return given(i)
	}
}

// inputVariable is the variable of an input of the actions.
func inputVariable(name string) string { return actions.Input{Name: name}.Variable() }

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
