// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"os"
	"testing"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/corpora"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// TestRealRegistriesPass holds every manifest of two real registries against
// the schemas.
func TestRealRegistriesPass(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"govuk", "govuk-earlier"} {
		checker, checked := schema.New(), 0
		check := func(d *manifest.Document) []finding.Finding {
			checked++
			found := checker.Check(d)
			for _, f := range found {
				t.Errorf("%s: %s: %s: %s", name, f.Position(), f.Rule, f.Sentence())
			}
			return found
		}
		_, _, err := manifest.Load(t.Context(), os.DirFS(corpora.Dir(t, name)), manifest.Options{Check: check})
		if err != nil {
			t.Fatalf("load %s: %v", name, err)
		}
		if checked < 70 {
			t.Errorf("%s: %d manifests were checked, there are more", name, checked)
		}
	}
}
