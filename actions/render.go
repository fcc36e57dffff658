// SPDX-License-Identifier: Apache-2.0

package actions

import (
	"fmt"
	"path"
	"strings"
)

// File returns the path of an action's file in the repository.
func (a Action) File() string {
	if a.Name == "" {
		return "action.yml"
	}
	return path.Join("actions", a.Name, "action.yml")
}

// YAML returns the content of the action's file: a composite of one step that calls
// the script of the same revision. No expression is part of a shell command, and the
// step uses no other action (see docs/actions.md).
func (a Action) YAML() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("# SPDX-License-Identifier: Apache-2.0")
	line("# Generated from package actions by make golden.")
	line("name: %q", a.Title)
	line("description: %q", a.Description)
	if a.Name == "" {
		line("branding: {icon: shield, color: blue}")
	}
	line("inputs:")
	for _, input := range a.Inputs {
		line("  %s:", input.Name)
		line("    description: %q", input.Description)
		line("    default: %q", input.Default)
	}
	if len(a.Outputs) > 0 {
		line("outputs:")
		for _, output := range a.Outputs {
			line("  %s:", output.Name)
			line("    description: %q", output.Description)
			line("    value: ${{ steps.roster.outputs.%s }}", output.Name)
		}
	}
	line("runs:")
	line("  using: composite")
	line("  steps:")
	line("    - id: roster")
	line("      shell: bash")
	line("      env:")
	for _, input := range a.Inputs {
		line("        %s: ${{ inputs.%s }}", input.Variable(), input.Name)
	}
	line("      run: exec bash \"$GITHUB_ACTION_PATH/%s\" %s", path.Join(a.up(), "scripts/roster.sh"), a.word())
	return b.String()
}

// up returns the relative path from the action's folder to the repository's root.
func (a Action) up() string {
	if a.Name == "" {
		return "."
	}
	return "../.."
}

// word returns the argument of the script.
func (a Action) word() string {
	if a.Name == "" {
		return "auto"
	}
	return a.Name
}

// Page returns the section of docs/actions.md about the action.
func (a Action) Page() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	uses := path.Join("appofapps/roster", path.Dir(a.File()))
	line("## `%s`", uses)
	line("")
	line("%s", a.Description)
	line("")
	if len(a.Permissions) > 0 {
		line("Permissions: `%s`.", strings.Join(a.Permissions, "`, `"))
		line("")
	}
	line("| input | default | |")
	line("|---|---|---|")
	for _, input := range a.Inputs {
		preset := ""
		if input.Default != "" {
			preset = "`" + input.Default + "`"
		}
		line("| `%s` | %s | %s |", input.Name, preset, input.Description)
	}
	if len(a.Outputs) > 0 {
		line("")
		line("| output | |")
		line("|---|---|")
		for _, output := range a.Outputs {
			line("| `%s` | %s |", output.Name, output.Description)
		}
	}
	return b.String()
}
