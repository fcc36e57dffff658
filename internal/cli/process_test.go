// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/internal/parallel"
)

// apps returns a registry of so many apps, all of one version.
func apps(n int, version string) map[string]string {
	files := map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"domain.yaml\", \"apps/*.yaml\"], guardrails: {update: 100%}}\n",
		"domain.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:o\"}\n",
	}
	for i := range n {
		files[fmt.Sprintf("apps/app-%04d.yaml", i)] = fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: app-%04d}\n"+
			"spec: {domain: orders, owner: \"group:o\", version: %s, scopes: []}\n", i, version)
	}
	return files
}

// process is the command as a process of its own; testscript.Main put it into
// the path.
func process(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "roster", args...)
	cmd.Env = append(os.Environ(), terminalEnv()...)
	return cmd
}

// terminalEnv is the environment of a command that a person starts in a terminal, also
// where the tests themselves run in a CI system.
func terminalEnv() []string {
	names := []string{
		"CI", "CI_COMMIT_SHA", "CI_PROJECT_DIR", "GITLAB_CI", "GITHUB_ACTIONS", "GITHUB_SHA", "GITHUB_OUTPUT",
		"GITHUB_STEP_SUMMARY", "GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "TF_BUILD", "BUILD_SOURCEVERSION",
		"AGENT_TEMPDIRECTORY", "RUNNER_TEMP", "ROSTER_STORE", "ROSTER_COMMENT_TOKEN",
	}
	for i, name := range names {
		names[i] = name + "="
	}
	return names
}

// TestProcessesTakeTurns lets 20 processes sync one registry into one local
// store: each waits for the file, and together they create every node once.
func TestProcessesTakeTurns(t *testing.T) {
	t.Parallel()
	const processes, nodes = 20, 5
	dir := write(t, apps(nodes, "v1"))
	store := "local:" + filepath.Join(t.TempDir(), "registry.db")
	outputs, err := parallel.Map(t.Context(), processes, processes, func(ctx context.Context, _ int) (string, error) {
		out, err := process(ctx, "sync", dir, "--store", store).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w: %s", err, out)
		}
		return string(out), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	created := strings.Count(strings.Join(outputs, ""), fmt.Sprintf("Synced: %d created", nodes))
	nothing := strings.Count(strings.Join(outputs, ""), "Nothing to change")
	if created != 1 || nothing != processes-1 {
		t.Errorf("%d processes created all, %d nothing", created, nothing)
	}
	stdout, _, code := run(t, "", "audit", "verify", "--store", store)
	if code != cli.ExitOK || !strings.Contains(stdout, fmt.Sprintf("%d events, %d registrations", nodes+1, nodes)) {
		t.Errorf("audit verify exits with %d: %s", code, stdout)
	}
}

// TestSignals stops a long sync: the commit that was begun is finished, what was
// done is said, and the next run goes on from there.
func TestSignals(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signals to send")
	}
	const nodes = 2000
	dir := write(t, apps(nodes, "v1"))
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			store := "local:" + filepath.Join(t.TempDir(), "registry.db")
			stdout, stderr := interrupted(t, signal, "sync", dir, "--store", store)
			m := regexp.MustCompile(`roster: interrupted after (\d+) of 2000 changes; run roster sync again to continue`).FindStringSubmatch(stderr)
			if m == nil || !strings.Contains(stdout, "Sync interrupted: "+m[1]+" created") {
				t.Fatalf("it says\n%s\n%s", stdout, stderr)
			}
			verified, _, code := run(t, "", "audit", "verify", "--store", store)
			if code != cli.ExitOK || !strings.Contains(verified, m[1]+" registrations") {
				t.Errorf("after the signal audit verify exits with %d: %s", code, verified)
			}
			if out, _, code := run(t, "", "sync", dir, "--store", store); code != cli.ExitOK {
				t.Errorf("the next run exits with %d: %s", code, out)
			}
			verified, _, _ = run(t, "", "audit", "verify", "--store", store)
			if !strings.Contains(verified, "2001 events, 2000 registrations") {
				t.Errorf("in the end: %s", verified)
			}
		})
	}
}

// interrupted runs the command, sends it a signal when it shows its first
// progress, and checks that it ends with a failure and not by the signal.
func interrupted(t *testing.T, signal syscall.Signal, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := process(t.Context(), args...)
	var out bytes.Buffer
	cmd.Stdout = &out
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var talk strings.Builder
	sent := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		talk.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), " written") && !sent {
			sent = true
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); !sent || code != cli.ExitFailure {
		t.Fatalf("signal sent %v, exit code %d, output\n%s%s", sent, code, out.String(), talk.String())
	}
	return out.String(), talk.String()
}
