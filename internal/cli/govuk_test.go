// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/corpora"

	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/plan"
)

// TestGOVUK does the main job on a real registry, first on an earlier revision
// and then on a later one: validated, planned, written, audited, and a second
// run that writes nothing. The debts that it has are accepted by their number.
func TestGOVUK(t *testing.T) {
	t.Parallel()
	earlier, now := corpora.Dir(t, "govuk-earlier"), corpora.Dir(t, "govuk")
	store := "local:" + filepath.Join(t.TempDir(), "registry.db")
	step := func(want int, args ...string) string {
		t.Helper()
		stdout, stderr, code := run(t, "", append(args, "--store", store)...)
		if code != want {
			t.Fatalf("roster %s exits with %d, want %d\n%s%s", strings.Join(args, " "), code, want, stdout, stderr)
		}
		return stdout
	}
	says := func(output, want string) {
		t.Helper()
		if !strings.Contains(output, want) {
			t.Errorf("it does not say %q:\n%s", want, output)
		}
	}
	if _, stderr, code := run(t, "", "validate", now); code != cli.ExitFindings {
		t.Errorf("validate exits with %d", code)
	} else {
		says(stderr, "--allow dangling-scope=12 --allow shared-credential=54")
	}
	debts := []string{"--allow", "dangling-scope=12", "--allow", "shared-credential=60"}
	says(step(cli.ExitOK, append([]string{"sync", earlier}, debts...)...), "Synced: 186 created, 0 updated, 0 deleted")
	says(step(cli.ExitOK, append([]string{"sync", earlier}, debts...)...), "Nothing to change")

	debts[3] = "shared-credential=54"
	refused := step(cli.ExitFindings, append([]string{"plan", now, "--format", "json"}, debts...)...)
	var p plan.Plan
	if err := json.Unmarshal([]byte(refused), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Refusals) != 2 || p.Refusals[0].Override != "updates=162" || p.Refusals[1].Override != "deletes=9" || len(p.Changes) != 174 {
		t.Errorf("%d changes, refused %+v", len(p.Changes), p.Refusals)
	}
	rails := []string{"--allow", "updates=162", "--allow", "deletes=9"}
	says(step(cli.ExitOK, slices.Concat([]string{"sync", now}, debts, rails)...), "Synced: 3 created, 162 updated, 9 deleted")
	says(step(cli.ExitOK, append([]string{"plan", now}, debts...)...), "Nothing to change")
	says(step(cli.ExitOK, "audit", "verify"), "The trail is whole: 67 chains, 361 events, 180 registrations")
}
