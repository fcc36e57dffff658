// SPDX-License-Identifier: Apache-2.0

// Package azure describes Azure Resource Manager to the rest of roster: the
// namespaces of its scopes, which key vaults share. It issues no credentials.
package azure

import "github.com/appofapps/roster/provider"

// Descriptor returns what manifests can say about Azure.
func Descriptor() provider.Descriptor {
	return provider.Descriptor{Namespaces: []string{"azure", "keyvault"}}
}
