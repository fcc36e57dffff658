// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Service is the name of what issues the tokens.
const Service = "Entra ID"

// The variables that name the Entra ID to use. The first is Azure's, and accepts
// only hosts of Microsoft, because the assertion is sent to that host. A custom
// authority needs roster's variable, which nothing sets by accident.
const (
	envAuthority    = "AZURE_AUTHORITY_HOST"
	envOwnAuthority = "ROSTER_AUTHORITY"
)

// The audience that the Entra ID of each cloud expects in an assertion:
// learn.microsoft.com, "Configure an application to trust a managed identity".
const (
	publicAudience     = "api://AzureADTokenExchange"
	governmentAudience = "api://AzureADTokenExchangeUSGov"
	chinaAudience      = "api://AzureADTokenExchangeChina"
)

// authority is the Entra ID that issues the tokens.
type authority struct {
	cloud    cloud.Configuration
	audience string // expected in an assertion
	own      bool   // not operated by Microsoft
}

// known returns the authority of Microsoft at a host, and whether there is one:
// learn.microsoft.com, "National clouds", Microsoft Entra authentication endpoints.
// The second host in China is the newer name of the first; azcore has only one.
func known(host string) (authority, bool) {
	switch host {
	case "login.microsoftonline.com":
		return authority{cloud.AzurePublic, publicAudience, false}, true
	case "login.microsoftonline.us":
		return authority{cloud.AzureGovernment, governmentAudience, false}, true
	case "login.chinacloudapi.cn", "login.partner.microsoftonline.cn":
		china := cloud.AzureChina
		china.ActiveDirectoryAuthorityHost = "https://" + host + "/"
		return authority{china, chinaAudience, false}, true
	}
	return authority{}, false
}

func authorityOf(getenv func(string) string) (authority, error) {
	if text := strings.TrimSpace(getenv(envOwnAuthority)); text != "" {
		return ownAuthority(text)
	}
	text := strings.TrimSpace(getenv(envAuthority))
	if text == "" {
		text = cloud.AzurePublic.ActiveDirectoryAuthorityHost
	}
	host := strings.TrimSuffix(strings.TrimPrefix(strings.ToLower(text), "https://"), "/")
	if a, ok := known(host); ok {
		return a, nil
	}
	return authority{}, fmt.Errorf("%w: %s %q is not an authority of Microsoft; allowed: https://login.chinacloudapi.cn, https://login.microsoftonline.com,"+
		" https://login.microsoftonline.us, https://login.partner.microsoftonline.cn; put a custom authority into %s",
		ErrConfig, envAuthority, text, envOwnAuthority)
}

// ownAuthority returns the custom authority at an https URL of a host without a
// path.
func ownAuthority(text string) (authority, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return authority{}, fmt.Errorf("%w: %s %q is not of the form https://HOST", ErrConfig, envOwnAuthority, text)
	}
	host := strings.ToLower(u.Host)
	if a, ok := known(host); ok {
		return a, nil
	}
	return authority{
		cloud:    cloud.Configuration{ActiveDirectoryAuthorityHost: "https://" + host + "/"},
		audience: publicAudience,
		own:      true,
	}, nil
}
