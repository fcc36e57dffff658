// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// pushed returns the environment of a job that is about a push of the registry in args:
// its folder is committed, and the event names that commit.
func pushed(t testing.TB, env, args []string) []string {
	t.Helper()
	at := slices.IndexFunc(args, func(arg string) bool {
		_, err := os.Stat(filepath.Join(arg, "roster.yaml"))
		return err == nil && arg != shop
	})
	inCI := slices.ContainsFunc(env, func(pair string) bool {
		return pair == "GITHUB_ACTIONS=true" || pair == "GITLAB_CI=true" || pair == "TF_BUILD=True"
	})
	if !inCI || len(args) > 1 && args[0] == "snapshot" && args[1] == "key" { // which needs no commit
		return env
	}
	event := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(event, []byte(`{"ref": "refs/heads/main", "repository": {"default_branch": "main"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		return append(slices.Clone(env), "GITHUB_EVENT_PATH="+event)
	}
	commit := commitAll(t, args[at])
	env = slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.Contains([]string{"GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GITHUB_EVENT_PATH"}, name)
	})
	return append(env, "GITHUB_SHA="+commit, "CI_COMMIT_SHA="+commit, "BUILD_SOURCEVERSION="+commit, "GITHUB_EVENT_PATH="+event)
}

// commits lets one test at a time commit: git locks a working copy.
var commits sync.Mutex

// commitAll commits what changed of the manifests in a folder, and returns the commit.
// Secrets and stores that a run leaves there are not part of it.
func commitAll(t testing.TB, dir string) string {
	t.Helper()
	if absolute, err := filepath.Abs(dir); err != nil || !strings.HasPrefix(absolute, os.TempDir()) {
		t.Fatalf("%s is not a copy: nothing is committed there", dir)
	}
	commits.Lock()
	defer commits.Unlock()
	git := func(args ...string) string {
		cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=ada", "-c", "user.email=ada@example.com"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
			"GIT_AUTHOR_DATE=2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE=2026-01-01T00:00:00Z")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	_, err := os.Stat(filepath.Join(dir, ".git"))
	if err != nil && exec.CommandContext(t.Context(), "git", "-C", dir, "rev-parse", "--show-toplevel").Run() == nil {
		return git("rev-parse", "HEAD") // a folder of a repository that the test commits itself
	}
	if err != nil {
		git("init", "-q", "-b", "main", ".")
		if err := os.WriteFile(filepath.Join(dir, ".git", "info", "exclude"), []byte("*\n!*.yaml\n!*/\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", "-A", ".")
		git("commit", "-q", "--allow-empty", "-m", "registry")
	} else if git("status", "--porcelain") != "" {
		git("add", "-A", ".")
		git("commit", "-q", "-m", "change")
	}
	return git("rev-parse", "HEAD")
}

// copyOf returns a copy of a registry, which can be committed.
func copyOf(t testing.TB, dir string) string {
	t.Helper()
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

// become makes a committed registry equal to another revision of it.
func become(t testing.TB, dir, revision string) string {
	t.Helper()
	commitAll(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != ".git" {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.CopyFS(dir, os.DirFS(revision)); err != nil {
		t.Fatal(err)
	}
	return dir
}
