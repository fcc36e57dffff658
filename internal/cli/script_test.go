// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"merged": merged,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("ROOT", root)
			e.Setenv(nowVariable, "2026-01-31T12:00:00Z")
			e.Setenv("USER", "ada")
			for _, pair := range slices.Concat(commitEnv(), terminalEnv()) {
				name, value, _ := strings.Cut(pair, "=")
				e.Setenv(name, value)
			}
			return nil
		},
	})
}

// merged FOLDER commits a folder, and makes the run a push of that commit to main.
func merged(ts *testscript.TestScript, _ bool, args []string) {
	folder := ts.MkAbs(args[0])
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", folder}, args...)...)
		cmd.Env = append(os.Environ(), commitEnv()...)
		out, err := cmd.Output()
		ts.Check(err)
		return strings.TrimSpace(string(out))
	}
	if _, err := os.Stat(filepath.Join(folder, ".git")); err != nil {
		git("init", "-q", "-b", "main", ".")
	}
	git("add", "-A", ".")
	git("commit", "-q", "--allow-empty", "-m", "merged")
	event := ts.MkAbs("merged-event.json")
	ts.Check(os.WriteFile(event, []byte(`{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}`), 0o600))
	for name, value := range map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": event,
		"GITHUB_SHA": git("rev-parse", "HEAD"),
	} {
		ts.Setenv(name, value)
	}
}
