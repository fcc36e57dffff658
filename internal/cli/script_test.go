// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/appofapps/roster/internal/test/faultsweep"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/appofapps/roster/internal/cli"
)

// update rewrites golden outputs: go test ./internal/cli -update.
var update = flag.Bool("update", false, "rewrite golden outputs")

// nowVariable is the time that the command takes for now in a script.
const nowVariable = "SCRIPT_NOW"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"roster": roster})
}

// roster is the command as scripts run it: in a process of its own, with the
// clock standing still.
func roster() {
	if os.Getenv(pinVariable) != "" {
		faultsweep.Pin()
	}
	env := cli.System()
	if text := os.Getenv(nowVariable); text != "" {
		now, err := time.Parse(time.RFC3339, text)
		if err != nil {
			panic(err)
		}
		env.Now = func() time.Time { return now }
	}
	os.Exit(cli.Main(env))
}

// TestScripts runs testdata/script, one file a behaviour.
func TestScripts(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("ROOT", root)
			e.Setenv(nowVariable, "2026-01-31T12:00:00Z")
			e.Setenv("USER", "ada")
			for _, pair := range commitEnv() {
				name, value, _ := strings.Cut(pair, "=")
				e.Setenv(name, value)
			}
			for _, name := range []string{"GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "TF_BUILD", "GITLAB_CI", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "ROSTER_STORE", "RUNNER_TEMP", "CI_PROJECT_DIR", "AGENT_TEMPDIRECTORY", "ROSTER_COMMENT_TOKEN"} {
				e.Setenv(name, "")
			}
			return nil
		},
	})
}
