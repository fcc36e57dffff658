// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/manifest"
)

// TestWholeNumbers reads what the schema takes for a whole number, and leaves
// the field absent for what it does not.
func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]manifest.Int{
		"10": {Value: 10, Set: true}, "10.0": {Value: 10, Set: true}, "0": {Set: true}, "-1": {Value: -1, Set: true},
		"1.5": {}, `"10"`: {}, "true": {}, "9007199254740992": {},
	} {
		files := fstest.MapFS{manifest.RootFile: {Data: []byte("apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [], guardrails: {from: " + text + "}}\n")}}
		r, findings, err := manifest.Load(t.Context(), files, manifest.Options{})
		if err != nil || len(findings) > 0 {
			t.Fatalf("%s: %v, %v", text, findings, err)
		}
		if got := r.Root.Spec.Guardrails.From; got != want {
			t.Errorf("%s is read as %+v, want %+v", text, got, want)
		}
	}
}
