// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A consumer is a repository that uses roster's action by reference, as anybody
// else's does: the example workflow, the example registry, and act
// (https://github.com/nektos/act), which runs workflows without GitHub. The
// action is this working tree; everything else is offline, and a request to
// anywhere fails.
type consumer struct {
	*testing.T
	act, dir, scratch string
}

// newConsumer makes the repository. ROSTER_ACT names the program; make e2e
// installs it.
func newConsumer(t *testing.T) *consumer {
	t.Helper()
	act := os.Getenv("ROSTER_ACT")
	if act == "" {
		t.Skip("SKIPPED: ROSTER_ACT names no act; make e2e installs it")
	}
	c := &consumer{T: t, act: act, dir: t.TempDir(), scratch: t.TempDir()}
	if err := os.CopyFS(filepath.Join(c.dir, "registry"), os.DirFS("../../examples/shop")); err != nil {
		t.Fatal(err)
	}
	workflow, err := os.ReadFile("../../examples/workflows/roster.yml")
	if err != nil {
		t.Fatal(err)
	}
	store := "local:" + filepath.Join(c.scratch, "store.db")
	text := strings.NewReplacer("@COMMIT", "@v1", "cosmos:https://acme.documents.azure.com/registry", store).Replace(string(workflow))
	c.write(".github/workflows/roster.yml", text)
	c.git("init", "-q", "-b", "main")
	c.git("remote", "add", "origin", "https://github.com/acme/shop")
	c.commit("base")
	return c
}

func (c *consumer) write(name, text string) {
	c.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.Fatal(err)
	}
}

// edit replaces a text of a file that has it.
func (c *consumer) edit(name, old, text string) {
	c.Helper()
	content, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || !strings.Contains(string(content), old) {
		c.Fatalf("%s does not have %q: %v", name, old, err)
	}
	c.write(name, strings.Replace(string(content), old, text, 1))
}

func (c *consumer) git(args ...string) string {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), "git", args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=eve", "GIT_AUTHOR_EMAIL=eve@example.com", "GIT_COMMITTER_NAME=eve", "GIT_COMMITTER_EMAIL=eve@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		c.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (c *consumer) commit(message string) string {
	c.Helper()
	c.git("add", "--all")
	c.git("commit", "-q", "--allow-empty", "-m", message)
	return c.git("rev-parse", "HEAD")
}

// run runs the workflow for an event and returns what was printed and whether
// the job passed.
func (c *consumer) run(name string, event map[string]any) (log string, passed bool) {
	c.Helper()
	text, err := json.Marshal(event)
	if err != nil {
		c.Fatal(err)
	}
	file := filepath.Join(c.scratch, "event.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		c.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		c.Fatal(err)
	}
	args := []string{
		name, "-e", file, "-P", "ubuntu-latest=-self-hosted", "--pull=false", "--action-offline-mode", "--no-cache-server",
		"--action-cache-path", filepath.Join(c.scratch, "actions"), "--concurrent-jobs", "1",
		"--local-repository", "https://github.com/appofapps/roster@v1=" + root,
	}
	for _, variable := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.CommandContext(c.Context(), "go", "env", variable).Output()
		if err != nil {
			c.Fatal(err)
		}
		args = append(args, "--env", variable+"="+strings.TrimSpace(string(out)))
	}
	// Port 9 discards: whatever goes by way of it fails.
	for _, pair := range []string{"GOPROXY=off", "HTTPS_PROXY=http://127.0.0.1:9", "HTTP_PROXY=http://127.0.0.1:9"} {
		args = append(args, "--env", pair)
	}
	settings := filepath.Join(c.scratch, "config", "act")
	if err := os.MkdirAll(settings, 0o750); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(settings, "actrc"), nil, 0o600); err != nil {
		c.Fatal(err)
	}
	cmd := exec.CommandContext(c.Context(), c.act, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.scratch,
		"XDG_CONFIG_HOME=" + filepath.Dir(settings), "XDG_CACHE_HOME=" + filepath.Join(c.scratch, "cache"),
	}
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		c.Fatal(err)
	}
	return string(out), cmd.ProcessState.Success()
}

// pullRequest is the event of a pull request from a fork.
func (c *consumer) pullRequest(base, head string) map[string]any {
	return map[string]any{
		"action": "opened", "number": 5,
		"pull_request": map[string]any{
			"number": 5, "user": map[string]any{"login": "eve", "type": "User"}, "labels": []any{},
			"base": map[string]any{"ref": "main", "sha": base, "repo": map[string]any{"id": 1, "full_name": "acme/shop"}},
			"head": map[string]any{"ref": "feature", "sha": head, "repo": map[string]any{"id": 2, "full_name": "eve/shop", "fork": true}},
		},
		"repository": map[string]any{"id": 1, "full_name": "acme/shop", "default_branch": "main"},
	}
}

// TestWorkflow runs the example workflow in another repository: on pull requests
// from a fork, one that widens access and one that does not, and on push.
func TestWorkflow(t *testing.T) {
	c := newConsumer(t)
	base := c.git("rev-parse", "HEAD")

	c.git("checkout", "-q", "-b", "feature")
	c.edit("registry/apps/orders/checkout.yaml", "acme/checkout, environment: prod", "acme/checkout")
	log, passed := c.run("pull_request", c.pullRequest(base, c.commit("widen")))
	for _, want := range []string{
		"::set-output:: verdict=failed", "::set-output:: new-access=1",
		"Summary - ### 1 new access grant and no new headroom compared with `" + base[:12] + "`",
		"orders/checkout@prod may now orders/carts:read as repo:acme/checkout:*",
	} {
		if passed || !strings.Contains(log, want) {
			t.Fatalf("the widening passed: %v, and its log lacks %q\n%s", passed, want, log)
		}
	}

	c.git("checkout", "-q", "-B", "feature", "main")
	c.edit("registry/apps/orders/checkout.yaml", "version: v1.42.0", "version: v1.43.0")
	log, passed = c.run("pull_request", c.pullRequest(base, c.commit("harmless")))
	if !passed || !strings.Contains(log, "::set-output:: verdict=passed") || !strings.Contains(log, "no new access and no new headroom") {
		t.Fatalf("the harmless pull request passed: %v\n%s", passed, log)
	}

	c.git("checkout", "-q", "main")
	push := map[string]any{"ref": "refs/heads/main", "deleted": false, "repository": map[string]any{"id": 1, "default_branch": "main"}}
	for _, want := range []string{"Synced: 37 created, 0 updated, 0 deleted", "Nothing to change: the store equals the registry"} {
		log, passed = c.run("push", push)
		if !passed || !strings.Contains(log, want) {
			t.Fatalf("the push passed: %v, and its log lacks %q\n%s", passed, want, log)
		}
	}
}
