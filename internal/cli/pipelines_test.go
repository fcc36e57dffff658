// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const examplePipelines = "../../examples/workflows"

// writtenPipelines returns what init --ci writes, by the names under which
// examples/workflows has it.
func writtenPipelines(t *testing.T) map[string]string {
	t.Helper()
	written := map[string]string{}
	for system, files := range map[string]map[string]string{
		"github": {".github/workflows/roster-review.yml": "roster-review.yml", ".github/workflows/roster-sync.yml": "roster-sync.yml", ".github/workflows/roster-rotate.yml": "roster-rotate.yml"},
		"azure":  {"azure-pipelines.yml": "azure-pipelines.yml"},
		"gitlab": {".gitlab-ci.yml": "gitlab-ci.yml"},
	} {
		dir := t.TempDir()
		cmd := process(t.Context(), "init", "registry", "--ci", system, "--store", "cosmos:https://acme.documents.azure.com/registry",
			"--sign-with", "keyvault:https://acme.vault.azure.net/keys/roster")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		for name, example := range files {
			text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				t.Fatal(err)
			}
			written[example] = string(text)
		}
	}
	return written
}

// TestExamplePipelines holds the pipelines in examples/workflows against what
// init --ci writes, and the commands in them against the command line.
func TestExamplePipelines(t *testing.T) {
	t.Parallel()
	called := regexp.MustCompile(`(?m)(?:^ *- |/)roster"? ((?:validate|sync|audit|rotate) .*)$`)
	for name, text := range writtenPipelines(t) {
		path := filepath.Join(examplePipelines, name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if d := cmp.Diff(string(want), text); d != "" || err != nil {
			t.Errorf("%s: %v (-example +init):\n%s", name, err, d)
		}
		var document map[string]any
		if err := yaml.Unmarshal([]byte(text), &document); err != nil || regexp.MustCompile(`: [&*]\w`).MatchString(text) {
			t.Errorf("%s is no YAML, or has anchors, which Azure Pipelines does not read: %v", name, err)
		}
		commands := called.FindAllStringSubmatch(text, -1)
		if len(commands) < 3 && !strings.HasPrefix(name, "roster-") {
			t.Errorf("%s: only the commands %q", name, commands)
		}
		for _, m := range commands {
			args := strings.Fields(strings.ReplaceAll(m[1], `"`, ""))
			if _, stderr, code := run(t, "", append(args, "--help")...); code != 0 {
				t.Errorf("%s: roster %s: %s", name, m[1], stderr)
			}
			// A flag that is not known is wrong usage, whatever follows it.
			if _, stderr, _ := run(t, "", args...); strings.Contains(stderr, "unknown flag") {
				t.Errorf("%s: roster %s: %s", name, m[1], stderr)
			}
		}
	}
}

// TestShellOfPipelines has bash read the scripts of the pipelines.
func TestShellOfPipelines(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: there is no bash")
	}
	scripts := 0
	for name, text := range writtenPipelines(t) {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		for _, script := range shellOf(&document) {
			scripts++
			cmd := exec.CommandContext(t.Context(), bash, "-n")
			cmd.Stdin = strings.NewReader(script)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\n%s", name, err, script, out)
			}
		}
	}
	if scripts < 6 {
		t.Errorf("only %d scripts", scripts)
	}
}

// shellOf returns the scripts of a pipeline.
func shellOf(n *yaml.Node) []string {
	var list []string
	for i := 0; n.Kind == yaml.MappingNode && i < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if key == "bash" || key == "inlineScript" || key == "script" || key == "before_script" {
			var lines []string
			if value.Decode(&lines) != nil {
				lines = []string{value.Value}
			}
			list = append(list, strings.Join(lines, "\n"))
		}
	}
	for _, child := range n.Content {
		list = append(list, shellOf(child)...)
	}
	return list
}
