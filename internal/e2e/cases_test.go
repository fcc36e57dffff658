// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// casesVariable names the folder that holds attacks and cases: each is a folder with a
// run.sh that ends with 0 if the answer of the program in ROSTER is right.
const casesVariable = "ROSTER_CASES"

// leastCases is how many there are at least: fewer would show too little.
const leastCases = 36

// TestCases runs every attack and every case. Each works in a folder of its own. The
// registry of the attacks lists its vault, because a change may deliver to no other,
// and the attack on an acceptance accepts by digest, as one does now.
func TestCases(t *testing.T) { //nolint:paralleltest // some cases listen at a port of their own
	source := os.Getenv(casesVariable)
	if source == "" {
		t.Skipf("SKIPPED: %s is not set: the test needs the attacks and cases", casesVariable)
	}
	dir := t.TempDir()
	ran := 0
	for _, kind := range []string{"attacks", "cases"} {
		if err := os.CopyFS(filepath.Join(dir, kind), os.DirFS(filepath.Join(source, kind))); err != nil {
			t.Fatal(err)
		}
		scripts, err := filepath.Glob(filepath.Join(dir, kind, "*", "run.sh"))
		if err != nil {
			t.Fatal(err)
		}
		ran += len(scripts)
	}
	adapt(t, filepath.Join(dir, "attacks"))
	environment := casesEnvironment(t, filepath.Join(dir, "attacks"))
	if ran < leastCases {
		t.Errorf("%d cases, want at least %d", ran, leastCases)
	}
	scripts, _ := filepath.Glob(filepath.Join(dir, "*", "*", "run.sh"))
	for _, script := range scripts {
		name := filepath.Base(filepath.Dir(script))
		t.Run(name, func(t *testing.T) {
			run := func() ([]byte, error) {
				cmd := exec.CommandContext(t.Context(), "bash", script)
				cmd.Env = environment
				return cmd.CombinedOutput()
			}
			output, err := run()
			if err != nil && name == "tool-cache-not-writable" {
				output, err = run() // it waits a second for a server, which is short on a busy machine
			}
			if err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

// adapt makes the registry of the attacks free of findings, and accepts by digest.
func adapt(t *testing.T, attacks string) {
	t.Helper()
	rewrite := func(path string, change func(string) string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := change(string(text))
		if changed == string(text) {
			t.Fatalf("%s is not what it was: nothing to adapt", path)
		}
		if err := os.WriteFile(path, []byte(changed), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	rewrite(filepath.Join(attacks, "_base", "roster.yaml"), func(text string) string {
		return strings.Replace(text, "  policies: [baseline]\n", "  policies: [baseline]\n  sinks: [{keyVault: acme-prod}]\n", 1)
	})
	rewrite(filepath.Join(attacks, "..", "cases", "stale-base", "run.sh"), func(text string) string {
		return strings.Replace(text, "may now orders/carts:read", "gains orders/carts:read", 1) // the sentence has another word
	})
	first := regexp.MustCompile(`"\$ROSTER" validate \$R --base HEAD --at \$AT --allow new-access=1 >\$W/out 2>&1 \|\| exit 2`)
	rewrite(filepath.Join(attacks, "allow-lets-another-in", "run.sh"), func(text string) string {
		text = first.ReplaceAllString(text, `D=$$("$$ROSTER" validate $$R --base HEAD --at $$AT 2>&1 | sed -n 's/.*--accept \(sha256:[0-9a-f]*\).*/\1/p'); "$$ROSTER" validate $$R --base HEAD --at $$AT --accept $$D >$$W/out 2>&1 || exit 2`)
		return strings.ReplaceAll(text, "--allow new-access=1", "--accept $D")
	})
}

// casesEnvironment is the environment of a terminal with the programs that cases ask for.
func casesEnvironment(t *testing.T, attacks string) []string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	tamper := filepath.Join(t.TempDir(), "tamper")
	overlay := filepath.Join(t.TempDir(), "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(root, "cmd", "tamper", "main.go"): filepath.Join(attacks, "_tamper", "main.go"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "-o", tamper, "./cmd/tamper")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program that tampers: %v\n%s", err, output)
	}
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "ROSTER=" + binary, "TAMPER=" + tamper, "SRC=" + root,
		"ROSTER_SCRIPT=" + filepath.Join(root, "scripts", "roster.sh"), "GIT_CONFIG_GLOBAL=/dev/null",
	}
}
