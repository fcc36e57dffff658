// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// A command is one that a CI system takes from an output.
type command struct {
	name       string
	properties map[string]string
	data       string
}

func names(list []command) []string {
	var all []string
	for _, c := range list {
		all = append(all, c.name)
	}
	return all
}

// runnerCommands reads an output as the runner of GitHub Actions and the agent
// of Azure Pipelines do, and is in doubt stricter than both: any name is a
// command, and characters that .NET may ignore when it compares are ignored.
//
//   - a line ends at a line feed, a carriage return or both;
//   - after white space "::name key=value,key=value::data" is a command;
//   - else "##[name key=value;key=value]data" is one anywhere in the line, and
//     so is "##vso[".
func runnerCommands(out string) []command {
	var all []command
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

func newCommand(line string) (command, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	if !ok {
		return command{}, false
	}
	info, data, ok := strings.Cut(rest, "::")
	if !ok {
		return command{}, false
	}
	name, list, _ := strings.Cut(info, " ")
	unescape := strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
	c := command{name: name, properties: map[string]string{}, data: strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%").Replace(data)}
	for property := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		if key, value, ok := strings.Cut(property, "="); ok {
			c.properties[key] = unescape.Replace(value)
		}
	}
	return c, true
}

func oldCommand(line string) (command, bool) {
	for _, prefix := range []string{"##[", "##vso["} {
		if _, rest, ok := strings.Cut(line, prefix); ok {
			name, data, closed := strings.Cut(rest, "]")
			if closed {
				return command{name: prefix + name, data: data}, true
			}
		}
	}
	return command{}, false
}

// TestRunnerModel shows that the model obeys what the runner obeys.
func TestRunnerModel(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		out  string
		want []string
	}{
		"command":               {"::error file=a,line=1::x", []string{"error"}},
		"after white space":     {"\u3000 \t::error::x", []string{"error"}},
		"after an ignorable":    {"\ufeff::error::x", []string{"error"}},
		"after return":          {"x\r::error::x", []string{"error"}},
		"within a line":         {"x ::error::x", nil},
		"without end":           {"::error", nil},
		"old form":              {"x ##[error]y", []string{"##[error"}},
		"old form, interrupted": {"x #\u200b#[error]y", []string{"##[error"}},
		"azure":                 {"x ##vso[task.a]b", []string{"##vso[task.a"}},
		"not closed":            {"##[error", nil},
	} {
		if diff := cmp.Diff(test.want, names(runnerCommands(test.out))); diff != "" {
			t.Errorf("%s: commands of %q (-want +got):\n%s", name, test.out, diff)
		}
	}
}

// FuzzAnnotation shows that an annotation is always one command, and says what
// it was given.
func FuzzAnnotation(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text, "rule", "message", 1, 2)
		f.Add("a.yaml", text, "message", 1, 2)
		f.Add("a.yaml", "rule", text, 0, 0)
	}
	f.Fuzz(func(t *testing.T, file, title, message string, line, column int) {
		a := annotation{level: "error", file: file, line: line, column: column, title: title, message: message}
		text := gitHubCommand(a)
		commands := runnerCommands(text)
		if len(commands) != 1 {
			t.Fatalf("%q is %d commands", text, len(commands))
		}
		c := commands[0]
		if c.name != "error" || c.properties["file"] != said(file) || c.properties["title"] != said(title) || c.data != safe(message) {
			t.Errorf("%q is %v", text, c)
		}
		for key := range c.properties {
			if key != "file" && key != "line" && key != "col" && key != "title" {
				t.Errorf("%q has the foreign property %q", text, key)
			}
		}
		azureMustSay(t, a)
	})
}

// azureMustSay holds the annotation against what the agent of Azure Pipelines
// makes of it (src/Agent.Worker/WorkerCommandManager.cs and Command.cs).
func azureMustSay(t *testing.T, a annotation) {
	t.Helper()
	text := azureCommand(a)
	if commands := runnerCommands(text); len(commands) != 1 {
		t.Fatalf("%q is %d commands", text, len(commands))
	}
	info, data, closed := strings.Cut(strings.TrimPrefix(text, "##vso["), "]")
	name, list, _ := strings.Cut(info, " ")
	unescape := strings.NewReplacer("%3B", ";", "%0D", "\r", "%0A", "\n", "%5D", "]", "%AZP25", "%").Replace
	got := map[string]string{}
	for property := range strings.SplitSeq(list, ";") {
		key, value, _ := strings.Cut(property, "=")
		got[key] = unescape(value)
	}
	want := map[string]string{"type": "error"}
	for key, value := range map[string]string{"sourcepath": a.file, "code": a.title} {
		if value = safe(value); value != "" {
			want[key] = value
		}
	}
	if a.file != "" && a.line > 0 {
		want["linenumber"], want["columnnumber"] = strconv.Itoa(a.line), strconv.Itoa(max(a.column, 1))
	}
	if diff := cmp.Diff(want, got); diff != "" || !closed || name != "task.logissue" || unescape(data) != safe(a.message) {
		t.Errorf("%q is %s of %v, %q (-want +got):\n%s", text, name, got, data, diff)
	}
}

// said is a property as it arrives.
func said(s string) string { return strings.TrimSpace(safe(s)) }

// FuzzSafe shows that safe text is visible, no command wherever a line puts it,
// and the same when it is made safe again.
func FuzzSafe(f *testing.F) {
	for _, text := range hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := safe(text)
		if problem := invisible(got, false); problem != "" || strings.Contains(got, "\n") {
			t.Errorf("safe(%q) = %q: %s", text, got, problem)
		}
		for _, line := range []string{got, "  " + got, "prefix " + got, got + "::x", got + ":1:1: error: ::x"} {
			if commands := runnerCommands(line); len(commands) > 0 {
				t.Errorf("safe(%q) = %q: obeyed as %v", text, got, commands)
			}
		}
		if again := safe(got); again != got {
			t.Errorf("safe(safe(%q)) = %q, want %q", text, again, got)
		}
	})
}
