// SPDX-License-Identifier: Apache-2.0

package names_test

import (
	"testing"

	"github.com/appofapps/roster/internal/names"
)

// TestForms says which spellings are one name to the system that owns it.
func TestForms(t *testing.T) {
	t.Parallel()
	inside := func(name string) string { return names.File("/srv/registry", name) }
	for _, test := range []struct {
		kind string
		form func(string) string
		a, b string
		same bool
	}{
		{"principal", names.Principal, "user:Mo-Li", "user:mo-li", true},
		{"principal", names.Principal, "group:Acme/SRE", "group:acme/sre", true},
		{"principal", names.Principal, "group:mo", "user:mo", false},
		{"repository", names.Repository, "Acme/Till", "acme/till", true},
		{"source", names.Source, "GitHub.com/Acme/Till", "github.com/acme/till", true},
		{"source", names.Source, "github.com/acme/till.git", "github.com/acme/till", true},
		{"source", names.Source, "git.example.com/Till", "git.example.com/till", false},
		{"source", names.Source, "Git.Example.com/till", "git.example.com/till", true},
		{"environment", names.Environment, "Live EU", "live eu", true},
		{"actions secret", names.ActionsSecret, "till_key", "TILL_KEY", true},
		{"vault", names.Vault, "Till-Live", "till-live", true},
		{"vault object", names.VaultObject, "Till-Key", "till-key", true},
		{"file", inside, "keys/till", "./keys/till", true},
		{"file", inside, "keys//till", "keys/till", true},
		{"file", inside, "other/../keys/till", "keys/till", true},
		{"file", inside, "/srv/registry/keys/till", "keys/till", true},
		{"file", inside, "/srv//registry/./keys/x/../till", "keys/till", true},
		{"file", inside, "/srv/registry-2/keys/till", "keys/till", false},
		{"file", inside, `keys\till`, "keys/till", true},
		{"file", inside, "keys/Till", "keys/till", false},
		{"host", names.Host, "Acme.Okta.com.", "acme.okta.com", true},
		{"GUID", names.GUID, "0A1B2C3D-0000-0000-0000-00000000000F", "0a1b2c3d-0000-0000-0000-00000000000f", true},
		{"application", names.Application, "Till Live", "till live", false},
		{"application", names.Application, "0A1B2C3D-0000-0000-0000-00000000000F", "0a1b2c3d-0000-0000-0000-00000000000f", true},
		{"application", names.Application, "0oaAAAAAAAAAAAAAAAAA", "0oaaAAAAAAAAAAAAAAAA", false},
		{"resource", names.Resource, "/subscriptions/S/resourceGroups/G/", "/Subscriptions/s/resourcegroups/g", true},
	} {
		if got := test.form(test.a) == test.form(test.b); got != test.same {
			t.Errorf("%s: %q and %q are the same: %t", test.kind, test.a, test.b, got)
		}
	}
	for text, want := range map[string]bool{
		"0A1b2c3d-0000-0000-0000-00000000000F": true, "": false, "0a1b2c3d-0000-0000-0000-00000000000g": false,
		"0a1b2c3d-0000-0000-0000-0000000000000": false, "0a1b2c3d000000000000000000000000000f": false, "0a1b2c3d-0000-0000-00000-0000000000f": false,
		"0a1b2c3d-0000-0000-0000-0000000000é": false,
	} {
		if got := names.IsGUID(text); got != want {
			t.Errorf("%q is a GUID: %t", text, got)
		}
	}
	if got := names.SubjectEnvironment("live:eu"); got != "live%3Aeu" {
		t.Errorf("environment in a subject: %q", got)
	}
}

// TestIsGUID tells GUIDs from names of applications.
func TestIsGUID(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"5b2c1f0e-7d3a-4c8e-9a61-2f4d8e6b7c90": true, "5B2C1F0E-7D3A-4C8E-9A61-2F4D8E6B7C90": true,
		"5b2c1f0e-7d3a-4c8e-9a61-2f4d8e6b7c9": false, "5b2c1f0-e7d3a-4c8e-9a61-2f4d8e6b7c90": false, "5b2c1f0g-7d3a-4c8e-9a61-2f4d8e6b7c90": false,
		"5b2c1f0e7d3a4c8e9a612f4d8e6b7c90": false, "5b2c1f0e-7d3a-4c8e-9a61-2f4d8e6b7c90-": false, "{5b2c1f0e-7d3a-4c8e-9a61-2f4d8e6b7c90}": false,
		"": false, "----": false, "checkout": false, "5b2c1f0e-7d3a-4c8-e9a61-2f4d8e6b7c90": false, "5b2c1f0e-7d3-a4c8e-9a61-2f4d8e6b7c90": false,
		"5b2c1f0e-7d3a-4c8e-9a6-12f4d8e6b7c90": false, "5b2c1f0e-7d3a-4c8e-9a61-2f4d8e6b7c90\n": false,
	} {
		if got := names.IsGUID(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
