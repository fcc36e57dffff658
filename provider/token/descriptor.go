// SPDX-License-Identifier: Apache-2.0

package token

import "github.com/appofapps/roster/provider"

// Descriptor returns what manifests can say about tokens that roster issues itself.
// No provider has to be declared for them, and they have no scopes.
func Descriptor() provider.Descriptor {
	return provider.Descriptor{Credentials: []provider.Credential{{
		Type:       Type,
		Secretless: "a service with workload identity needs no token: have it show its own, and the other side verify that",
	}}}
}
