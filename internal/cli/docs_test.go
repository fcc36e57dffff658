// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/internal/test/examples"
)

const checksPage = "../../docs/checks.md"

// run runs one command in this process and returns what it printed and its exit
// code.
func run(t testing.TB, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, talk bytes.Buffer
	env := cli.System()
	env.Args, env.Stdin, env.Stdout, env.Stderr = args, strings.NewReader(stdin), &out, &talk
	env.Terminal = false
	env.Getenv = func(name string) string { return map[string]string{"USER": "ada"}[name] }
	env.Random = strings.NewReader(strings.Repeat("\x07", 64))
	env.Now = func() time.Time { return time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC) }
	code = cli.Main(env)
	return out.String(), talk.String(), code
}

// write lays files into a new folder.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	writeInto(t, dir, files)
	return dir
}

func writeInto(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// change lays base into a new folder, commits it there, and lays head over
// nothing: what a change looks like before it is committed.
func change(t testing.TB, base, head map[string]string) string {
	t.Helper()
	dir := write(t, base)
	commitAll(t, dir)
	for name := range base {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	writeInto(t, dir, head)
	return dir
}

// commitAll makes a folder a git repository, if it is none, and commits what is
// in it. The same content makes the same commit on every machine.
func commitAll(t testing.TB, dir string) {
	t.Helper()
	for _, args := range [][]string{{"init", "-q"}, {"add", "--all"}, {"commit", "-q", "--allow-empty", "-m", "change"}} {
		cmd := exec.CommandContext(t.Context(), "git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), commitEnv()...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
}

// commitEnv is the environment in which git makes the same commits everywhere.
func commitEnv() []string {
	return []string{
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
		"GIT_AUTHOR_NAME=ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=2026-01-31T12:00:00Z",
		"GIT_COMMITTER_NAME=ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=2026-01-31T12:00:00Z",
	}
}

// shownElsewhere lists the rules whose examples are no text that a page can
// show; the packages that define them have tests for each.
func shownElsewhere() []string {
	return []string{"file-encoding", "file-too-large", "idle-override", "more-findings", "not-regular", "schema-unchecked", "tree-depth"}
}

// TestChecksPage runs every example of docs/checks.md and holds the page's
// sections against the rules that the packages define.
func TestChecksPage(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(checksPage)
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	registry, sections := examples.Sections(page)
	if stdout, stderr, code := run(t, "", "validate", write(t, registry)); code != cli.ExitOK {
		t.Fatalf("the page's own registry is not right:\n%s%s", stdout, stderr)
	}
	documented := map[string]bool{}
	updated := page
	for _, section := range slices.Backward(sections) { // from the end, so that offsets stay right
		documented[section.Rule] = true
		updated = updated[:section.Begin] + example(t, section, page[section.Begin:section.End]) + updated[section.End:]
	}
	if *update && updated != page {
		if err := os.WriteFile(checksPage, []byte(updated), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(slices.Sorted(maps.Keys(defined(t))), slices.Sorted(maps.Keys(documented))); d != "" {
		t.Errorf("rules and sections differ (-rules +sections):\n%s", d)
	}
}

// example runs the example of one section and returns the section's text with the
// output that it has.
func example(t *testing.T, section examples.Section, text string) string {
	t.Helper()
	if section.Output == nil {
		if !slices.Contains(shownElsewhere(), section.Rule) {
			t.Errorf("section %s has no output", section.Rule)
		}
		return text
	}
	stdout := ""
	if section.Base != nil {
		stdout, _, _ = run(t, "", "validate", change(t, section.Base, section.Files), "--base", "HEAD", "--notes")
	} else {
		stdout, _, _ = run(t, "", "validate", write(t, section.Files), "--notes")
	}
	if !strings.Contains(stdout, "["+section.Rule+"]") {
		t.Errorf("the example of %s does not meet the rule:\n%s", section.Rule, stdout)
	}
	if !*update && section.Output.Text != stdout {
		t.Errorf("the output of %s differs (-page +roster):\n%s", section.Rule, cmp.Diff(section.Output.Text, stdout))
	}
	return text[:section.Output.Begin] + stdout + text[section.Output.End:]
}

// defined returns the rules that the checking packages define: their constants
// that begin with "rule" or "Rule".
func defined(t *testing.T) map[string]bool {
	t.Helper()
	rules := map[string]bool{}
	for _, folder := range []string{"manifest", "policy", "schema", "validate"} {
		paths, err := filepath.Glob("../../" + folder + "/*.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.ValueSpec); ok {
					collect(rules, spec)
				}
				return true
			})
		}
	}
	return rules
}

func collect(rules map[string]bool, spec *ast.ValueSpec) {
	for i, name := range spec.Names {
		if !strings.HasPrefix(strings.ToLower(name.Name), "rule") || i >= len(spec.Values) {
			continue
		}
		if literal, ok := spec.Values[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				rules[text] = true
			}
		}
	}
}
