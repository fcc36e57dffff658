// SPDX-License-Identifier: Apache-2.0

package readers

import (
	"strings"
	"unicode"
)

// A Command is a command that a CI system reads from an output.
type Command struct {
	Name       string
	Properties map[string]string
	Data       string
}

// Names returns the names of commands.
func Names(list []Command) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.Name)
	}
	return all
}

// Commands parses the commands in an output like the runner of GitHub Actions and
// the agent of Azure Pipelines. In doubt it is stricter than both: any name is a
// command, and it ignores characters that .NET may ignore in comparisons.
//
//   - a line ends at a line feed, a carriage return or both;
//   - after white space "::name key=value,key=value::data" is a command;
//   - else "##[name key=value;key=value]data" is one anywhere in the line, and
//     so is "##vso[".
func Commands(out string) []Command {
	var all []Command
	for _, line := range strings.FieldsFunc(out, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = strings.Map(func(r rune) rune {
			if r > unicode.MaxASCII && unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
				return -1
			}
			return r
		}, line)
		if c, ok := newCommand(line); ok {
			all = append(all, c)
		} else if c, ok := oldCommand(line); ok {
			all = append(all, c)
		}
	}
	return all
}

func newCommand(line string) (Command, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return Command{}, false
	}
	info, data, ok := strings.Cut(rest, "::")
	if !ok {
		return Command{}, false
	}
	name, list, _ := strings.Cut(info, " ")
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	c := Command{Name: name, Properties: map[string]string{}, Data: strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)}
	for property := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		if key, value, ok := strings.Cut(property, "="); ok {
			c.Properties[key] = unescape.Replace(value)
		}
	}
	return c, true
}

func oldCommand(line string) (Command, bool) {
	for _, prefix := range []string{"##[", "##vso["} {
		if _, rest, ok := strings.Cut(line, prefix); ok {
			name, data, closed := strings.Cut(rest, "]")
			if closed {
				return Command{Name: prefix + name, Data: data}, true
			}
		}
	}
	return Command{}, false
}
