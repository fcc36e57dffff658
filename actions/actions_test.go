// SPDX-License-Identifier: Apache-2.0

package actions_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/actions"
)

var update = flag.Bool("update", false, "rewrite the action files and docs/actions.md")

const root = ".."

// TestFiles compares the action files with the definitions.
func TestFiles(t *testing.T) {
	t.Parallel()
	var want []string
	for _, a := range actions.All() {
		want = append(want, a.File())
		same(t, a.File(), a.YAML())
	}
	got, err := filepath.Glob(root + "/actions/*/*")
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range got {
		got[i], _ = filepath.Rel(root, file)
	}
	slices.Sort(want)
	if d := cmp.Diff(want, append([]string{"action.yml"}, got...)); d != "" {
		t.Errorf("files of actions (-table +repository):\n%s", d)
	}
}

// TestPage compares the tables of docs/actions.md with the definitions.
func TestPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(root + "/docs/actions.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "<!-- generated from package actions by make golden -->\n"
	head, _, found := strings.Cut(string(page), begin)
	if !found {
		t.Fatalf("docs/actions.md has no line %q", begin)
	}
	var tables []string
	for _, a := range actions.All() {
		tables = append(tables, a.Page())
	}
	same(t, "docs/actions.md", head+begin+"\n"+strings.Join(tables, "\n"))
}

// same compares a file with its expected content.
func same(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(root, name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("%s (-table +file):\n%s", name, d)
	}
}

// composite is an action's file in the form that the runner parses.
type composite struct {
	Name, Description string
	Inputs            map[string]struct{ Description, Default string }
	Outputs           map[string]struct{ Description, Value string }
	Runs              struct {
		Using string
		Steps []map[string]any
	}
}

// TestRules checks the safety rules of every file: it has one step with an explicit
// shell, no expression is part of a shell command, it uses no other action, and
// each input reaches the step in a variable.
func TestRules(t *testing.T) {
	t.Parallel()
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, a := range actions.All() {
		var c composite
		if err := yaml.Unmarshal([]byte(a.YAML()), &c); err != nil {
			t.Fatalf("%s: %v", a.File(), err)
		}
		if c.Runs.Using != "composite" || len(c.Runs.Steps) != 1 || c.Name == "" || c.Description == "" {
			t.Fatalf("%s: %+v", a.File(), c)
		}
		step := c.Runs.Steps[0]
		run, _ := step["run"].(string)
		variables, _ := step["env"].(map[string]any)
		if step["uses"] != nil || step["shell"] != "bash" || strings.Contains(run, "${{") || !strings.HasPrefix(run, "exec bash ") {
			t.Errorf("%s: the step is %v", a.File(), step)
		}
		if len(variables) != len(c.Inputs) {
			t.Errorf("%s: %d inputs and %d variables", a.File(), len(c.Inputs), len(variables))
		}
		for _, input := range a.Inputs {
			value := "${{ inputs." + input.Name + " }}"
			if !kebab.MatchString(input.Name) || c.Inputs[input.Name].Description == "" || variables[input.Variable()] != value {
				t.Errorf("%s: input %s is not passed on", a.File(), input.Name)
			}
		}
		for name, output := range c.Outputs {
			if !kebab.MatchString(name) || output.Description == "" || output.Value != "${{ steps.roster.outputs."+name+" }}" {
				t.Errorf("%s: output %s is %q", a.File(), name, output.Value)
			}
		}
		script := filepath.Join(root, filepath.Dir(a.File()), strings.TrimPrefix(strings.Fields(strings.TrimPrefix(run, "exec bash \"$GITHUB_ACTION_PATH"))[0], "/"))
		if _, err := os.Stat(strings.TrimSuffix(script, `"`)); err != nil {
			t.Errorf("%s: %v", a.File(), err)
		}
	}
}

func TestArgs(t *testing.T) {
	t.Parallel()
	a, _ := actions.Find("validate")
	values := map[string]string{
		"directory": "-x; rm -rf /", "base": "origin/main --allow new-access=9", "allow": "new-access=1\n\n  new-headroom=2 \n", "binary": "/tmp/x",
	}
	want := []string{
		"validate", "--format=github", "./-x; rm -rf /", "--base=origin/main --allow new-access=9",
		"--allow=new-access=1", "--allow=new-headroom=2",
	}
	got := a.Args(func(i actions.Input) string { return values[i.Name] })
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestEverythingIsPinned checks that the workflows of the repository, its examples,
// its pages and `init` refer to actions by commit, or by a placeholder for one, and
// never by a name that can move.
func TestEverythingIsPinned(t *testing.T) {
	t.Parallel()
	used, pinned := regexp.MustCompile(`uses: *["']?([^\s"']+)`), regexp.MustCompile(`@([0-9a-f]{40}|COMMIT|\[\[\.Commit\]\])$`)
	count := 0
	for _, pattern := range []string{".github/workflows/*.yml", "examples/workflows/*.yml", "internal/cli/pipelines/*/.github/workflows/*.yml", "README.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range used.FindAllStringSubmatch(string(text), -1) {
				if count++; !pinned.MatchString(m[1]) {
					t.Errorf("%s uses %s, which can be moved", file, m[1])
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d uses", count)
	}
}
