// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/cloudtest"
	"github.com/appofapps/roster/internal/test/corpora"

	"go.yaml.in/yaml/v3"

	"github.com/appofapps/roster/sync"
)

// containers reads the names of a registry's domains, which are those of their
// containers unless they say otherwise.
func containers(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, path))
		if err != nil {
			return err
		}
		var doc struct {
			Kind     string
			Metadata struct{ Name string }
			Spec     struct{ Container string }
		}
		if yaml.Unmarshal(text, &doc) != nil || doc.Kind != "Domain" {
			return nil //nolint:nilerr // not a domain
		}
		if doc.Spec.Container != "" {
			doc.Metadata.Name = doc.Spec.Container
		}
		names = append(names, doc.Metadata.Name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// result parses the output of roster sync --format json.
func result(t *testing.T, o outcome) sync.Result {
	t.Helper()
	var r sync.Result
	if err := json.Unmarshal([]byte(o.stdout), &r); err != nil {
		t.Fatalf("read the result: %v: %s", err, o)
	}
	return r
}

// replace replaces a text in a file.
func replace(t *testing.T, path, old, next string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", path, old)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, next)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestGOVUK runs the main commands on a real registry in Cosmos DB: it writes two
// revisions, syncs each again without a change, verifies the trail, and counts every
// request.
func TestGOVUK(t *testing.T) {
	t.Parallel()
	earlier, now := copyOf(t, corpora.Dir(t, "govuk-earlier")), corpora.Dir(t, "govuk")
	domains := containers(t, now)
	s := newSite(t, cloudtest.Config{}, append(containers(t, earlier), domains...)...)
	debts := []string{"--format", "json", "--allow", "dangling-scope=12", "--allow", "shared-credential=60"}
	count := func(what string, args ...string) (sync.Result, []cloudtest.Exchange, map[cloudtest.Kind]int) {
		t.Helper()
		before := len(s.Log())
		r := result(t, s.must(t, 0, "", args...))
		log, kinds := s.since(before)
		t.Logf("%s: %d written, %d commits; %d requests (%s), %.2f RU", what, r.Written(), r.Commits, len(log), tally(kinds), r.Cost.Charge)
		return r, log, kinds
	}
	r, _, _ := count("first sync", append([]string{"sync", earlier}, debts...)...)
	if r.Created != 186 {
		t.Errorf("the first sync created %d, want 186", r.Created)
	}
	r, log, kinds := count("second sync", append([]string{"sync", earlier}, debts...)...)
	quiet := map[cloudtest.Kind]int{
		cloudtest.KindOIDC: 1, cloudtest.KindToken: 1, cloudtest.KindAccount: 1,
		cloudtest.KindRead:      1, // the registry document
		cloudtest.KindQuery:     len(containers(t, earlier)),
		cloudtest.KindDiscovery: kinds[cloudtest.KindDiscovery], // Entra's own, for every token
	}
	if r.Written() != 0 || tally(kinds) != tally(quiet) {
		t.Errorf("the second sync wrote %d with %s, want 0 with %s", r.Written(), tally(kinds), tally(quiet))
	}
	for _, e := range log {
		for _, o := range e.Operations {
			if strings.HasPrefix(o.Action, "items/") && o.Action != "items/read" {
				t.Errorf("the second sync did %s", o.Action)
			}
		}
	}
	debts[5] = "shared-credential=54"
	now = become(t, earlier, now)
	r, _, _ = count("sync of the next revision", append([]string{"sync", now, "--allow", "updates=162", "--allow", "deletes=9"}, debts...)...)
	if r.Created != 3 || r.Updated != 162 || r.Deleted != 9 {
		t.Errorf("the next revision wrote %d, %d, %d; want 3, 162, 9", r.Created, r.Updated, r.Deleted)
	}
	r, _, _ = count("sync of the same again", append([]string{"sync", now}, debts...)...)
	if r.Written() != 0 {
		t.Errorf("the same again wrote %d", r.Written())
	}
	// Two nodes of 180 move to their next version.
	changed := now
	replace(t, filepath.Join(changed, "apps/platform/govuk-synthetic-test-app-canary/app.yaml"), "  version: v1\n", "  version: v2\n")
	r, log, kinds = count("sync of a small change", append([]string{"sync", changed}, debts...)...)
	var written []string
	for _, e := range log {
		for _, o := range e.Operations {
			if o.Action == "items/create" || o.Action == "items/replace" {
				written = append(written, strings.TrimPrefix(o.Action, "items/")+" "+o.ID)
			}
		}
	}
	slices.Sort(written)
	t.Logf("it wrote %q", written)
	if r.Written() != r.Updated || r.Commits != 2 || kinds[cloudtest.KindBatch] != 2 || len(written) != 2*r.Updated+1+3 {
		t.Errorf("a change of %d registrations of one app, and the record of the commit, took %d batches, which wrote %q", r.Updated, kinds[cloudtest.KindBatch], written)
	}
	s.must(t, 0, "The trail is whole: 67 chains, 365 events, 180 registrations", "audit", "verify")
	if foreign := s.Foreign(); len(foreign) > 0 {
		t.Errorf("requests to %q", foreign)
	}
}
