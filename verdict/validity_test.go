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

// load resolves a draft, nil if it has an error or apps that the oracle cannot tell apart.
func (v *validity) load(t testing.TB, d draft) *manifest.Registry {
	t.Helper()
	r := d.loadBy(t, func(d *manifest.Document) []finding.Finding { return v.checker.Check(d) })
	if r == nil || namesakes(r) {
		return nil
	}
	return r
}

// namesakes reports whether two apps of a domain have one name, which they can have below
// different apps. The oracle finds the app above another by its name.
func namesakes(r *manifest.Registry) bool {
	seen := map[string]bool{}
	for _, n := range r.Nodes {
		name := n.Domain.Meta.Name.Value + "/" + n.App.Meta.Name.Value
		if n.Environment == nil && seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}
