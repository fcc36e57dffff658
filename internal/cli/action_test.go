// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/actions"

	"github.com/google/go-cmp/cmp"
)

// TestActionsHaveTheFlags holds the inputs of every action against the flags of
// its command: each input is a flag, and each flag an input, but those that an
// action has no use for.
func TestActionsHaveTheFlags(t *testing.T) {
	t.Parallel()
	unused := []string{"at", "commit", "format", "help", "max-bytes", "notes"}
	flag := regexp.MustCompile(`(?m)^  +(?:-\w, )?--([a-z-]+)`)
	for _, a := range actions.All() {
		if a.Command == nil {
			continue
		}
		words := slices.DeleteFunc(slices.Clone(a.Command), func(w string) bool { return strings.HasPrefix(w, "--") })
		help, _, _ := run(t, "", append(words, "--help")...)
		var flags, inputs []string
		for _, m := range flag.FindAllStringSubmatch(help, -1) {
			if !slices.Contains(unused, m[1]) {
				flags = append(flags, m[1])
			}
		}
		for _, input := range a.Inputs {
			if input.Flag != "" {
				inputs = append(inputs, input.Flag)
			}
		}
		slices.Sort(flags)
		slices.Sort(inputs)
		if d := cmp.Diff(flags, inputs); d != "" {
			t.Errorf("%s (-flags +inputs):\n%s", a.Name, d)
		}
	}
}

// A tree is a copy of what the script needs, at a revision that is a release.
type releaseTree struct {
	*testing.T
	dir, cache, temp string
	server           *httptest.Server
	served           map[string]string // by path
	requests         int
}

const releaseVersion = "v9.8.7"

// newRelease makes a tree whose release has one program: a script that says what
// it was called with.
func newRelease(t *testing.T) (*releaseTree, string) {
	t.Helper()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIPPED: there is no %s", tool)
		}
	}
	name := "roster-" + runtime.GOOS + "-" + runtime.GOARCH
	program := "#!/usr/bin/env bash\necho \"released roster: $*\"\n"
	r := &releaseTree{T: t, dir: t.TempDir(), cache: t.TempDir(), temp: t.TempDir(), served: map[string]string{"/" + name: program}}
	script, err := os.ReadFile("../../scripts/roster.sh")
	if err != nil {
		t.Fatal(err)
	}
	writeInto(t, r.dir, map[string]string{
		"scripts/roster.sh":    string(script),
		"release/manifest.txt": fmt.Sprintf("%s\n%x %s\n", releaseVersion, sha256.Sum256([]byte(program)), name),
	})
	r.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.requests++
		text, known := r.served[req.URL.Path]
		if !known {
			http.NotFound(w, req)
			return
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(r.server.Close)
	return r, name
}

func (r *releaseTree) call(env ...string) (out string, code int) {
	r.Helper()
	cmd := exec.CommandContext(r.Context(), "bash", filepath.Join(r.dir, "scripts/roster.sh"), "validate")
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "RUNNER_TEMP=" + r.temp, "RUNNER_TOOL_CACHE=" + r.cache, "ROSTER_INPUT_MIRROR=" + r.server.URL,
	}, env...)
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		r.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// TestScriptFindsTheRelease shows where the program comes from, and what is
// never run: anything whose SHA-256 is not in the tree.
func TestScriptFindsTheRelease(t *testing.T) {
	t.Parallel()
	const good = "released roster: action validate\n"
	expect := func(t *testing.T, r *releaseTree, requests int, want string) {
		t.Helper()
		out, code := r.call()
		if ok := code == 0; ok != (want == good) || !strings.Contains(out, want) || r.requests != requests {
			t.Errorf("exit code %d after %d requests, want %d\n%s", code, r.requests, requests, out)
		}
	}
	cached := func(r *releaseTree, name string) string {
		return filepath.Join(r.cache, "roster", releaseVersion, name)
	}
	t.Run("cold, then warm without a server", func(t *testing.T) {
		t.Parallel()
		r, _ := newRelease(t)
		expect(t, r, 1, good)
		r.server.Close()
		expect(t, r, 1, good)
	})
	t.Run("tampered download", func(t *testing.T) {
		t.Parallel()
		r, name := newRelease(t)
		r.served["/"+name] = "#!/usr/bin/env bash\necho evil\n"
		expect(t, r, 1, "::error title=roster::"+name+" from "+r.server.URL+" is not the file of release v9.8.7")
		if _, err := os.Stat(cached(r, name)); err == nil {
			t.Error("it is cached")
		}
	})
	t.Run("poisoned cache", func(t *testing.T) {
		t.Parallel()
		r, name := newRelease(t)
		expect(t, r, 1, good)
		writeInto(t, r.cache, map[string]string{"roster/" + releaseVersion + "/" + name: "#!/usr/bin/env bash\necho evil\n"})
		expect(t, r, 2, good)
		text, err := os.ReadFile(cached(r, name))
		if err != nil || strings.Contains(string(text), "evil") {
			t.Errorf("the cache still has %q, %v", text, err)
		}
	})
	t.Run("poisoned cache and server", func(t *testing.T) {
		t.Parallel()
		r, name := newRelease(t)
		r.served["/"+name] = "evil"
		writeInto(t, r.cache, map[string]string{"roster/" + releaseVersion + "/" + name: "evil"})
		expect(t, r, 1, "is not the file of release v9.8.7")
	})
	t.Run("no server", func(t *testing.T) {
		t.Parallel()
		r, name := newRelease(t)
		delete(r.served, "/"+name)
		expect(t, r, 1, "::error title=roster::download "+name+" of release v9.8.7 from")
	})
	t.Run("no program for this machine", func(t *testing.T) {
		t.Parallel()
		r, name := newRelease(t)
		writeInto(t, r.dir, map[string]string{"release/manifest.txt": releaseVersion + "\nabc another-file\n"})
		expect(t, r, 0, "::error title=roster::release v9.8.7 has no file "+name)
	})
	t.Run("a program that was named", func(t *testing.T) {
		t.Parallel()
		r, name := newRelease(t)
		writeInto(t, r.dir, map[string]string{"mine": "#!/usr/bin/env bash\necho \"my roster: $* $ROSTER_PROGRAM\"\n"})
		mine := filepath.Join(r.dir, "mine")
		if err := os.Chmod(mine, 0o700); err != nil {
			t.Fatal(err)
		}
		if out, code := r.call("ROSTER_INPUT_BINARY=" + mine); code != 0 || out != "my roster: action validate "+mine+"\n" {
			t.Errorf("exit code %d, %s: %s", code, name, out)
		}
	})
}

// TestScriptBuildsARevision runs the script as it is in this tree, which is no
// release: it builds roster, and the action validates the example registry.
func TestScriptBuildsARevision(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil || testing.Short() {
		t.Skip("SKIPPED: it builds roster with bash")
	}
	output := filepath.Join(t.TempDir(), "output")
	cmd := exec.CommandContext(t.Context(), "bash", "../../scripts/roster.sh", "auto")
	cmd.Env = append(os.Environ(), "RUNNER_TEMP="+t.TempDir(), "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=workflow_dispatch",
		"GITHUB_OUTPUT="+output, "GITHUB_STEP_SUMMARY=", "GITHUB_WORKSPACE=", "ROSTER_INPUT_DIRECTORY=../../examples/shop")
	text, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(text), "no problems") {
		t.Fatalf("%v\n%s", err, text)
	}
	outputs, err := os.ReadFile(output)
	if err != nil || !strings.Contains(string(outputs), "\npassed\n") {
		t.Errorf("outputs %q, %v", outputs, err)
	}
}
