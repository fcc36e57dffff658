// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/test/readers"
)

// onGitHub is the environment of a step with one more variable.
func onGitHub(name, value string) func(string) string {
	return env("GITHUB_ACTIONS", "true", name, value)
}

// env is an environment of pairs.
func env(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "output")
	sink := ci.NewSink(onGitHub("GITHUB_OUTPUT", path), nil, rand.Reader)
	want := map[string]string{}
	for name, value := range map[string]string{
		"plain": "3", "empty": "", "lines": "one\ntwo\n", "equals": "a=b", "heredoc": "x<<EOF\nevil\nEOF\napproved<<EOF\ntrue\nEOF",
		"known": "_GitHubActionsFileCommandDelimeter_\napproved=true", "command": "::set-output name=approved::true",
	} {
		if err := sink.Output(name, value); err != nil {
			t.Fatal(err)
		}
		want[name] = value
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := readers.Outputs(string(text))
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v (-written +read by the runner):\n%s", err, d)
	}
	if len(regexp.MustCompile(`<<roster_([0-9a-f]{32})\n`).FindAllString(string(text), -1)) != len(want) {
		t.Errorf("delimiters: %s", text)
	}
	for _, name := range []string{"", "a b", "a\nb", "a=b", "1a", "a<<b"} {
		if err := sink.Output(name, "x"); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	fixed := ci.NewSink(onGitHub("GITHUB_OUTPUT", path), nil, strings.NewReader(strings.Repeat("\x00", 16)))
	if err := fixed.Output("guess", "roster_"+strings.Repeat("00", 16)); err == nil {
		t.Error("a value that holds its delimiter is written")
	}
	if err := ci.NewSink(onGitHub("GITHUB_OUTPUT", ""), nil, rand.Reader).Output("a", "b"); err != nil {
		t.Errorf("without a file: %v", err)
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "summary")
	sink := ci.NewSink(onGitHub("GITHUB_STEP_SUMMARY", path), nil, rand.Reader)
	for _, text := range []string{"one\n", strings.Repeat("x", 1<<20) + "\n"} {
		if err := sink.Summary(text); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "one\nThe report is too long for a summary; it is in the log of the step.\n" {
		t.Errorf("the summary is %.200q, %v", text, err)
	}
}

// TestAzureSink reads the logging commands as the agent of Azure Pipelines does.
func TestAzureSink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var commands strings.Builder
	sink := ci.NewSink(env("TF_BUILD", "True", "AGENT_TEMPDIRECTORY", folder), &commands, nil)
	values := map[string]string{"plain": "3", "lines": "one\r\ntwo\n##vso[task.complete]", "percent": "100% %0A", "brackets": "a];isSecret=true]b"}
	read := regexp.MustCompile(`^##vso\[task\.setvariable variable=([A-Za-z_][A-Za-z0-9_]*);isoutput=true\]([^\r\n]*)$`)
	for name, value := range values {
		commands.Reset()
		if err := sink.Output(name+"-x", value); err != nil {
			t.Fatal(err)
		}
		m := read.FindStringSubmatch(strings.TrimSuffix(commands.String(), "\n"))
		if m == nil || m[1] != name+"_x" || strings.NewReplacer("%0D", "\r", "%0A", "\n", "%AZP25", "%").Replace(m[2]) != value {
			t.Errorf("%s: %q", name, commands.String())
		}
	}
	for _, text := range []string{"one\n", "two\n"} {
		commands.Reset()
		if err := sink.Summary(text); err != nil {
			t.Fatal(err)
		}
		path, found := strings.CutPrefix(strings.TrimSpace(commands.String()), "##vso[task.uploadsummary]")
		content, err := os.ReadFile(path)
		if !found || !filepath.IsAbs(path) || string(content) != text {
			t.Errorf("%q holds %q, %v", commands.String(), content, err)
		}
	}
	if err := sink.Output("a]b", "x"); err == nil {
		t.Error("a name with a bracket")
	}
}

// TestGitLabSink reads the report of variables as GitLab does: one on a line.
func TestGitLabSink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	sink := ci.NewSink(env("GITLAB_CI", "true", "CI_PROJECT_DIR", folder), nil, nil)
	for _, pair := range [][2]string{{"new-access", "3"}, {"verdict", "a=b $HOME"}} {
		if err := sink.Output(pair[0], pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range [][2]string{{"verdict", "a\nAPPROVED=true"}, {"a=b", "x"}, {"verdict", "a\rb"}} {
		if err := sink.Output(bad[0], bad[1]); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if err := sink.Summary("one\n"); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"roster.env": "ROSTER_NEW_ACCESS=3\nROSTER_VERDICT=a=b $HOME\n", "roster.md": "one\n"} {
		if content, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(content) != want {
			t.Errorf("%s holds %q, %v", name, content, err)
		}
	}
}

func TestTerminalTakesNothing(t *testing.T) {
	t.Parallel()
	sink := ci.NewSink(env(), nil, nil)
	if err := errors.Join(sink.Output("a", "b"), sink.Summary("x")); err != nil {
		t.Error(err)
	}
}
