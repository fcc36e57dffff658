// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/ci"
)

// outputsOf reads a file of outputs as the runner does: name=value, or
// name<<DELIMITER up to a line that is DELIMITER
// (https://github.com/actions/runner, FileCommandManager.cs).
func outputsOf(t *testing.T, text string) map[string]string {
	t.Helper()
	outputs := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		heredoc, equals := strings.Index(line, "<<"), strings.IndexByte(line, '=')
		switch {
		case line == "":
		case equals >= 0 && (heredoc < 0 || equals < heredoc):
			outputs[line[:equals]] = line[equals+1:]
		case heredoc < 0:
			t.Fatalf("the runner refuses the line %q", line)
		default:
			name, delimiter := line[:heredoc], line[heredoc+2:]
			var value []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				value = append(value, lines[i])
			}
			outputs[name] = strings.Join(value, "\n")
		}
	}
	return outputs
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "output")
	getenv := func(name string) string { return map[string]string{"GITHUB_OUTPUT": path}[name] }
	want := map[string]string{}
	for name, value := range map[string]string{
		"plain": "3", "empty": "", "lines": "one\ntwo\n", "equals": "a=b", "heredoc": "x<<EOF\nevil\nEOF\napproved<<EOF\ntrue\nEOF",
		"known": "_GitHubActionsFileCommandDelimeter_\napproved=true", "command": "::set-output name=approved::true",
	} {
		if err := ci.WriteOutput(getenv, rand.Reader, name, value); err != nil {
			t.Fatal(err)
		}
		want[name] = value
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, outputsOf(t, string(text))); d != "" {
		t.Errorf("(-written +read by the runner):\n%s", d)
	}
	if len(regexp.MustCompile(`<<roster_([0-9a-f]{32})\n`).FindAllString(string(text), -1)) != len(want) {
		t.Errorf("delimiters: %s", text)
	}
	for _, name := range []string{"", "a b", "a\nb", "a=b", "1a", "a<<b"} {
		if err := ci.WriteOutput(getenv, rand.Reader, name, "x"); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	fixed := strings.NewReader(strings.Repeat("\x00", 16))
	if err := ci.WriteOutput(getenv, fixed, "guess", "roster_"+strings.Repeat("00", 16)); err == nil {
		t.Error("a value that holds its delimiter is written")
	}
	if err := ci.WriteOutput(func(string) string { return "" }, rand.Reader, "a", "b"); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "summary")
	getenv := func(name string) string { return map[string]string{"GITHUB_STEP_SUMMARY": path}[name] }
	for _, text := range []string{"one\n", strings.Repeat("x", 1<<20) + "\n"} {
		if err := ci.WriteSummary(getenv, text); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "one\nThe report is too long for a summary; it is in the log of the step.\n" {
		t.Errorf("the summary is %.200q, %v", text, err)
	}
}
