// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/internal/test/examples"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/validate"
)

// TestPolicyPages runs the example of every page in docs/policies: there is one
// for each built-in template, and it names each of its rules.
func TestPolicyPages(t *testing.T) {
	t.Parallel()
	var names []string
	for _, listed := range validate.ListPolicies(nil).Templates {
		names = append(names, listed.Name+".md")
		t.Run(listed.Name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("../../docs/policies", listed.Name+".md")
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			page := string(content)
			for _, rule := range listed.Rules {
				if !strings.Contains(page, "| `"+rule+"` |") {
					t.Errorf("the page does not have the rule %s", rule)
				}
			}
			example := examples.Page(page)
			args := []string{"validate", write(t, example.Files)}
			if example.Base != nil {
				args = []string{"validate", change(t, example.Base, example.Files), "--base", "HEAD"}
			}
			stdout, _, code := run(t, "", args...)
			if code != cli.ExitFindings || !strings.Contains(stdout, "policy template "+listed.Name) {
				t.Errorf("the example does not meet the template:\n%s", stdout)
			}
			want := example.Output
			if *update {
				if err := os.WriteFile(path, []byte(page[:want.Begin]+stdout+page[want.End:]), 0o600); err != nil {
					t.Fatal(err)
				}
			} else if d := cmp.Diff(want.Text, stdout); d != "" {
				t.Errorf("the output differs (-page +roster):\n%s", d)
			}
		})
	}
	pages, err := filepath.Glob("../../docs/policies/*.md")
	if err != nil || len(pages) != len(names) || len(names) != len(policy.BuiltIn()) {
		t.Errorf("pages are %v, built-in templates %v, %v", pages, names, err)
	}
}

// TestPolicyCases runs the cases of the built-in templates: together they make
// every rule object.
func TestPolicyCases(t *testing.T) {
	t.Parallel()
	stdout, stderr, code := run(t, "", "policy", "test", "../../docs/policies", "--format", "json", "--cover", "100")
	var result policycase.Result
	if err := json.Unmarshal([]byte(stdout), &result); err != nil || code != cli.ExitOK {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, stdout, stderr)
	}
	if len(result.Cases) < 30 || len(result.Coverage) != len(policy.BuiltIn()) {
		t.Errorf("%d cases of %d templates", len(result.Cases), len(result.Coverage))
	}
}
