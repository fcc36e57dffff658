// SPDX-License-Identifier: Apache-2.0

package cosmos

import "github.com/appofapps/roster/provider"

// secretless is from "Connect to Azure Cosmos DB for NoSQL using role-based access
// control".
const secretless = "a role on the data plane needs no key: az cosmosdb sql role assignment create, then disableLocalAuth on the account" //nolint:gosec // advice, and no secret

// Descriptor returns what manifests can say about Azure Cosmos DB. An account has
// one pair of keys of each type, so that each belongs to one credential.
func Descriptor() provider.Descriptor {
	// "Read-only keys" and "Permission model" of Azure Cosmos DB.
	const reads = "cosmos/{account}/**:readMetadata,items.read,executeQuery,readChangeFeed"
	account := []provider.Part{provider.ByAccount}
	return provider.Descriptor{
		Type: Kind, Namespaces: []string{"cosmos"}, Words: words,
		Credentials: []provider.Credential{
			{Type: Type, KeyedBy: account, Opens: account, Words: "cosmos/{account}/**:*", Secretless: secretless},
			{Type: TypeReadOnly, KeyedBy: account, Opens: account, Words: reads, Secretless: secretless},
		},
	}
}
