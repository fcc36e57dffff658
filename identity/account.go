// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"fmt"
	"strings"
)

// Variables of the application to log in as. The names are those of azidentity and
// azure/login: learn.microsoft.com, "Environment variables" of the Azure Identity
// client libraries.
const (
	envTenant      = "AZURE_TENANT_ID"
	envClient      = "AZURE_CLIENT_ID"
	envAzureTenant = "AZURESUBSCRIPTION_TENANT_ID"
	envAzureClient = "AZURESUBSCRIPTION_CLIENT_ID"
)

// account is an application in a tenant.
type account struct{ tenant, client string }

// accountOf reads the application from the environment. A developer's login needs
// no application.
func accountOf(getenv func(string) string, source Source) (account, error) {
	tenants, clients := []string{envTenant}, []string{envClient}
	if source == AzurePipelines {
		tenants, clients = append(tenants, envAzureTenant), append(clients, envAzureClient)
	}
	a := account{firstOf(getenv, tenants...), firstOf(getenv, clients...)}
	if source == Developer {
		a.client = ""
		if a.tenant == "" {
			return a, nil
		}
		return a, checkTenant(a.tenant)
	}
	var missing []string
	if a.tenant == "" {
		missing = append(missing, envTenant)
	}
	if a.client == "" {
		missing = append(missing, envClient)
	}
	if missing != nil {
		return account{}, fmt.Errorf("%w: %s not set (Entra admin centre, App registrations, the application's overview:"+
			" Directory (tenant) ID and Application (client) ID; both are no secrets). %s",
			ErrConfig, strings.Join(missing, " and "), whereFrom(source))
	}
	if err := checkTenant(a.tenant); err != nil {
		return account{}, err
	}
	if !isGUID(a.client) {
		return account{}, fmt.Errorf("%w: %s %q is not the id of an application; an id looks like 00000000-0000-0000-0000-000000000000",
			ErrConfig, envClient, a.client)
	}
	return a, nil
}

// whereFrom returns how to set a variable for a job of a source.
func whereFrom(source Source) string {
	switch source {
	case GitHubActions:
		return "Pass them with `env:`, from variables of the repository or the environment; secrets are empty in a pull request from a fork"
	case AzurePipelines:
		return "An AzureCLI@2 task sets " + envAzureTenant + " and " + envAzureClient + "; elsewhere set them as variables of the pipeline"
	case TokenVariable:
		return "Set them as CI/CD variables of the project"
	case TokenFile:
		return "In AKS they are set when the service account has the annotation azure.workload.identity/client-id" +
			" and the pod the label azure.workload.identity/use: \"true\""
	default:
		return ""
	}
}

// isTenant reports whether a name has the form of a directory's id or domain.
func isTenant(name string) bool {
	return name != "" && len(name) <= 253 && name[0] != '.' && name[0] != '-' &&
		!strings.ContainsFunc(name, func(r rune) bool { return !isAlnum(r) && r != '.' && r != '-' })
}

// isGUID reports whether a text has the form of an id in Entra.
func isGUID(text string) bool {
	groups := strings.Split(text, "-")
	for i, size := range [...]int{8, 4, 4, 4, 12} {
		if len(groups) != 5 || len(groups[i]) != size {
			return false
		}
	}
	return !strings.ContainsFunc(text, func(r rune) bool { return r != '-' && !strings.ContainsRune("0123456789abcdefABCDEF", r) })
}

func isAlnum(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// checkTenant checks that a tenant names exactly one directory, because an
// application logs in to one. The names of several or no directory are in
// learn.microsoft.com, "OAuth 2.0 and OpenID Connect in the Microsoft identity
// platform".
func checkTenant(tenant string) error {
	switch lower := strings.ToLower(tenant); {
	case lower == "common", lower == "organizations", lower == "consumers", lower == "adfs": //nolint:misspell // Microsoft's word
		return fmt.Errorf("%w: %s %q does not name one directory; use its id, which looks like 00000000-0000-0000-0000-000000000000", ErrConfig, envTenant, tenant)
	case !isTenant(tenant):
		return fmt.Errorf("%w: %s %q is neither the id nor a domain of a directory; an id looks like 00000000-0000-0000-0000-000000000000", ErrConfig, envTenant, tenant)
	}
	return nil
}

// stored returns the variables of long-lived credentials that azidentity reads:
// learn.microsoft.com, "EnvironmentCredential". It is an error if one is set, even
// if it is unused: every step of the job can read it.
func stored() []string {
	return []string{
		"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD",
		"AZURE_USERNAME", "AZURE_PASSWORD",
	}
}

func refuseStored(getenv func(string) string) error {
	var set []string
	for _, name := range stored() {
		if getenv(name) != "" {
			set = append(set, name)
		}
	}
	if set == nil {
		return nil
	}
	return fmt.Errorf("%w: %s is set; roster logs in by workload identity federation only."+
		" Unset it, delete the credential in Entra ID, and add a federated credential to the application"+
		" (learn.microsoft.com, \"Configure an app to trust an external identity provider\")", ErrStoredSecret, strings.Join(set, ", "))
}
