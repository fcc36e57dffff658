// SPDX-License-Identifier: Apache-2.0

package report

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/readers"
)

// FuzzAnnotation shows that an annotation is always one command, and says what
// it was given.
func FuzzAnnotation(f *testing.F) {
	for _, text := range readers.Hostile() {
		f.Add(text, "rule", "message", 1, 2)
		f.Add("a.yaml", text, "message", 1, 2)
		f.Add("a.yaml", "rule", text, 0, 0)
	}
	f.Fuzz(func(t *testing.T, file, title, message string, line, column int) {
		a := annotation{level: "error", file: file, line: line, column: column, title: title, message: message}
		text := gitHubCommand(a)
		commands := readers.Commands(text)
		if len(commands) != 1 {
			t.Fatalf("%q is %d commands", text, len(commands))
		}
		c := commands[0]
		if c.Name != "error" || c.Properties["file"] != said(file) || c.Properties["title"] != said(title) || c.Data != safe(message) {
			t.Errorf("%q is %v", text, c)
		}
		for key := range c.Properties {
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
	if commands := readers.Commands(text); len(commands) != 1 {
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
	for _, text := range readers.Hostile() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := safe(text)
		if problem := readers.Invisible(got, false); problem != "" || strings.Contains(got, "\n") {
			t.Errorf("safe(%q) = %q: %s", text, got, problem)
		}
		for _, line := range []string{got, "  " + got, "prefix " + got, got + "::x", got + ":1:1: error: ::x"} {
			if commands := readers.Commands(line); len(commands) > 0 {
				t.Errorf("safe(%q) = %q: obeyed as %v", text, got, commands)
			}
		}
		if again := safe(got); again != got {
			t.Errorf("safe(safe(%q)) = %q, want %q", text, again, got)
		}
	})
}
