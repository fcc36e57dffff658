// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/cli"
)

// TestExitCodes holds the four exit codes, which scripts rely on.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	right, wrong := "../../examples/shop", "../../examples/overreach"
	dir := t.TempDir()
	store := "local:" + filepath.Join(dir, "registry.db")
	noStore := filepath.Join(dir, "text.db")
	if err := os.WriteFile(noStore, []byte(strings.Repeat("this is no store\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		args []string
		want int
	}{
		{"a right registry", []string{"validate", right}, cli.ExitOK},
		{"a wrong registry", []string{"validate", wrong}, cli.ExitFindings},
		{"a plan", []string{"plan", right, "--store", store}, cli.ExitOK},
		{"a plan of a wrong registry", []string{"plan", wrong, "--store", store}, cli.ExitFindings},
		{"a sync of a wrong registry", []string{"sync", wrong, "--store", store}, cli.ExitFindings},
		{"no new access", []string{"access", "diff", `{"allow":["a/*:r"]}`, `{"allow":["a/b:r"]}`}, cli.ExitOK},
		{"new access", []string{"access", "diff", `{"allow":["a/b:r"]}`, `{"allow":["a/*:r"]}`}, cli.ExitFindings},
		{"no scope", []string{"access", "diff", `{"allow":["a"]}`, `{"allow":[]}`}, cli.ExitUsage},
		{"no command", []string{"frobnicate"}, cli.ExitUsage},
		{"no flag", []string{"validate", "--frobnicate"}, cli.ExitUsage},
		{"no registry", []string{"validate", dir}, cli.ExitUsage},
		{"no store", []string{"plan", right, "--store", "local:" + noStore}, cli.ExitFailure},
		{"a store that is not there", []string{"audit", "verify", "--store", "local:" + filepath.Join(dir, "gone.db")}, cli.ExitUsage},
		{"help", []string{"--help"}, cli.ExitOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stdout, stderr, got := run(t, "", test.args...)
			if got != test.want {
				t.Errorf("roster %s exits with %d, want %d\n%s%s", strings.Join(test.args, " "), got, test.want, stdout, stderr)
			}
			if got > cli.ExitFindings && (stdout != "" || !strings.HasPrefix(stderr, "roster: ")) {
				t.Errorf("an error belongs to the standard error and begins with the name:\n%q\n%q", stdout, stderr)
			}
		})
	}
}
