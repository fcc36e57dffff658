// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestReaders parses small files in the formats of the vendors.
func TestReaders(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"msgraph": {`{"permissionDeployments": {
			"User.Read": [
				{"scheme": "DelegatedWork", "environment": "public", "isEnabled": true, "resourceAppId": "00000003-0000-0000-c000-000000000000"},
				{"scheme": "Application", "environment": "public", "isEnabled": false, "resourceAppId": "00000003-0000-0000-c000-000000000000"}],
			"Zone.Read": [{"scheme": "Application", "environment": "public", "isEnabled": true, "resourceAppId": "another"}],
			"Gov.Read": [{"scheme": "Application", "environment": "usgov", "isEnabled": true}]}}`, []string{"msgraph/User.Read:delegated"}},
		"okta":     {`{"security": [{"oauth2": ["okta.apps.interclientTrust.manage", "okta.users.read.self"]}], "x": "okta.com", "y": "okta.idp"}`, []string{"okta/apps.interclientTrust:manage", "okta/users.read:self"}},
		"cosmos":   {"Microsoft.DocumentDB/databaseAccounts/readMetadata\nMicrosoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read\n", []string{"cosmos/*:readMetadata", "cosmos/*/*/*:items.read"}},
		"keyvault": {"get\nlist\n", []string{"keyvault/*/*:get", "keyvault/*/*:list"}},
	} {
		got, err := readers()[name]([]byte(test.text))
		if d := cmp.Diff(test.want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
	if _, err := cosmos([]byte("Microsoft.Storage/read")); err == nil {
		t.Error("a foreign action is taken for one of Cosmos DB")
	}
}
