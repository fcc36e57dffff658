// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/appofapps/roster/manifest"
)

// TestGlobs says which files of one tree each pattern includes.
func TestGlobs(t *testing.T) {
	t.Parallel()
	tree := strings.Fields("a.yaml b.yml .hidden.yaml apps/a.yaml apps/b.yaml apps/B.yaml apps/x/a.yaml apps/x/y/a.yaml " +
		"apps/x/y/a.yml apps/a.yaml.d/c.yaml apps/.git/a.yaml .git/a.yaml ä/ö.yaml deep/deep/a.yaml")
	tests := []struct{ include, want string }{
		{"*.yaml", "a.yaml .hidden.yaml"},
		{"a.yaml", "a.yaml"},
		{"A.yaml", ""},
		{"apps/*.yaml", "apps/a.yaml apps/b.yaml apps/B.yaml"},
		{"apps/[a-z].yaml", "apps/a.yaml apps/b.yaml"},
		{"apps/[^a].yaml", "apps/b.yaml apps/B.yaml"},
		{"apps/?.yaml", "apps/a.yaml apps/b.yaml apps/B.yaml"},
		{"*/?.yaml", "apps/a.yaml apps/b.yaml apps/B.yaml ä/ö.yaml"},
		{"apps/*/a.yaml", "apps/x/a.yaml"},
		{"**/a.yaml", "a.yaml apps/a.yaml apps/x/a.yaml apps/x/y/a.yaml deep/deep/a.yaml"},
		{"apps/**/a.yaml", "apps/a.yaml apps/x/a.yaml apps/x/y/a.yaml"},
		{"**/x/**/a.yaml", "apps/x/a.yaml apps/x/y/a.yaml"},
		{"**/**/y/a.y*ml", "apps/x/y/a.yaml apps/x/y/a.yml"},
		{"**/deep/a.yaml", "deep/deep/a.yaml"},
		{"deep/**/deep/**/a.yaml", "deep/deep/a.yaml"},
		{"apps/x/**", "apps/x/a.yaml apps/x/y/a.yaml apps/x/y/a.yml"},
		{"b.yml/**", ""},
		{"**", "a.yaml b.yml .hidden.yaml apps/a.yaml apps/b.yaml apps/B.yaml apps/x/a.yaml apps/x/y/a.yaml apps/x/y/a.yml apps/a.yaml.d/c.yaml ä/ö.yaml deep/deep/a.yaml"},
		{".git/*", ""},
		{"apps/.git/a.yaml", ""},
		{"apps", ""},
		{"apps/*.yaml.d", ""},
	}
	for _, tt := range tests {
		t.Run(tt.include, func(t *testing.T) {
			t.Parallel()
			files := withRoot(`["` + tt.include + `"]`)
			for _, name := range tree {
				files[name] = &fstest.MapFile{Data: []byte(anApp)}
			}
			got := includedFiles(t, files)
			want := append(strings.Fields(tt.want), manifest.RootFile)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s includes\n%v, want\n%v", tt.include, got, want)
			}
		})
	}
}

// includedFiles returns the paths that a registry was read from, and fails when
// an include that names none is not reported, or one that does is.
func includedFiles(t *testing.T, files fs.FS) []string {
	t.Helper()
	registry, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range registry.Files {
		paths = append(paths, f.Path)
	}
	if reported := strings.Contains(lines(findings), "[include-empty]"); reported != (len(paths) == 1) {
		t.Errorf("%v, and findings\n%s", paths, lines(findings))
	}
	return paths
}

func TestOneFileByTwoGlobsIsReadOnce(t *testing.T) {
	t.Parallel()
	files := withRoot(`["*.yaml", "a.yaml", "**/a.yaml", "roster.yaml"]`)
	files["a.yaml"] = &fstest.MapFile{Data: []byte(anApp)}
	if got, want := includedFiles(t, files), []string{"a.yaml", manifest.RootFile}; !slices.Equal(got, want) {
		t.Errorf("read %v, want %v", got, want)
	}
}

func TestManyGlobs(t *testing.T) {
	t.Parallel()
	files := withRoot("[" + strings.Repeat(`"*.yaml", `, 257) + "]")
	_, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
	if want := "include has more than 256 patterns"; err != nil || len(findings) != 1 || findings[0].Message != want {
		t.Errorf("%v\n%swant %s", err, lines(findings), want)
	}
}

// TestNothingOutside has a registry on disk with everything that could lead out
// of it or hang a reader.
func TestNothingOutside(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, include string
		lay           func(t *testing.T, folder, outside string)
		want          string // of the findings
		file          string // that must not be read
	}{
		{"a link to a file outside", "apps/*.yaml", func(t *testing.T, folder, outside string) {
			link(t, filepath.Join(outside, "secret.yaml"), filepath.Join(folder, "apps", "a.yaml"))
		}, `apps/a.yaml: error: include "apps/*.yaml" matches a symbolic link`, "apps/a.yaml"},
		{"a link to a file inside", "apps/*.yaml", func(t *testing.T, folder, _ string) {
			link(t, "real.yaml", filepath.Join(folder, "apps", "a.yaml"))
		}, `apps/a.yaml: error: include "apps/*.yaml" matches a symbolic link`, "apps/a.yaml"},
		{"a link to nothing", "apps/*.yaml", func(t *testing.T, folder, _ string) {
			link(t, "nothing", filepath.Join(folder, "apps", "a.yaml"))
		}, `apps/a.yaml: error: include "apps/*.yaml" matches a symbolic link`, "apps/a.yaml"},
		{"a link to itself", "apps/*.yaml", func(t *testing.T, folder, _ string) {
			link(t, "a.yaml", filepath.Join(folder, "apps", "a.yaml"))
		}, `apps/a.yaml: error: include "apps/*.yaml" matches a symbolic link`, "apps/a.yaml"},
		{"a link to a folder outside, on the way", "more/*.yaml", func(t *testing.T, folder, outside string) {
			link(t, outside, filepath.Join(folder, "more"))
		}, `more: error: include "more/*.yaml" matches a symbolic link`, "more/secret.yaml"},
		{"a link to a folder inside, on the way", "**/secret.yaml", func(t *testing.T, folder, _ string) {
			link(t, ".", filepath.Join(folder, "apps", "loop"))
		}, `apps/loop: error: include "**/secret.yaml" matches a symbolic link`, "apps/loop/real.yaml"},
		{"a link with dots", "more/*.yaml", func(t *testing.T, folder, _ string) {
			link(t, "../outside", filepath.Join(folder, "more"))
		}, `more: error: include "more/*.yaml" matches a symbolic link`, "more/secret.yaml"},
		{"an absolute include", "/etc/*", nil, "roster.yaml:4:18: error: include \"/etc/*\" is not a relative path inside the registry", ""},
		{"an include with dots", "../outside/*.yaml", nil, "roster.yaml:4:18: error: include \"../outside/*.yaml\" is not a relative path inside the registry", ""},
		{"a named pipe", "apps/*.yaml", func(t *testing.T, folder, _ string) {
			pipe(t, filepath.Join(folder, "apps", "a.yaml"))
		}, `apps/a.yaml: error: include "apps/*.yaml" matches a special file`, "apps/a.yaml"},
		{"the root as a link", "apps/*.yaml", func(t *testing.T, folder, _ string) {
			root := filepath.Join(folder, manifest.RootFile)
			if err := os.Rename(root, root+".real"); err != nil {
				t.Fatal(err)
			}
			link(t, manifest.RootFile+".real", root)
		}, "roster.yaml:1:1: error: roster.yaml is a symbolic link", ""},
		{"the root as a named pipe", "apps/*.yaml", func(t *testing.T, folder, _ string) {
			root := filepath.Join(folder, manifest.RootFile)
			if err := os.Remove(root); err != nil {
				t.Fatal(err)
			}
			pipe(t, root)
		}, "roster.yaml:1:1: error: roster.yaml is a special file", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			folder, outside := layRegistry(t, tt.include)
			if tt.lay != nil {
				tt.lay(t, folder, outside)
			}
			read, findings := loadWithin(t, folder, 10*time.Second)
			if !strings.Contains(findings, tt.want) {
				t.Errorf("findings\n%swant\n%s", findings, tt.want)
			}
			if slices.Contains(read, tt.file) || strings.Contains(findings, "secret:") {
				t.Errorf("read %v\n%s", read, findings)
			}
		})
	}
}

// TestLinksThatNoGlobReaches leaves alone what is not asked for.
func TestLinksThatNoGlobReaches(t *testing.T) {
	t.Parallel()
	folder, outside := layRegistry(t, "**/real.yaml")
	link(t, "real.yaml", filepath.Join(folder, "apps", "AGENTS.md"))
	link(t, filepath.Join(outside, "secret.yaml"), filepath.Join(folder, ".git", "link"))
	read, findings := loadWithin(t, folder, 10*time.Second)
	if want := []string{"apps/real.yaml", manifest.RootFile}; !slices.Equal(read, want) || strings.Contains(findings, "link") {
		t.Errorf("read %v, want %v\n%s", read, want, findings)
	}
}

// layRegistry makes a registry with one app and, beside it, a folder that is not
// its own.
func layRegistry(t *testing.T, include string) (folder, outside string) {
	t.Helper()
	top := t.TempDir()
	folder, outside = filepath.Join(top, "registry"), filepath.Join(top, "outside")
	root := strings.Replace(aRoot, `["*.yaml"]`, `["`+include+`"]`, 1)
	for path, content := range map[string]string{
		filepath.Join(folder, manifest.RootFile):    root,
		filepath.Join(folder, "apps", "real.yaml"):  anApp,
		filepath.Join(folder, ".git", "config"):     "",
		filepath.Join(outside, "secret.yaml"):       "secret: 1\n",
		filepath.Join(folder, "apps", "x.yaml.txt"): "",
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return folder, outside
}

func link(t *testing.T, target, name string) {
	t.Helper()
	err := os.Symlink(target, name)
	if err != nil && runtime.GOOS == "windows" {
		t.Skip("links need a privilege: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// loadWithin reads a registry on disk, and fails when that takes too long.
func loadWithin(t *testing.T, folder string, limit time.Duration) (read []string, findings string) {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		registry, list, err := manifest.Load(t.Context(), root.FS(), manifest.Options{})
		findings = lines(list)
		if err != nil {
			findings += err.Error()
		}
		if registry != nil {
			for _, f := range registry.Files {
				read = append(read, f.Path)
			}
		}
	}()
	select {
	case <-done:
		return read, findings
	case <-time.After(limit):
		t.Fatal("still reading")
		return nil, ""
	}
}
