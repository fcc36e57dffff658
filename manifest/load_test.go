// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// TestSameInputSameResult loads every golden registry with one and with many
// workers, again and again.
func TestSameInputSameResult(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join("testdata", "*", "err"))
	if err != nil || len(folders) == 0 {
		t.Fatal(err)
	}
	for _, folder := range folders {
		first, findings, err := manifest.Load(t.Context(), os.DirFS(folder), manifest.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{8, 1, 3} {
			again, more, err := manifest.Load(t.Context(), os.DirFS(folder), manifest.Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(lines(findings), lines(more)); diff != "" {
				t.Errorf("%s: findings (-1 +%d workers):\n%s", folder, workers, diff)
			}
			if !reflect.DeepEqual(first, again) {
				t.Errorf("%s: registries differ with %d workers", folder, workers)
			}
		}
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	files := func(change ...string) fstest.MapFS {
		m := registry("apps/a.yaml", anApp)
		m[manifest.RootFile] = &fstest.MapFile{Data: []byte(strings.Replace(aRoot, "*.yaml", "**", 1))}
		m["domain.yaml"] = &fstest.MapFile{Data: []byte(crowdDomain("orders"))}
		m["policy.yaml"] = &fstest.MapFile{Data: []byte("{apiVersion: roster/v1, kind: PolicyTemplate, metadata: {name: p}, spec: {}}\n")}
		for i := 0; i+1 < len(change); i += 2 {
			m[change[i]] = &fstest.MapFile{Data: []byte(change[i+1])}
		}
		return m
	}
	digests := func(fsys fs.FS) (all, policy string) {
		r, _, err := manifest.Load(t.Context(), fsys, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r.Digest(), r.PolicyDigest()
	}
	all, policy := digests(files())
	const form = "sha256:"
	if !strings.HasPrefix(all, form) || len(all) != len(form)+64 || all == policy {
		t.Errorf("Digest %s, PolicyDigest %s", all, policy)
	}
	tests := []struct {
		name        string
		files       fstest.MapFS
		all, policy bool // whether it changes
	}{
		{"nothing", files(), false, false},
		{"a file that is not included", files("a.txt/b", ""), true, true},
		{"a comment in an app", files("apps/a.yaml", anApp+"# x\n"), true, false},
		{"an app more", files("apps/b.yaml", crowdApp("b", "orders", "")), true, false},
		{"an agent more", files("apps/b.yaml", strings.Replace(crowdApp("b", "orders", ""), "App", "Agent", 1)), true, false},
		{"an app without a place", files("apps/b.yaml", crowdApp("b", "nowhere", "")), true, false},
		{"a comment in a policy", files("policy.yaml", "{apiVersion: roster/v1, kind: PolicyTemplate, metadata: {name: p}, spec: {}}\n#\n"), true, true},
		{"a domain", files("domain.yaml", crowdDomain("orders")+"\n"), true, true},
		{"the root", files(manifest.RootFile, strings.Replace(aRoot, "*.yaml", "**", 1)+"\n"), true, true},
		{"a waiver more", files("w.yaml", "{apiVersion: roster/v1, kind: Waiver, metadata: {name: w}, spec: {for: orders/checkout}}\n"), true, true},
		{"a file that nobody can read", files("apps/b.yaml", "]"), true, true},
	}
	for _, tt := range tests {
		gotAll, gotPolicy := digests(tt.files)
		if (gotAll != all) != tt.all || (gotPolicy != policy) != tt.policy {
			t.Errorf("%s: Digest changed: %v, want %v; PolicyDigest changed: %v, want %v", tt.name, gotAll != all, tt.all, gotPolicy != policy, tt.policy)
		}
	}
	// A file's name and content count, not how it is split from its neighbours.
	moved := files()
	moved["apps/c.yaml"] = moved["apps/a.yaml"]
	delete(moved, "apps/a.yaml")
	if got, samePolicy := digests(moved); got == all || samePolicy != policy {
		t.Error("a moved app: Digest the same or PolicyDigest another")
	}
	// On disk, where names have the system's separator, the digest is the same.
	folder := t.TempDir()
	if err := os.CopyFS(folder, files()); err != nil {
		t.Fatal(err)
	}
	if onDisk, onDiskPolicy := digests(os.DirFS(folder)); onDisk != all || onDiskPolicy != policy {
		t.Errorf("on disk: %s and %s, want %s and %s", onDisk, onDiskPolicy, all, policy)
	}
}

// broken is a file system in which one file or folder cannot be read.
type broken struct {
	fstest.MapFS
	name string
	err  error
}

func (b broken) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
	}
	return b.MapFS.Open(name)
}

func (b broken) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
	}
	return b.MapFS.ReadDir(name)
}

func TestLoadFails(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is gone")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	files := registry("apps/a.yaml", anApp)
	files[manifest.RootFile] = &fstest.MapFile{Data: []byte(strings.Replace(aRoot, "*.yaml", "apps/*.yaml", 1))}
	tests := []struct {
		name    string
		ctx     context.Context
		files   fs.FS
		want    error
		message string
	}{
		{"no root", t.Context(), fstest.MapFS{"a.yaml": {}}, manifest.ErrNoRegistry, "no roster.yaml here"},
		{"nothing", t.Context(), fstest.MapFS{}, manifest.ErrNoRegistry, "no roster.yaml here"},
		{"root unreadable", t.Context(), broken{files, manifest.RootFile, failure}, failure, "read manifest roster.yaml: "},
		{"folder unreadable", t.Context(), broken{files, "apps", failure}, failure, "include files: read folder apps: "},
		{"file unreadable", t.Context(), broken{files, "apps/a.yaml", failure}, failure, "read manifest apps/a.yaml: "},
		{"cancelled", cancelled, files, context.Canceled, "include files: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, findings, err := manifest.Load(tt.ctx, tt.files, manifest.Options{})
			if !errors.Is(err, tt.want) || !strings.HasPrefix(err.Error(), tt.message) || r != nil || findings != nil {
				t.Errorf("Load = %v, %v, %v; want %s%v", r, findings, err, tt.message, tt.want)
			}
		})
	}
}

// TestRootThatIsNone: without a root there is no registry, and a finding says why.
func TestRootThatIsNone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, root, want string
		files            fstest.MapFS
	}{
		{"another kind", crowdDomain("orders"), "roster.yaml:1:1: error: roster.yaml is not of kind Root", nil},
		{"not readable", "]", "roster.yaml:1:1: error: not valid YAML", nil},
		{"too large", strings.Repeat("#", bombSize+1), "roster.yaml: error: file is larger than", nil},
		{"a folder", "", "roster.yaml:1:1: error: roster.yaml is a folder", fstest.MapFS{"roster.yaml/a": {}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := tt.files
			if files == nil {
				files = fstest.MapFS{manifest.RootFile: {Data: []byte(tt.root)}}
			}
			r, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
			if err != nil || r != nil || !strings.HasPrefix(lines(findings), tt.want) {
				t.Errorf("Load = %v, %v\n%swant %s", r, err, lines(findings), tt.want)
			}
		})
	}
}

// TestCheckSeesEachDocument: the caller's check judges every document of a known
// kind, once, and its findings come with the others.
func TestCheckSeesEachDocument(t *testing.T) {
	t.Parallel()
	files := registry("a.yaml", anApp)
	files["b.yaml"] = &fstest.MapFile{Data: []byte("]")}
	files["c.yaml"] = &fstest.MapFile{Data: []byte("{apiVersion: roster/v1, kind: Other}\n")}
	_, findings, err := manifest.Load(t.Context(), files, manifest.Options{Check: func(d *manifest.Document) []finding.Finding {
		return []finding.Finding{{Rule: "test", Severity: finding.Note, File: d.File(), Message: string(d.Kind())}}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, f := range findings {
		if f.Rule == "test" {
			seen = append(seen, f.File+" "+f.Message)
		}
	}
	if want := []string{"a.yaml App", "roster.yaml Root"}; !slices.Equal(seen, want) {
		t.Errorf("checked %v, want %v", seen, want)
	}
}

// TestReading is told of reading now and then.
func TestReading(t *testing.T) {
	t.Parallel()
	calls := 0
	_, _, err := manifest.Load(t.Context(), crowd(), manifest.Options{Read: func() { calls++ }})
	if err != nil || calls < 10 || calls > bombFiles/10 {
		t.Errorf("told %d times, %v", calls, err)
	}
}
