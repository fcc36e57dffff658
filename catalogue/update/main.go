// SPDX-License-Identifier: Apache-2.0

// Command update regenerates one catalogue from a file that its vendor publishes. It
// downloads nothing: download the file first, and review it.
//
//	go run ./catalogue/update NAMESPACE FILE SOURCE DAY
//
// FILE is, for msgraph, permissions/new/provisioningInfo.json of the repository
// microsoftgraph/microsoft-graph-devx-content; for okta, the OpenAPI
// description of the management API (okta/okta-management-openapi-spec); for
// cosmos, the data actions of the page "Azure Cosmos DB for NoSQL data plane
// security reference", one a line; for keyvault, the secret permissions of the
// page "Vaults - Create Or Update" (SecretPermissions), one a line.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/appofapps/roster/catalogue"
)

var errUsage = errors.New("usage: go run ./catalogue/update msgraph|okta|cosmos|keyvault FILE SOURCE DAY")

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "update:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	const words = 4
	if len(args) != words {
		return errUsage
	}
	read, known := readers()[args[0]]
	if !known {
		return errUsage
	}
	text, err := os.ReadFile(args[1])
	if err != nil {
		return fmt.Errorf("read the vendor's file: %w", err)
	}
	scopes, err := read(text)
	if err != nil {
		return err
	}
	encoded, err := catalogue.Encode(catalogue.Namespace{Name: args[0], Source: args[2], Retrieved: args[3], Scopes: scopes})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("catalogue", "data", args[0]+".json"), encoded, 0o644)
}

// readers returns the function that parses each vendor's file.
func readers() map[string]func([]byte) ([]string, error) {
	return map[string]func([]byte) ([]string, error){
		"msgraph": msGraph, "okta": okta, "cosmos": cosmos, "keyvault": keyVault,
	}
}

// graphAppID is the application of Microsoft Graph (learn.microsoft.com, "Verify
// first-party Microsoft applications in sign-in reports").
const graphAppID = "00000003-0000-0000-c000-000000000000"

func msGraph(text []byte) ([]string, error) {
	var file struct {
		Deployments map[string][]struct {
			Scheme      string `json:"scheme"`
			Environment string `json:"environment"`
			Enabled     bool   `json:"isEnabled"`
			ResourceApp string `json:"resourceAppId"`
		} `json:"permissionDeployments"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read provisioning info: %w", err)
	}
	verbs := map[string]string{"Application": "application", "DelegatedWork": "delegated", "DelegatedPersonal": "delegated"}
	var scopes []string
	for _, name := range slices.Sorted(maps.Keys(file.Deployments)) {
		for _, d := range file.Deployments[name] {
			if verb := verbs[d.Scheme]; verb != "" && d.Enabled && d.Environment == "public" && (d.ResourceApp == "" || d.ResourceApp == graphAppID) {
				scopes = append(scopes, "msgraph/"+name+":"+verb)
			}
		}
	}
	return scopes, nil
}

func okta(text []byte) ([]string, error) {
	var scopes []string
	for _, name := range regexp.MustCompile(`"okta\.[A-Za-z.]+"`).FindAllString(string(text), -1) {
		rest := strings.TrimPrefix(strings.Trim(name, `"`), "okta.")
		if resource, verb := cut(rest); resource != "" && (verb == "read" || verb == "manage" || verb == "self" || verb == "register") {
			scopes = append(scopes, "okta/"+resource+":"+verb)
		}
	}
	return scopes, nil
}

// cut splits a name at its last dot.
func cut(name string) (before, after string) {
	at := strings.LastIndexByte(name, '.')
	if at < 0 {
		return "", name
	}
	return name[:at], name[at+1:]
}

func cosmos(text []byte) ([]string, error) {
	const account = "Microsoft.DocumentDB/databaseAccounts/"
	var scopes []string
	for action := range strings.FieldsSeq(string(text)) {
		rest, ours := strings.CutPrefix(action, account)
		if !ours {
			return nil, fmt.Errorf("%q is not a data action of Azure Cosmos DB", action)
		}
		if inside, found := strings.CutPrefix(rest, "sqlDatabases/containers/"); found {
			scopes = append(scopes, "cosmos/*/*/*:"+strings.ReplaceAll(inside, "/", "."))
		} else {
			scopes = append(scopes, "cosmos/*:"+strings.ReplaceAll(rest, "/", "."))
		}
	}
	return scopes, nil
}

func keyVault(text []byte) ([]string, error) {
	var scopes []string
	for verb := range strings.FieldsSeq(string(text)) {
		scopes = append(scopes, "keyvault/*/*:"+verb)
	}
	return scopes, nil
}
