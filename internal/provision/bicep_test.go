// SPDX-License-Identifier: Apache-2.0

package provision_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/provision"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// specimens are the desired states of the golden files.
func specimens() map[string]provision.Desired {
	bare := wanted()
	bare.Containers, bare.Readers, bare.Writers, bare.Federations = []string{provision.System}, nil, nil, nil
	bare.Throughput.Serverless = true
	autoscale := wanted()
	autoscale.Throughput.Autoscale = 2000
	autoscale.Federations = append(autoscale.Federations, federation("roster-plan", "repo:acme/registry:environment:it's ${x} \\ 'y'"))
	return map[string]provision.Desired{"detected": wanted(), "serverless": bare, "autoscale": autoscale}
}

// TestBicep holds the files against those that were reviewed. No compiler has
// read them: it is a separate program, which this build does not have.
func TestBicep(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for name, w := range specimens() {
		file := filepath.Join("testdata", name+".bicep")
		used[file] = true
		var got bytes.Buffer
		if err := provision.Bicep(&got, w); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !used[file] {
			t.Errorf("%s belongs to no specimen", file)
		}
	}
}

// TestBicepNamesAsMakeDoes: what one has made the other finds, so the GUIDs of
// the file are those in the account, and so is what they stand for.
func TestBicepNamesAsMakeDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.make(t, w.look(t, wanted()))
	var text bytes.Buffer
	if err := provision.Bicep(&text, wanted()); err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, of := range []map[string]map[string]any{w.arm.Roles, w.arm.Assignments} {
		for id := range of {
			made = append(made, id)
		}
	}
	slices.Sort(made)
	var printed []string
	for _, m := range regexp.MustCompile(`name: '([0-9a-f]{8}-[0-9a-f-]{27})'`).FindAllStringSubmatch(text.String(), -1) {
		printed = append(printed, m[1])
	}
	slices.Sort(printed)
	if diff := cmp.Diff(made, printed); diff != "" || len(made) != 4 {
		t.Errorf("(-made +printed):\n%s", diff)
	}
}

// TestNamesAreOfTheirDatabase and account and principal: two registries share
// an account without sharing a role.
func TestNamesAreOfTheirDatabase(t *testing.T) {
	t.Parallel()
	guids := regexp.MustCompile(`'[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'`)
	seen := map[string]string{}
	for name, edit := range map[string]func(*provision.Desired){
		"as it is":         func(*provision.Desired) {},
		"another database": func(w *provision.Desired) { w.Database = "registry2" },
		"capitals":         func(w *provision.Desired) { w.Database = "Registry" },
		"another account":  func(w *provision.Desired) { w.Account = "acme-registry2" },
	} {
		w := wanted()
		edit(&w)
		var text bytes.Buffer
		if err := provision.Bicep(&text, w); err != nil {
			t.Fatal(err)
		}
		found := guids.FindAllString(text.String(), -1)
		if len(found) != 4 {
			t.Errorf("%s: %d names, want 4: %q", name, len(found), found)
		}
		for _, id := range found {
			if seen[id] != "" {
				t.Errorf("%s is of %q and of %q", id, seen[id], name)
			}
			seen[id] = name
		}
	}
	// Other spellings of the same principal are the same.
	upper := wanted()
	upper.Readers = []string{strings.ToUpper(reader)}
	var a, b bytes.Buffer
	if err := errors.Join(provision.Bicep(&a, wanted()), provision.Bicep(&b, upper)); err != nil || a.String() != b.String() {
		t.Errorf("capitals make another file (%v)", err)
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrorIsReturned(t *testing.T) {
	t.Parallel()
	if err := provision.Bicep(full{}, wanted()); !errors.Is(err, errFull) {
		t.Errorf("error is %v", err)
	}
}
