// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"testing"

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
	return d.loadBy(t, func(d *manifest.Document) []finding.Finding { return v.checker.Check(d) })
}

// namesTwice reports whether two credentials of a node have one name, which is unique
// within the node (the schema says so, and no check looks).
func (d draft) namesTwice() bool {
	for _, file := range d {
		if kind := file["kind"]; kind != "App" && kind != "Agent" {
			continue
		}
		for _, spec := range append(environmentsOf(file), objectAt(file, "spec")) {
			seen := map[string]bool{}
			for _, c := range objectsAt(spec, "credentials") {
				if seen[textAt(c, "name")] {
					return true
				}
				seen[textAt(c, "name")] = true
			}
		}
	}
	return false
}
