// SPDX-License-Identifier: Apache-2.0

package gitfs_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/internal/parallel"
)

// git runs git in a folder.
func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{
		"-C", dir, "-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always",
	}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// put writes a file.
func put(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// repository returns one whose first commit has some files.
func repository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	git(t, dir, "init", "-q", "-b", "main")
	put(t, dir, "registry/roster.yaml", "kind: Root\n")
	put(t, dir, "registry/apps/b.yaml", "b")
	put(t, dir, "registry/apps/a/app.yaml", "a")
	put(t, dir, "registry/empty.yaml", "")
	put(t, dir, "registry/ä „odd“\tname.yaml", "odd")
	put(t, dir, "elsewhere.yaml", "elsewhere")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "first")
	return dir
}

func open(t *testing.T, dir, revision string) *gitfs.FS {
	t.Helper()
	f, err := gitfs.Open(t.Context(), dir, revision)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestFS(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	f := open(t, filepath.Join(dir, "registry"), "HEAD")
	if err := fstest.TestFS(f, "roster.yaml", "apps/b.yaml", "apps/a/app.yaml", "empty.yaml", "ä „odd“\tname.yaml"); err != nil {
		t.Error(err)
	}
	if f.Commit() != git(t, dir, "rev-parse", "HEAD") {
		t.Errorf("the commit is %s", f.Commit())
	}
	if _, err := f.ReadFile("elsewhere.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file outside of the folder: %v", err)
	}
	if err := fstest.TestFS(open(t, dir, "main"), "registry/roster.yaml", "elsewhere.yaml"); err != nil {
		t.Error(err)
	}
}

// TestOnlyTheRevisionCounts changes everything in the working copy.
func TestOnlyTheRevisionCounts(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	put(t, dir, "registry/roster.yaml", "changed")
	put(t, dir, "registry/new.yaml", "new")
	put(t, dir, ".gitattributes", "* filter=evil ident text eol=crlf\n")
	git(t, dir, "config", "filter.evil.smudge", "touch evil")
	git(t, dir, "config", "core.fsmonitor", "touch evil")
	if err := os.RemoveAll(filepath.Join(dir, "registry", "apps")); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "replace", git(t, dir, "rev-parse", "HEAD:registry/apps/b.yaml"), git(t, dir, "rev-parse", "HEAD:elsewhere.yaml"))
	f := open(t, filepath.Join(dir, "registry"), "HEAD")
	for name, want := range map[string]string{"roster.yaml": "kind: Root\n", "apps/b.yaml": "b", "apps/a/app.yaml": "a"} {
		if got, err := f.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v; want %q", name, got, err, want)
		}
	}
	if _, err := f.ReadFile("new.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a new file: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "evil")); err == nil {
		t.Error("a program of the repository was run")
	}
}

func TestLinksAndSubmodulesLeadNowhere(t *testing.T) {
	t.Parallel()
	dir, other := repository(t), repository(t)
	for name, target := range map[string]string{"file.yaml": "roster.yaml", "out.yaml": "/etc/passwd", "apps/folder": "../apps"} {
		if err := os.Symlink(target, filepath.Join(dir, "registry", name)); err != nil {
			t.Skip("this system has no links")
		}
	}
	git(t, dir, "submodule", "--quiet", "add", other, "registry/module")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "links")
	f := open(t, filepath.Join(dir, "registry"), "HEAD")
	for name, mode := range map[string]fs.FileMode{
		"file.yaml": fs.ModeSymlink, "out.yaml": fs.ModeSymlink, "apps/folder": fs.ModeSymlink, "module": fs.ModeIrregular,
	} {
		info, err := f.Lstat(name)
		if err != nil || info.Mode().Type() != mode {
			t.Errorf("%s is a %v, %v; want %v", name, info, err, mode)
		}
		_, readErr := f.ReadFile(name)
		_, statErr := f.Stat(name)
		_, openErr := f.Open(name)
		_, dirErr := f.ReadDir(name)
		if readErr == nil || statErr == nil || openErr == nil || dirErr == nil {
			t.Errorf("%s is followed", name)
		}
	}
	if _, err := f.ReadFile("module/elsewhere.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file of a submodule: %v", err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	put(t, dir, "registry/second.yaml", "2")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "second")
	first := git(t, dir, "rev-parse", "HEAD^")
	shallow := filepath.Join(t.TempDir(), "shallow")
	git(t, dir, "clone", "-q", "--depth=1", "file://"+filepath.ToSlash(dir), shallow)
	for _, c := range []struct {
		name, dir, revision string
		want                error
		says                string
	}{
		{"no repository", t.TempDir(), "HEAD", gitfs.ErrNoRepository, "not a git repository"},
		{"no folder", filepath.Join(dir, "nowhere"), "HEAD", gitfs.ErrNoRepository, "nowhere"},
		{"no revision", dir, "nowhere", gitfs.ErrNoRevision, "git fetch origin +refs/heads/nowhere:refs/remotes/origin/nowhere"},
		{"an empty revision", dir, "", gitfs.ErrNoRevision, ""},
		{"an option", dir, "--git-dir=/", gitfs.ErrNoRevision, ""},
		{"two lines", dir, "HEAD\nHEAD", gitfs.ErrNoRevision, ""},
		{"a blob", dir, "HEAD:elsewhere.yaml", gitfs.ErrNoRevision, ""},
		{"not in a shallow clone", shallow, first, gitfs.ErrNoRevision, "fetch-depth: 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := gitfs.Open(t.Context(), c.dir, c.revision)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v with %q", err, c.want, c.says)
			}
		})
	}
	if list, err := open(t, shallow, "HEAD").ReadDir("registry"); err != nil || len(list) != 5 {
		t.Errorf("in a shallow clone: %v, %v", list, err)
	}
}

// TestNoSuchFolder shows an empty folder where the revision has none.
func TestNoSuchFolder(t *testing.T) {
	t.Parallel()
	dir := repository(t)
	put(t, dir, "late/roster.yaml", "late")
	f := open(t, filepath.Join(dir, "late"), "HEAD")
	if list, err := f.ReadDir("."); err != nil || len(list) != 0 {
		t.Errorf("it holds %v, %v", list, err)
	}
}

func TestManyReadAtOnce(t *testing.T) {
	t.Parallel()
	f := open(t, filepath.Join(repository(t), "registry"), "HEAD")
	names := []string{"roster.yaml", "apps/b.yaml", "apps/a/app.yaml", "empty.yaml"}
	read := func(i int) string {
		content, err := f.ReadFile(names[i%len(names)])
		if err != nil {
			return err.Error()
		}
		return string(content)
	}
	got, err := parallel.Map(t.Context(), 8, 400, func(_ context.Context, i int) (string, error) { return read(i), nil })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got[:4], []string{"kind: Root\n", "b", "a", ""}) {
		t.Errorf("read %q", got[:4])
	}
	for i, content := range got {
		if content != got[i%4] {
			t.Errorf("read %d is %q", i, content)
		}
	}
}
