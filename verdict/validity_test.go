// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// A validity loads drafts that are registries by the schemas too: a change of others is
// refused before its gains matter.
type validity struct{ checker *schema.Checker }

func newValidity() *validity { return &validity{schema.New()} }

// load resolves a draft, nil if it has an error.
func (v *validity) load(t testing.TB, d draft) *manifest.Registry {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, file := range d {
		text, err := json.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: text}
	}
	registry, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{
		Workers: 1, Check: func(d *manifest.Document) []finding.Finding { return v.checker.Check(d) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Severity == "error" {
			return nil
		}
	}
	return registry
}
