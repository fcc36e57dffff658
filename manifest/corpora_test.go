// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/appofapps/roster/manifest"
)

// corporaVariable names a folder of real registries.
const corporaVariable = "ROSTER_CORPORA"

// TestCorpora reads real registries: nothing in them is wrong, and all of their
// apps have a place.
func TestCorpora(t *testing.T) {
	t.Parallel()
	folder := os.Getenv(corporaVariable)
	if folder == "" {
		t.Skipf("set %s to a folder of real registries", corporaVariable)
	}
	roots, err := filepath.Glob(filepath.Join(folder, "*", manifest.RootFile))
	if err != nil || len(roots) == 0 {
		t.Fatalf("%s=%s: no registries: %v", corporaVariable, folder, err)
	}
	for _, root := range roots {
		r, findings, err := manifest.Load(t.Context(), os.DirFS(filepath.Dir(root)), manifest.Options{Workers: 2})
		if err != nil || len(findings) > 0 {
			t.Fatalf("%s: %v\n%s", root, err, lines(findings))
		}
		placed := map[string]bool{}
		for _, n := range r.Nodes {
			placed[n.App.File] = true
		}
		for _, f := range r.Files {
			if (f.Kind == manifest.KindApp || f.Kind == manifest.KindAgent) != placed[f.Path] {
				t.Errorf("%s: %s declares %s, and has a place: %v", root, f.Path, f.Kind, placed[f.Path])
			}
		}
		t.Logf("%s: %d files, %d nodes", filepath.Base(filepath.Dir(root)), len(r.Files), len(r.Nodes))
	}
}
