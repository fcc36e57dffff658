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

	"github.com/appofapps/roster/internal/test/cloudtest"
)

// cacheCommit is the revision of actions/cache that the workflows pin.
const cacheCommit = "5a3ec84eff668545956fd18022155c47e93e2684"

// A consumer is a repository that uses roster's actions by reference: the example
// registry, the workflows that init writes, and act (https://github.com/nektos/act),
// which runs workflows without GitHub. The actions are this working tree, or a release
// of it. GitHub, Entra ID, Key Vault and Cosmos DB are the cloud of the test, and no
// other host can be reached. act does not check permissions, limits and the
// restrictions of forks.
type consumer struct {
	*testing.T
	*site
	act, dir, scratch string
	roster            string   // folder of the actions
	token             string   // github.token; "" for none
	env               []string // more of a job's environment
	pulls             *cloudtest.Pulls
}

// newConsumer creates the repository. ROSTER_ACT names the program act, which make e2e
// installs.
func newConsumer(t *testing.T) *consumer {
	t.Helper()
	act := os.Getenv("ROSTER_ACT")
	if act == "" {
		t.Skip("SKIPPED: ROSTER_ACT names no act; make e2e installs it")
	}
	c := &consumer{T: t, site: newSite(t, cloudtest.Config{}, containers(t, shop)...), act: act, dir: t.TempDir(), scratch: t.TempDir(), roster: t.TempDir()}
	c.publish()
	c.Vault(t)
	c.pulls = c.Pulls()
	if err := os.CopyFS(filepath.Join(c.dir, "registry"), os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	const key = "keyvault:" + cloudtest.VaultKey
	cmd := c.command(t.Context(), "init", "registry", "--ci", "github", "--store", c.store(), "--pin", "v1", "--sign-with", key)
	cmd.Dir = c.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line := strings.TrimSpace(c.site.must(t, 0, "shop+", "snapshot", "key", filepath.Join(c.dir, "registry"), "--sign-with", key).stdout)
	c.edit("registry/roster.yaml", "spec:\n", "spec:\n  snapshotKeys: ["+line+"]\n")
	c.git("init", "-q", "-b", "main")
	c.git("remote", "add", "origin", "https://github.com/acme/registry")
	c.commit("base")
	return c
}

// publish puts what the repository has, and nothing that was built or installed,
// where act looks for the actions: it copies all of it for every step.
func (c *consumer) publish() {
	c.Helper()
	list := exec.CommandContext(c.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		c.Fatal(err)
	}
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		from, to := filepath.Join("../..", name), filepath.Join(c.roster, name)
		if info, err := os.Lstat(from); err != nil || !info.Mode().IsRegular() {
			continue // deleted and not yet committed, or a link of some test
		}
		content, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o750)
		}
		if err == nil {
			err = os.WriteFile(to, content, 0o600)
		}
		if err != nil {
			c.Fatal(err)
		}
	}
}

func (c *consumer) edit(name, old, text string) {
	c.Helper()
	edit(c.T, filepath.Join(c.dir, name), old, text)
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

// An actRun is what a run of a workflow left.
type actRun struct {
	log    string
	passed bool
}

// job runs a workflow for an event, whose job may ask for an ID token or not.
func (c *consumer) job(workflow, name string, event map[string]any, trusted bool) actRun {
	c.Helper()
	cmd := c.start(workflow, name, event, trusted)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		c.Fatal(err)
	}
	return actRun{string(out), cmd.ProcessState.Success()}
}

// start prepares a run.
func (c *consumer) start(workflow, name string, event map[string]any, trusted bool) *exec.Cmd {
	c.Helper()
	text, err := json.Marshal(event)
	if err != nil {
		c.Fatal(err)
	}
	file, settings := filepath.Join(c.scratch, "event.json"), filepath.Join(c.scratch, "config", "act")
	if err := os.MkdirAll(settings, 0o750); err != nil {
		c.Fatal(err)
	}
	for path, content := range map[string][]byte{file: text, filepath.Join(settings, "actrc"): nil} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			c.Fatal(err)
		}
	}
	cache, err := filepath.Abs("testdata/cache")
	if err != nil {
		c.Fatal(err)
	}
	args := []string{
		name, "-W", ".github/workflows/" + workflow, "-e", file, "-P", "ubuntu-latest=-self-hosted", "--pull=false",
		"--action-offline-mode", "--no-cache-server", "--action-cache-path", filepath.Join(c.scratch, "actions"), "--concurrent-jobs", "1",
		"--local-repository", "https://github.com/appofapps/roster@v1=" + c.roster,
		"--local-repository", "https://github.com/actions/cache@" + cacheCommit + "=" + cache,
		"--env", "ROSTER_E2E_CACHE=" + filepath.Join(c.scratch, "kept"), "--env", "GOPROXY=off",
	}
	for _, pair := range c.env {
		args = append(args, "--env", pair)
	}
	if c.token != "" {
		args = append(args, "-s", "GITHUB_TOKEN="+c.token)
	}
	for _, variable := range []string{"GOCACHE", "GOMODCACHE"} {
		out, err := exec.CommandContext(c.Context(), "go", "env", variable).Output()
		if err != nil {
			c.Fatal(err)
		}
		args = append(args, "--env", variable+"="+strings.TrimSpace(string(out)))
	}
	for _, pair := range c.GitHubEnv() {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case strings.HasPrefix(name, "ACTIONS_ID_TOKEN_"):
			if trusted {
				args = append(args, "--env", pair)
			}
		case strings.HasPrefix(name, "AZURE_"):
			args = append(args, "--var", pair)
		case strings.HasSuffix(strings.ToUpper(name), "_PROXY"), name == "SSL_CERT_FILE":
			args = append(args, "--env", pair)
		}
		if name == "SSL_CERT_FILE" {
			args = append(args, "--env", "CURL_CA_BUNDLE="+value)
		}
	}
	cmd := exec.CommandContext(c.Context(), c.act, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + c.scratch,
		"XDG_CONFIG_HOME=" + filepath.Dir(settings), "XDG_CACHE_HOME=" + filepath.Join(c.scratch, "cache"),
	}
	return cmd
}

// pullRequest is the event of a pull request from base to head.
func (c *consumer) pullRequest(base, head string, fork bool) map[string]any {
	repository := map[string]any{"id": 1, "full_name": "acme/registry", "default_branch": "main"}
	from := repository
	if fork {
		from = map[string]any{"id": 2, "full_name": "eve/registry", "fork": true}
	}
	return map[string]any{
		"action": "opened", "number": 5, "repository": repository,
		"pull_request": map[string]any{
			"number": 5, "user": map[string]any{"login": "eve", "type": "User"}, "labels": []any{},
			"base": map[string]any{"ref": "main", "sha": base, "repo": repository},
			"head": map[string]any{"ref": "feature", "sha": head, "repo": from},
		},
	}
}

func push() map[string]any {
	return map[string]any{"ref": "refs/heads/main", "deleted": false, "repository": map[string]any{"id": 1, "full_name": "acme/registry", "default_branch": "main"}}
}

// mustSay expects a run to pass or to fail, with these texts in its log.
func (c *consumer) mustSay(r actRun, passed bool, texts ...string) {
	c.Helper()
	if r.passed != passed {
		c.Fatalf("the run passed: %v\n%s", r.passed, r.log)
	}
	for _, text := range texts {
		if !strings.Contains(r.log, text) {
			c.Fatalf("its log lacks %q\n%s", text, r.log)
		}
	}
	for _, secret := range c.Secrets() {
		if secret != "" && strings.Contains(maskless(r.log), secret) {
			c.Errorf("a token is in the log\n%s", r.log)
		}
	}
}

// maskless leaves out the commands that have the runner mask a token, which act
// shows, as GitHub does not.
func maskless(log string) string {
	var rest strings.Builder
	for line := range strings.Lines(log) {
		if !strings.Contains(line, "::add-mask::") {
			rest.WriteString(line)
		}
	}
	return rest.String()
}

var planDigest = regexp.MustCompile(`Digest: (sha256:[0-9a-f]{64})`)

// TestWorkflows runs the workflows that init writes: merged manifests are synced to
// Cosmos DB through OIDC, and with the snapshot of the sync, pull requests are reviewed
// and planned without access to the store.
func TestWorkflows(t *testing.T) {
	c := newConsumer(t)

	// A merge is synced, a snapshot is signed and saved, and the trail is intact.
	first := c.job("roster-sync.yml", "push", push(), true)
	c.mustSay(first, true, "Synced: 37 created, 0 updated, 0 deleted", "snapshot of 37 registrations written to roster.snapshot", "The trail is whole")
	_, kinds := c.since(0)
	if kinds[cloudtest.KindOIDC] == 0 || kinds[cloudtest.KindBatch] == 0 || len(c.Foreign()) > 0 {
		t.Errorf("%s, and to nobody: %v", tally(kinds), c.Foreign())
	}
	before := len(c.site.Log())
	c.mustSay(c.job("roster-sync.yml", "push", push(), true), true, "Nothing to change: the store equals the registry")
	if _, kinds := c.since(before); kinds[cloudtest.KindBatch] != 0 {
		t.Errorf("the second sync wrote: %s", tally(kinds))
	}

	base := c.git("rev-parse", "HEAD")
	c.git("checkout", "-q", "-b", "feature")
	c.edit("registry/apps/orders/checkout.yaml", "acme/checkout, environment: prod", "acme/checkout")
	head := c.commit("widen")

	// A pull request that widens access fails, and reports it in five places.
	c.token = cloudtest.CommentToken
	const witness = "orders/checkout@prod gains orders/carts:read as repo:acme/checkout:*"
	c.mustSay(c.job("roster-review.yml", "pull_request", c.pullRequest(base, head, false), false), false,
		witness, "title=new-access::"+witness, "::set-output:: verdict=failed", "::set-output:: new-access=1",
		"Summary - ### ❌ 1 new access grant and no loosened limits compared with `"+base[:12]+"`", "comment on pull request 5: made")
	comments := c.pulls.Comments()
	if len(comments) != 1 || !strings.Contains(comments[0].Body, "### ❌ 1 new access grant") || !strings.Contains(comments[0].Body, "| `orders/checkout@prod` | `repo:acme/checkout:*` |") ||
		!strings.Contains(comments[0].Body, "```mermaid") {
		t.Errorf("comments: %v", comments)
	}

	// One that does not passes, with the plan in its comment, which is changed in
	// place.
	c.git("checkout", "-q", "-B", "feature", "main")
	c.edit("registry/apps/orders/checkout.yaml", "version: v1.42.0", "version: v1.43.0")
	head = c.commit("harmless")
	before = len(c.site.Log())
	reviewed := c.job("roster-review.yml", "pull_request", c.pullRequest(base, head, false), false)
	c.mustSay(reviewed, true, "::set-output:: verdict=passed", "::set-output:: changes=1", "no new access and no loosened limits",
		"Plan: 0 to create, 1 to update, 0 to delete", "comment on pull request 5: changed")
	if comments := c.pulls.Comments(); len(comments) != 1 || !strings.Contains(comments[0].Body, "<summary>Plan: 0 to create, 1 to update, 0 to delete</summary>") {
		t.Errorf("comments: %v", comments)
	}
	for _, x := range c.site.Log()[before:] {
		if x.Host != "api.github.com" {
			t.Errorf("the review asked %s", x.Host)
		}
	}

	// The same from a fork sends no request, and plans the same.
	before = len(c.site.Log())
	fork := c.job("roster-review.yml", "pull_request", c.pullRequest(base, head, true), false)
	c.mustSay(fork, true, "::set-output:: verdict=passed", "no comment: runs of a fork's pull request may not write")
	if asked := c.site.Log()[before:]; len(asked) > 0 {
		t.Errorf("the review of a fork made %d requests, the first to %s", len(asked), asked[0].Host)
	}
	fromStore := c.site.must(t, 0, "1 to update", "plan", filepath.Join(c.dir, "registry"), "--commit", head).stdout
	want := planDigest.FindString(fromStore)
	for name, run := range map[string]actRun{"pull request": reviewed, "fork": fork} {
		if got := planDigest.FindString(run.log); got != want || got == "" {
			t.Errorf("%s: %q from the snapshot, %q from the store", name, got, want)
		}
	}

	// A proposal is never synced, not even by a workflow that it contains.
	evil := strings.Replace(string(c.read(".github/workflows/roster-sync.yml")), "on:\n", "on:\n  pull_request:\n", 1)
	c.git("checkout", "-q", "-B", "feature", "main")
	if err := os.WriteFile(filepath.Join(c.dir, ".github/workflows/roster-sync.yml"), []byte(evil), 0o600); err != nil {
		t.Fatal(err)
	}
	before = len(c.site.Log())
	c.mustSay(c.job("roster-sync.yml", "pull_request", c.pullRequest(base, c.commit("evil"), false), true), false, "refusing to run sync for pull request 5")
	if asked := c.site.Log()[before:]; len(asked) > 0 {
		t.Errorf("a pull request got as far as %s", asked[0].Host)
	}
}

func (c *consumer) read(name string) []byte {
	c.Helper()
	content, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil {
		c.Fatal(err)
	}
	return content
}
