// SPDX-License-Identifier: Apache-2.0

package rootfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/internal/rootfs"
)

// lay writes files into a folder and opens it.
func lay(t *testing.T, names ...string) (*rootfs.FS, string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := rootfs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f, dir
}

func TestFS(t *testing.T) {
	t.Parallel()
	names := []string{"roster.yaml", "apps/orders/carts/app.yaml", "apps/orders/checkout/app.yaml", "apps/orders/note.txt", "domains/orders.yaml"}
	f, _ := lay(t, names...)
	if err := fstest.TestFS(f, names...); err != nil {
		t.Error(err)
	}
	for _, name := range names { // again, with the folders kept
		if text, err := fs.ReadFile(f, name); err != nil || string(text) != name {
			t.Errorf("%s holds %q, %v", name, text, err)
		}
	}
}

func TestMoreFoldersThanAreKept(t *testing.T) {
	t.Parallel()
	var names []string
	for i := range 300 {
		names = append(names, fmt.Sprintf("apps/%03d/below/app.yaml", i))
	}
	f, _ := lay(t, names...)
	seen := 0
	err := fs.WalkDir(f, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			seen++
			_, err = fs.ReadFile(f, name)
		}
		return err
	})
	if err != nil || seen != len(names) {
		t.Errorf("%d files seen, error %v", seen, err)
	}
}

func TestNothingLeadsOut(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	f, dir := lay(t, "apps/orders/app.yaml")
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"apps/file": outside, "apps/folder": filepath.Dir(outside), "up": ".."} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.ReadDir("apps"); err != nil { // which is kept from here on
		t.Fatal(err)
	}
	for _, name := range []string{"apps/file", "apps/folder/secret", "up/secret", "../secret", "/etc/passwd", "apps/../../secret", ""} {
		if text, err := fs.ReadFile(f, name); err == nil {
			t.Errorf("%s leads out, to %q", name, text)
		}
	}
	_, err := f.Open("apps/orders/none.yaml")
	if failed, ok := errors.AsType[*fs.PathError](err); !errors.Is(err, fs.ErrNotExist) || !ok || failed.Path != "apps/orders/none.yaml" {
		t.Errorf("error %v, want one that names the path", err)
	}
}

// FuzzOpen opens any path, and checks that the opened file is inside the folder.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"roster.yaml", "..", "a/../..", "a//b", "a/b/", ".", "a\x00b", `..\..`} {
		f.Add(seed)
	}
	dir := f.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "in", "a", "b"), 0o750); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret"), []byte("secret"), 0o600); err != nil {
		f.Fatal(err)
	}
	folder, err := rootfs.Open(filepath.Join(dir, "in"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if text, err := fs.ReadFile(folder, name); err == nil {
			t.Fatalf("%q holds %q", name, text)
		}
		if entries, err := folder.ReadDir(name); err == nil && !fs.ValidPath(name) {
			t.Fatalf("%q lists %v", name, entries)
		}
	})
}
