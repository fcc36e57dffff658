// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPrincipalOf parses the claims of tokens; invalid claims give zero values.
func TestPrincipalOf(t *testing.T) {
	t.Parallel()
	const object = "0b7ec700-5a4b-4c3d-9e2f-1a0b9c8d7e6f"
	token := func(claims string) string { return "h." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".s" }
	for text, want := range map[string]Principal{
		token(`{"oid": "` + object + `", "roles": ["Application.ReadWrite.OwnedBy"]}`): {Object: object, Roles: []string{"Application.ReadWrite.OwnedBy"}},
		token(`{"oid": "` + object + `"}`):                                             {Object: object},
		token(`{"oid": "somebody", "roles": ["x"]}`):                                   {},
		token(`{"oid": 1}`): {},
		token(`[`):          {},
		"h.*.s":             {},
		"opaque":            {},
	} {
		if diff := cmp.Diff(want, principalOf(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
