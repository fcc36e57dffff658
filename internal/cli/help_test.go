// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// verbs begin the line about a command. Add a verb here only if none of them fits.
func verbs() []string {
	return []string{
		"Check", "Compare", "Continue", "Create", "Draw", "Find", "Hold", "Keep", "List", "Print", "Read", "Record", "Release",
		"Renew", "Revoke", "Run", "Show", "Verify", "Write",
	}
}

// TestHelp holds every command to one form of help: a line that begins with a
// verb, at most five lines of text, an example, and a group for those of the root.
func TestHelp(t *testing.T) {
	t.Parallel()
	const mostLines, mostColumns = 5, 90
	root := newRoot(&Env{})
	seen := 0
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			walk(below)
		}
		if c.Hidden {
			return
		}
		seen++
		verb, _, _ := strings.Cut(c.Short, " ")
		if !slices.Contains(verbs(), verb) || strings.HasSuffix(c.Short, ".") || strings.HasSuffix(c.Short, "?") {
			t.Errorf("%s: %q is not one line that begins with a verb", c.CommandPath(), c.Short)
		}
		if c.Example == "" || !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s has no example", c.CommandPath())
		}
		lines := strings.Split(c.Long, "\n")
		if len(lines) > mostLines {
			t.Errorf("%s: the text has %d lines, at most %d are allowed", c.CommandPath(), len(lines), mostLines)
		}
		for _, line := range lines {
			if len(line) > mostColumns {
				t.Errorf("%s: a line is longer than %d characters: %s", c.CommandPath(), mostColumns, line)
			}
		}
		if c.Parent() == root && c.GroupID == "" {
			t.Errorf("%s is in no group", c.CommandPath())
		}
	}
	walk(root)
	if seen < 30 {
		t.Errorf("only %d commands were found", seen)
	}
}
