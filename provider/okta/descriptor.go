// SPDX-License-Identifier: Apache-2.0

package okta

import "github.com/appofapps/roster/provider"

// secretless is from Okta's "Client authentication methods".
const secretless = "private_key_jwt needs no shared secret: a key in Key Vault, its public half with the application, and its client authentication set to public key" //nolint:gosec // advice, and no secret

// Descriptor returns what manifests can say about Okta. Its client secrets carry no
// marker, so that an application's secrets belong to one credential.
func Descriptor() provider.Descriptor {
	application := []provider.Part{provider.ByTenant, provider.ByApplication}
	return provider.Descriptor{
		Type: Kind, Namespaces: []string{"okta"}, Identity: "okta", Words: words,
		ByName: func(application string) bool { return !applicationID.MatchString(application) },
		Credentials: []provider.Credential{{
			Type: Type, KeyedBy: application, Opens: application, Secretless: secretless,
		}},
	}
}
