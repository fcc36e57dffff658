// SPDX-License-Identifier: Apache-2.0

package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/rotatetest"
	"github.com/appofapps/roster/rotate/sink/file"
)

// TestStaging keeps values of two workers and of two credentials apart, and forgets
// only what it is told to.
func TestStaging(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	sink, place, other := file.Sink{Folder: folder}, registration.Sink{File: "deep/api"}, registration.Sink{File: "deep/api.next-x"}
	if list, err := sink.Staged(t.Context(), place, "roster/a/1"); err != nil || len(list) != 0 {
		t.Fatalf("%v, %v", list, err)
	}
	refs, last := map[string]bool{}, ""
	for _, s := range []rotate.StagedValue{
		{Marker: "roster/a/1", Fence: 1, Value: redact.New("one")}, {Marker: "roster/a/1", Fence: 2, Key: "k", Value: redact.New("two")}, {Marker: "roster/b/1", Fence: 1, Value: redact.New("three")},
	} {
		ref, err := sink.Stage(t.Context(), place, s)
		if err != nil || refs[ref] {
			t.Fatalf("%q, %v", ref, err)
		}
		refs[ref], last = true, ref
	}
	if err := sink.Deliver(t.Context(), other, "", redact.New("{}")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "deep", "api.next-0123456789ab-9"), []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := sink.Staged(t.Context(), place, "roster/a/1")
	if err != nil || len(list) != 2 || list[0].Value.Reveal() != "two" || list[0].Key != "k" || list[1].Value.Reveal() != "one" {
		t.Fatalf("%v, %v", list, err)
	}
	if err := sink.Unstage(t.Context(), place, "roster/a/"); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(filepath.Join(folder, "deep"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	want := []string{"api.next-0123456789ab-9", "api.next-x", "api" + last}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("left: %v, want %v", names, want)
	}
}

func TestDeliver(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	absolute := filepath.Join(t.TempDir(), "token")
	for _, place := range []registration.Sink{{File: "api"}, {File: absolute}} {
		for _, value := range []string{"first", "second"} {
			if err := (file.Sink{Folder: folder}).Deliver(t.Context(), place, "m", redact.New(value)); err != nil {
				t.Fatal(err)
			}
			path := place.File
			if !filepath.IsAbs(path) {
				path = filepath.Join(folder, path)
			}
			content, err := os.ReadFile(path)
			info, statErr := os.Stat(path)
			if err != nil || statErr != nil || string(content) != value || info.Mode().Perm() != 0o600 {
				t.Errorf("%q, %v, %v", content, err, statErr)
			}
		}
	}
}

// TestOutside refuses a relative path that leads out of the folder, by itself or
// by a link: a manifest may not say where else a job writes.
func TestOutside(t *testing.T) {
	t.Parallel()
	folder, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(folder, "link")); err != nil {
		t.Skip("SKIPPED: there are no links here")
	}
	sink := file.Sink{Folder: folder}
	for _, path := range []string{"../x", "a/../../x", "link/x", "link/deep/x", ""} {
		place := registration.Sink{File: path}
		if err := sink.Deliver(t.Context(), place, "m", redact.New("v")); !errors.Is(err, file.ErrOutside) {
			t.Errorf("%q: %v", path, err)
		}
		if _, err := sink.Stage(t.Context(), place, rotate.StagedValue{Value: redact.New("v")}); !errors.Is(err, file.ErrOutside) {
			t.Errorf("%q: %v", path, err)
		}
	}
	entries, err := os.ReadDir(elsewhere)
	if err != nil || len(entries) > 1 { // a folder at most
		t.Errorf("%v, %v", entries, err)
	}
}

// TestContract holds the sink to the contract of sinks.
func TestContract(t *testing.T) {
	t.Parallel()
	rotatetest.TestSink(t, func(t *testing.T) rotatetest.Places {
		folder := t.TempDir()
		return rotatetest.Places{
			Sink: file.Sink{Folder: folder}, One: registration.Sink{File: "deep/api"}, Other: registration.Sink{File: "deep/api.next"},
			Serves: func(place registration.Sink) string {
				content, err := os.ReadFile(filepath.Join(folder, place.File))
				if err != nil {
					return ""
				}
				return string(content)
			},
		}
	})
}
