// SPDX-License-Identifier: Apache-2.0

package entra

import "strings"

// words says which scopes an app role of Microsoft Graph gives, as
// msgraph#User.Read.All. Roles of other applications mean what their own API says.
func words(_, native string) (scopes []string, known bool) {
	role, found := strings.CutPrefix(native, "msgraph#")
	if !found || role == "" {
		return nil, false
	}
	return []string{"msgraph/" + role + ":application"}, true
}
