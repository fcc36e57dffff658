// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/ci"
)

func TestRunVariables(t *testing.T) {
	t.Parallel()
	of := func(name, value string) func(string) string {
		return func(asked string) string {
			if asked == name {
				return value
			}
			return ""
		}
	}
	for _, name := range []string{"GITHUB_SHA", "BUILD_SOURCEVERSION", "CI_COMMIT_SHA"} {
		if got := ci.Commit(of(name, "abc")); got != "abc" {
			t.Errorf("%s: commit is %q, want abc", name, got)
		}
	}
	if got := ci.Workspace(of("GITHUB_WORKSPACE", "/w")); got != "/w" {
		t.Errorf("workspace is %q, want /w", got)
	}
	if !ci.Scheduled(of("GITHUB_EVENT_NAME", "schedule")) || ci.Scheduled(of("GITHUB_EVENT_NAME", "push")) {
		t.Error("a schedule is not told from a push")
	}
	if got := ci.GitHubAPI(of("", "")); got != "https://api.github.com" {
		t.Errorf("the default API is %q", got)
	}
}

// TestOnlyThisPackageReadsCIVariables holds the command line and what it opens to
// asking this package: one place knows the CI systems.
func TestOnlyThisPackageReadsCIVariables(t *testing.T) {
	t.Parallel()
	variable := regexp.MustCompile(`"(GITHUB|CI|BUILD|SYSTEM|RUNNER|AGENT|GITLAB|TF)_[A-Z_]+"`)
	for _, folder := range []string{"../cli", "../wire", "../../report", "../../cmd"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range variable.FindAll(text, -1) {
				t.Errorf("%s reads %s itself", path, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
