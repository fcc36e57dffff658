// SPDX-License-Identifier: Apache-2.0

package entra

import (
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/provider"
)

// secretless is from "Workload identity federation" and "Managed identities" of
// Microsoft Entra.
const secretless = "a federated credential of the application needs no secret: az ad app federated-credential create, or a managed identity"

// Descriptor returns what manifests can say about Microsoft Entra ID. Its client
// secrets carry roster's marker as their display name.
func Descriptor() provider.Descriptor {
	return provider.Descriptor{
		Type: "entra", Namespaces: []string{"entra", "msgraph"}, Identity: "entra", Words: words,
		ByName: func(application string) bool { return !names.IsGUID(application) },
		Credentials: []provider.Credential{{
			Type: Type, Opens: []provider.Part{provider.ByTenant, provider.ByApplication}, Secretless: secretless,
		}},
	}
}
