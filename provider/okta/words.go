// SPDX-License-Identifier: Apache-2.0

package okta

import "strings"

// words says which scopes a grant of a scope of Okta's management API gives, as
// grant:okta.apps.read. Scopes of other authorization servers mean what their own API
// says.
func words(_, native string) (scopes []string, known bool) {
	name, found := strings.CutPrefix(native, "grant:okta.")
	at := strings.LastIndexByte(name, '.')
	if !found || at <= 0 || at == len(name)-1 {
		return nil, false
	}
	return []string{"okta/" + name[:at] + ":" + name[at+1:]}, true
}
