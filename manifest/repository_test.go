// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"testing"

	"github.com/appofapps/roster/manifest"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"acme/checkout":      {"acme/checkout", ""},
		"Acme/Checkout":      {"acme/checkout", ""},
		"Acme@1/Checkout@22": {"acme/checkout", "1/22"},
		"acme@1/checkout":    {"acme/checkout", ""}, // which the schema refuses
		"acme":               {"acme/", ""},
	} {
		g := manifest.GitHubIdentity{Repository: manifest.String{Value: text}}
		if name, ids := g.Names(); name != want[0] || ids != want[1] {
			t.Errorf("%s is %q, %q", text, name, ids)
		}
	}
}
