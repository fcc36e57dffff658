// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// TestManifestsThatNothingIncludes finds each file that its author takes for a part of
// the registry, and no other.
func TestManifestsThatNothingIncludes(t *testing.T) {
	t.Parallel()
	const app = "apiVersion: roster/v1\nkind: App\nmetadata: {name: till}\nspec: {domain: d, owner: \"group:o\", version: v1, scopes: []}\n"
	for name, test := range map[string]struct {
		text  string
		stray bool
	}{
		"a/till.yml":              {app, true},
		"a/b/till.yaml":           {app, true},
		"a/TILL.YAML":             {app, true},
		"till.json":               {`{"kind":"App","apiVersion":"roster/v1"}`, true},
		"flow.yaml":               {`{kind: App, apiVersion: "roster/v1"}`, true},
		"late.yaml":               {"# about\nkind: Waiver\n'apiVersion': 'roster/v1'\n", true},
		"a typo.yaml":             {"kind: Aap\napiVersion: roster/v1\n", true},
		"windows.yaml":            {"kind: App\r\napiVersion: roster/v1\r\n", true},
		"another version.yaml":    {"apiVersion: roster/v2\n", true},
		"a saved plan.json":       {`{"apiVersion":"roster/v1","kind":"Plan","changes":[{"after":{"kind":"App"}}]}`, false},
		"deployment.yaml":         {"apiVersion: apps/v1\nkind: Deployment\n", false},
		"values.yaml":             {"image: roster/v1\n", false},
		"readme.md":               {app, false},
		".git/till.yaml":          {app, false},
		".roster/till.yaml":       {app, false},
		"other/roster.yaml":       {app, false}, // a registry of its own
		"other/apps/till.yaml":    {app, false},
		"empty.yaml":              {"", false},
		"apps/till/included.yaml": {app, false},
	} {
		fsys := fstest.MapFS{name: &fstest.MapFile{Data: []byte(test.text)}}
		if _, err := fsys.Open("other"); err == nil {
			fsys["other/roster.yaml"] = &fstest.MapFile{}
		}
		fsys["d.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: roster/v1\nkind: Domain\nmetadata: {name: d}\nspec: {owner: \"group:o\"}\n")}
		fsys["roster.yaml"] = &fstest.MapFile{Data: []byte("apiVersion: roster/v1\nkind: Root\nmetadata: {name: shop}\nspec: {include: [d.yaml, \"apps/**/*.yaml\"]}\n")}
		_, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(findings, func(f finding.Finding) bool { return f.Rule == manifest.RuleNotIncluded && f.File == name })
		if found != test.stray {
			t.Errorf("%s: named is %t: %v", name, found, findings)
		}
	}
}
