// SPDX-License-Identifier: Apache-2.0

package gitfs_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/gitfs"
)

// second adds a commit to a repository and returns it with the one before.
func second(t *testing.T, dir string) (before, after string) {
	t.Helper()
	before = git(t, dir, "rev-parse", "HEAD")
	put(t, dir, "registry/second.yaml", "2")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "second")
	return before, git(t, dir, "rev-parse", "HEAD")
}

// TestRevisions shows which commit a revision is, whoever may create refs of the same
// name.
func TestRevisions(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	first, last := second(t, dir)
	for ref, commit := range map[string]string{
		"refs/remotes/origin/main":     last,
		"refs/remotes/origin/only":     first,
		"refs/remotes/origin/twice":    last,
		"refs/tags/origin/twice":       first,
		"refs/heads/origin/shadow":     first,
		"refs/remotes/origin/shadow":   last,
		"refs/tags/same":               first,
		"refs/heads/same":              first,
		"refs/tags/refs/heads/missing": first,
		"refs/heads/deep/er":           first,
		"refs/tags/" + last:            first,
		"refs/tags/HEAD":               first,
		"refs/heads/" + first[:12]:     last,
	} {
		git(t, dir, "update-ref", ref, commit)
	}
	git(t, dir, "tag", "-a", "-m", "annotated", "v1", first)
	for revision, want := range map[string]string{
		"HEAD": last, "HEAD~1": first, "HEAD^": first, "HEAD^1~0": first, first: first, last: last, strings.ToUpper(first): first, last[:10]: last,
		"main": last, "main~": first, "origin/main": last, "only": first, "v1": first, "same": first, "tags/v1": first,
		"refs/heads/origin/shadow": first, "refs/remotes/origin/shadow": last, "refs/tags/origin/twice": first, first[:12]: last,
	} {
		if f, err := gitfs.Open(t.Context(), dir, revision); err != nil || f.Commit() != want {
			t.Errorf("%s is %v, want %s", revision, err, want)
		}
	}
	for revision, want := range map[string]error{
		"origin/twice": gitfs.ErrAmbiguous, "origin/twice~1": gitfs.ErrAmbiguous, "origin/shadow": gitfs.ErrAmbiguous,
		"refs/heads/missing": gitfs.ErrNoRevision, "deep": gitfs.ErrNoRevision, "-n": gitfs.ErrNoRevision, "--all": gitfs.ErrNoRevision,
		"main@{0}": gitfs.ErrNoRevision, "@{-1}": gitfs.ErrNoRevision, ":/second": gitfs.ErrNoRevision, "HEAD^{/second}": gitfs.ErrNoRevision,
		"main..HEAD": gitfs.ErrNoRevision, "*": gitfs.ErrNoRevision, "HEAD~9": gitfs.ErrNoRevision, "^HEAD": gitfs.ErrNoRevision,
	} {
		if _, err := gitfs.Open(t.Context(), dir, revision); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", revision, err, want)
		}
	}
	_, err := gitfs.Open(t.Context(), dir, "origin/twice")
	if err == nil || !strings.HasSuffix(err.Error(), "can be refs/remotes/origin/twice or refs/tags/origin/twice; write the full name, for example refs/remotes/origin/twice") {
		t.Errorf("an ambiguous revision: %v", err)
	}
}

// TestEnvironmentChoosesNothing sets every variable by which git would read something
// else.
func TestEnvironmentChoosesNothing(t *testing.T) {
	dir, other := repository(t), repository(t)
	second(t, other)
	for name, value := range map[string]string{
		"GIT_DIR": filepath.Join(other, ".git"), "GIT_WORK_TREE": other, "GIT_COMMON_DIR": filepath.Join(other, ".git"),
		"GIT_OBJECT_DIRECTORY": t.TempDir(), "GIT_ALTERNATE_OBJECT_DIRECTORIES": t.TempDir(), "GIT_INDEX_FILE": os.DevNull,
		"GIT_NAMESPACE": "other", "GIT_PREFIX": "apps/", "GIT_SHALLOW_FILE": filepath.Join(t.TempDir(), "shallow"), "GIT_LITERAL_PATHSPECS": "1",
		"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.worktree", "GIT_CONFIG_VALUE_0": other, "GIT_CONFIG_PARAMETERS": "'core.bare=true'",
		"GIT_REPLACE_REF_BASE": "refs/heads/", "GIT_TRACE": "1",
	} {
		t.Setenv(name, value)
	}
	f, err := gitfs.Open(t.Context(), filepath.Join(dir, "registry"), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	content, err := f.ReadFile("roster.yaml")
	if _, later := f.Stat("second.yaml"); later == nil || err != nil || string(content) != "kind: Root\n" {
		t.Errorf("another repository was read: %q, %v", content, err)
	}
	if d, err := f.Distance(t.Context()); err != nil || !d.Same || !d.Known {
		t.Errorf("the distance is %+v, %v", d, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestParentsAreThoseOfTheCommit replaces and grafts the commit checked out.
func TestParentsAreThoseOfTheCommit(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	first, last := second(t, dir)
	git(t, dir, "replace", last, first)
	put(t, dir, ".git/info/grafts", last+"\n")
	commit, parents, err := gitfs.Head(t.Context(), dir)
	if err != nil || commit != last || len(parents) != 1 || parents[0] != first {
		t.Errorf("%s has parents %v, %v", commit, parents, err)
	}
	if d, err := open(t, dir, "HEAD~1").Distance(t.Context()); err != nil || d.Ahead != 1 || d.Behind != 0 || !d.Contains {
		t.Errorf("the distance is %+v, %v", d, err)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	first, last := second(t, dir)
	git(t, dir, "checkout", "-q", "-b", "change", first)
	git(t, dir, "commit", "-q", "--allow-empty", "-m", "change")
	d, err := open(t, dir, last).Distance(t.Context())
	if err != nil || d.Ahead != 1 || d.Behind != 1 || d.Contains || d.Same || !d.Known || len(d.Date) != len("2026-01-31") {
		t.Errorf("beside: %+v, %v", d, err)
	}
	if d, err = open(t, dir, "HEAD").Distance(t.Context()); err != nil || !d.Same || !d.Contains || d.Ahead != 0 {
		t.Errorf("the same: %+v, %v", d, err)
	}
}

// TestLinksOnTheWay refuses links and submodules between the repository and the folder,
// wherever they are.
func TestLinksOnTheWay(t *testing.T) {
	t.Parallel()
	dir, module := repository(t), repository(t)
	put(t, dir, "a/b/c/roster.yaml", "here")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "folders")
	for name, target := range map[string]string{"last": "registry", "middle": "a/b", "module-link": "../x"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skip("this system has no links")
		}
	}
	git(t, dir, "submodule", "--quiet", "add", module, "module")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "links")
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.Symlink(dir, outside); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{
		"last": gitfs.ErrLink, "middle/c": gitfs.ErrLink, "module": gitfs.ErrSubmodule, "module/registry": gitfs.ErrSubmodule, "a/b/c": nil,
	} {
		if _, err := gitfs.Open(t.Context(), filepath.Join(dir, name), "HEAD"); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", name, err, want)
		}
	}
	if _, err := gitfs.Open(t.Context(), filepath.Join(outside, "registry"), "HEAD"); err != nil {
		t.Errorf("a link above the repository: %v", err)
	}
	// The commit has links and a submodule; the working copy has folders.
	for _, name := range []string{"last", "middle"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		put(t, dir, name+"/c/roster.yaml", "folder")
	}
	if err := os.Remove(filepath.Join(dir, "module", ".git")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"last": gitfs.ErrLink, "middle/c": gitfs.ErrLink} {
		if _, err := gitfs.Open(t.Context(), filepath.Join(dir, name), "HEAD"); !errors.Is(err, want) {
			t.Errorf("%s of the commit: error %v, want %v", name, err, want)
		}
	}
	git(t, dir, "rm", "-q", "--cached", "module")
	if _, err := gitfs.Open(t.Context(), filepath.Join(dir, "module"), "HEAD"); !errors.Is(err, gitfs.ErrSubmodule) {
		t.Errorf("a submodule of the commit: %v", err)
	}
}

// TestAdviceWorks runs the command that an error ends with, and asks again.
func TestAdviceWorks(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	first, _ := second(t, dir)
	git(t, dir, "branch", "feature/x", first)
	for revision, want := range map[string]string{
		"origin/feature/x":              "git fetch --depth=1 origin +refs/heads/feature/x:refs/remotes/origin/feature/x",
		"feature/x":                     "git fetch --depth=1 origin +refs/heads/feature/x:refs/remotes/origin/feature/x",
		"refs/remotes/origin/feature/x": "git fetch --depth=1 origin +refs/heads/feature/x:refs/remotes/origin/feature/x",
		first:                           "git fetch --depth=1 origin " + first,
		"HEAD^1":                        "git fetch --deepen=1",
	} {
		clone := filepath.Join(t.TempDir(), "clone")
		git(t, dir, "clone", "-q", "--depth=1", "file://"+filepath.ToSlash(dir), clone)
		_, err := gitfs.Open(t.Context(), clone, revision)
		if !errors.Is(err, gitfs.ErrShallow) || !strings.HasSuffix(err.Error(), ", or "+want) {
			t.Errorf("%s: %v", revision, err)
			continue
		}
		git(t, clone, strings.Fields(want)[1:]...)
		if f := open(t, clone, revision); f.Commit() != first {
			t.Errorf("%s is %s", revision, f.Commit())
		}
	}
	for _, revision := range []string{"a;b", "$(id)", "-x", "HEAD"} {
		if _, err := gitfs.Open(t.Context(), t.TempDir(), revision); err != nil && strings.Contains(err.Error(), "git fetch") {
			t.Errorf("%s: %v", revision, err)
		}
	}
}

// TestPartialClone reads what a partial clone has, and says how to get the rest.
func TestPartialClone(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	put(t, dir, "registry/roster.yaml", "kind: Root # changed\n")
	git(t, dir, "commit", "-q", "-am", "changed")
	git(t, dir, "config", "uploadpack.allowFilter", "true")
	clone := filepath.Join(t.TempDir(), "clone")
	git(t, dir, "clone", "-q", "--filter=blob:none", "file://"+filepath.ToSlash(dir), clone)
	f := open(t, filepath.Join(clone, "registry"), "HEAD~1")
	info, err := f.Stat("apps/b.yaml")
	content, readErr := f.ReadFile("apps/b.yaml")
	if err != nil || readErr != nil || string(content) != "b" || info.Size() != 1 {
		t.Errorf("a file that is there: %q, %v, %v", content, info, errors.Join(err, readErr))
	}
	if _, err := f.ReadFile("roster.yaml"); !errors.Is(err, gitfs.ErrPartial) || !strings.HasSuffix(err.Error(), "(filter blob:none); check out without a filter, or run git fetch --refetch --no-filter origin") {
		t.Errorf("a file that is not: %v", err)
	}
	git(t, clone, "fetch", "-q", "--refetch", "--no-filter", "origin")
	if content, err := open(t, filepath.Join(clone, "registry"), "HEAD~1").ReadFile("roster.yaml"); err != nil || string(content) != "kind: Root\n" {
		t.Errorf("after the advice: %q, %v", content, err)
	}
}

// TestFailuresOfGit shows the sentence for each.
func TestFailuresOfGit(t *testing.T) {
	broken := repository(t)
	put(t, broken, ".git/config", "[core\n")
	if _, err := gitfs.Open(t.Context(), broken, "HEAD"); !errors.Is(err, gitfs.ErrConfig) || !strings.Contains(err.Error(), "bad config line 1") {
		t.Errorf("broken configuration: %v", err)
	}
	dir := repository(t)
	bin := t.TempDir()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("this system has no shell")
	}
	put(t, bin, "git", "#!/bin/sh\necho \"fatal: detected dubious ownership in repository at '/srv/a b'\n\tgit config --global --add safe.directory '/srv/a b'\" >&2\nexit 128\n")
	if err := os.Chmod(filepath.Join(bin, "git"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+path)
	if _, err := gitfs.Open(t.Context(), dir, "HEAD"); !errors.Is(err, gitfs.ErrOwner) || !strings.HasSuffix(err.Error(), "run git config --global --add safe.directory '/srv/a b'") {
		t.Errorf("the repository of another user: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := gitfs.Open(t.Context(), dir, "HEAD"); !errors.Is(err, gitfs.ErrNoGit) {
		t.Errorf("no git: %v", err)
	}
}
