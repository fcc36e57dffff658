// SPDX-License-Identifier: Apache-2.0

package ci_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/appofapps/roster/internal/ci"
)

// TestGitLabFilesAreFresh runs in a checkout that has files and links under the names
// of GitLab's reports.
func TestGitLabFilesAreFresh(t *testing.T) {
	t.Parallel()
	folder, outside := t.TempDir(), filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(outside, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "roster.env"), []byte("ROSTER_VERDICT=ok\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "roster.md")); err != nil {
		t.Skip(err)
	}
	env := map[string]string{"GITLAB_CI": "true", "CI_PROJECT_DIR": folder}
	sink := ci.NewSink(func(name string) string { return env[name] }, nil, nil)
	for _, value := range []string{"1", "2"} {
		if err := sink.Output("gains", value); err != nil {
			t.Fatal(err)
		}
		if err := sink.Summary("page " + value + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		outside:                             "kept",
		filepath.Join(folder, "roster.env"): "ROSTER_GAINS=1\nROSTER_GAINS=2\n",
		filepath.Join(folder, "roster.md"):  "page 1\npage 2\n",
	} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}
