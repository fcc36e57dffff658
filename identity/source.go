// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"fmt"
	"strings"
)

// Source is where the assertions about a run come from.
type Source string

// The sources, in the order of preference. The first one that the environment
// offers is used, so a job's identity precedes the identity of its machine.
const (
	// GitHubActions: docs.github.com, "OpenID Connect".
	GitHubActions Source = "github-actions"
	// AzurePipelines: learn.microsoft.com, "Connect to Azure with an Azure
	// Resource Manager service connection", workload identity federation.
	AzurePipelines Source = "azure-pipelines"
	// TokenVariable: docs.gitlab.com, "OpenID Connect (OIDC) Authentication
	// Using ID Tokens". The job's `id_tokens` set a variable to an assertion.
	TokenVariable Source = "token-variable"
	// TokenFile: learn.microsoft.com, "Use Microsoft Entra Workload ID with
	// Azure Kubernetes Service (AKS)"; or a file that a CI system writes.
	TokenFile Source = "token-file"
	// Developer: learn.microsoft.com, "Authenticate Go apps to Azure services
	// during local development using developer accounts".
	Developer Source = "developer-login"
)

// The variables that select a source.
const (
	envIDToken    = "ROSTER_ID_TOKEN"            //nolint:gosec // the name of a variable that contains an assertion
	envTokenFile  = "AZURE_FEDERATED_TOKEN_FILE" // set by AKS; "Microsoft Entra Workload ID" names it
	envGitHub     = "GITHUB_ACTIONS"
	envAzure      = "TF_BUILD"
	envGitLab     = "GITLAB_CI"
	envConnection = "ROSTER_SERVICE_CONNECTION" // takes precedence over the one below
	// set for the tasks that log in to Azure: learn.microsoft.com, "Azure CLI
	// task", as envAzureTenant and envAzureClient are
	envAzureConnection = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"
)

// String returns the name of the source for a message.
func (s Source) String() string {
	switch s {
	case GitHubActions:
		return "GitHub Actions OIDC"
	case AzurePipelines:
		return "Azure Pipelines service connection"
	case TokenVariable:
		return "ID token in " + envIDToken
	case TokenFile:
		return "token file in " + envTokenFile
	case Developer:
		return "developer's login (Azure CLI, else Azure Developer CLI)"
	default:
		return string(s)
	}
}

// Advice for a CI system that provided no assertion.
const (
	adviseGitHub = "GitHub gives this job no ID token: add `permissions: {id-token: write, contents: read}` to the job" +
		" (a pull request from a fork never gets one: run there only what needs no store)"
	adviseAzure = "this pipeline names no service connection: run the step in an AzureCLI@2 task, or set " + envConnection +
		" to the id of a service connection with workload identity federation"
	adviseGitLab = "this job has no ID token: add `id_tokens: {" + envIDToken + ": {aud: " + publicAudience + "}}` to the job"
	adviseOther  = "this job has no assertion: put an OIDC token of the CI system into " + envIDToken +
		", or name a file with one in " + envTokenFile
)

// choose returns the first source that the environment offers.
func choose(c Config) (Source, error) {
	azure := strings.EqualFold(c.Getenv(envAzure), "true")
	switch {
	case c.IDToken != nil:
		return GitHubActions, nil
	case azure && connectionOf(c.Getenv) != "":
		return AzurePipelines, nil
	case c.Getenv(envIDToken) != "":
		return TokenVariable, nil
	case c.Getenv(envTokenFile) != "":
		return TokenFile, nil
	case c.Getenv(envGitHub) == "true":
		return "", fmt.Errorf("%w: %s", ErrNoIdentity, adviseGitHub)
	case azure:
		return "", fmt.Errorf("%w: %s", ErrNoIdentity, adviseAzure)
	case c.Getenv(envGitLab) == "true":
		return "", fmt.Errorf("%w: %s", ErrNoIdentity, adviseGitLab)
	case c.CI:
		return "", fmt.Errorf("%w: %s", ErrNoIdentity, adviseOther)
	}
	return Developer, nil
}

func connectionOf(getenv func(string) string) string {
	return firstOf(getenv, envConnection, envAzureConnection)
}

func firstOf(getenv func(string) string, names ...string) string {
	for _, name := range names {
		if value := strings.TrimSpace(getenv(name)); value != "" {
			return value
		}
	}
	return ""
}
