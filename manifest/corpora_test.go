// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"os"
	"testing"

	"github.com/appofapps/roster/internal/test/corpora"
	"github.com/appofapps/roster/manifest"
)

// TestCorpora reads real registries: nothing in them is wrong, and all of their
// apps have a place.
func TestCorpora(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"govuk", "govuk-earlier"} {
		r, findings, err := manifest.Load(t.Context(), os.DirFS(corpora.Dir(t, name)), manifest.Options{Workers: 2})
		if err != nil || len(findings) > 0 {
			t.Fatalf("%s: %v\n%s", name, err, lines(findings))
		}
		placed := map[string]bool{}
		for _, n := range r.Nodes {
			placed[n.App.File] = true
		}
		for _, f := range r.Files {
			if (f.Kind == manifest.KindApp || f.Kind == manifest.KindAgent) != placed[f.Path] {
				t.Errorf("%s: %s declares %s, and has a place: %v", name, f.Path, f.Kind, placed[f.Path])
			}
		}
		t.Logf("%s: %d files, %d nodes", name, len(r.Files), len(r.Nodes))
	}
}
