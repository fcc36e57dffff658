// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"os"
	"path/filepath"
	"testing"
)

// commit is the commit that every job has checked out.
const commit = "4f2a6e0c9b1d8735e6f0a1b2c3d4e5f60718293a"

// Env returns the environment of a process that uses this internet. Plain HTTP also
// goes to the proxy, which refuses and logs it, because roster never uses plain HTTP.
func (c *Cloud) Env() []string {
	proxy := c.net.proxy.URL
	return []string{
		"HTTPS_PROXY=" + proxy, "https_proxy=" + proxy, "HTTP_PROXY=" + proxy, "http_proxy=" + proxy,
		"NO_PROXY=", "no_proxy=", "SSL_CERT_FILE=" + c.net.caFile,
		"AZURE_TENANT_ID=" + c.config.Tenant, "AZURE_CLIENT_ID=" + c.config.Client,
	}
}

// GitHubEnv returns Env for a job of GitHub Actions that can request an ID token:
// "Default environment variables" and "OpenID Connect reference".
func (c *Cloud) GitHubEnv() []string {
	return append(c.Env(),
		"CI=true", "GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=https://api.github.com",
		"GITHUB_REPOSITORY=acme/registry", "GITHUB_REPOSITORY_ID=700100200", "GITHUB_REPOSITORY_OWNER=acme", "GITHUB_REPOSITORY_OWNER_ID=100200",
		"GITHUB_REF=refs/heads/main", "GITHUB_REF_NAME=main", "GITHUB_REF_TYPE=branch", "GITHUB_REF_PROTECTED=true", "GITHUB_SHA="+commit,
		"GITHUB_WORKFLOW=sync", "GITHUB_WORKFLOW_REF=acme/registry/.github/workflows/sync.yml@refs/heads/main", "GITHUB_WORKFLOW_SHA="+commit,
		"GITHUB_RUN_ID=9001", "GITHUB_RUN_NUMBER=17", "GITHUB_RUN_ATTEMPT=1", "GITHUB_EVENT_NAME=push",
		"GITHUB_ACTOR=octocat", "GITHUB_ACTOR_ID=583231", "GITHUB_JOB=sync", "RUNNER_ENVIRONMENT=github-hosted",
		"ACTIONS_ID_TOKEN_REQUEST_URL=https://"+githubHost+"/runner/idtoken/9001/17?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN="+requestToken,
	)
}

// AzurePipelinesEnv returns Env for a job of Azure Pipelines with a service
// connection, as the task AzureCLI@2 prepares it: "Predefined variables", and
// the documentation of azidentity.AzurePipelinesCredential.
func (c *Cloud) AzurePipelinesEnv() []string {
	return append(c.Env(),
		"TF_BUILD=True", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI=https://dev.azure.com/acme/", "SYSTEM_COLLECTIONURI=https://dev.azure.com/acme/",
		"SYSTEM_TEAMPROJECT=registry", "SYSTEM_TEAMPROJECTID=6f1c0a52-7d7e-4b56-9f0a-1f0f5a3b2c11", "SYSTEM_JOBATTEMPT=1",
		"BUILD_BUILDID=8123", "BUILD_BUILDNUMBER=20260301.1", "BUILD_REASON=IndividualCI", "BUILD_DEFINITIONNAME=sync",
		"BUILD_REPOSITORY_NAME=registry", "BUILD_REPOSITORY_ID=1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f", "BUILD_REPOSITORY_PROVIDER=TfsGit",
		"BUILD_REPOSITORY_URI=https://acme@dev.azure.com/acme/registry/_git/registry",
		"BUILD_SOURCEBRANCH=refs/heads/main", "BUILD_SOURCEVERSION="+commit,
		"BUILD_REQUESTEDFOR=Octo Cat", "BUILD_REQUESTEDFORID=5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b",
		"SYSTEM_OIDCREQUESTURI=https://"+pipelinesHost+pipelinesPath, "SYSTEM_ACCESSTOKEN="+accessToken,
		"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID="+connectionID,
		"AZURESUBSCRIPTION_CLIENT_ID="+c.config.Client, "AZURESUBSCRIPTION_TENANT_ID="+c.config.Tenant,
	)
}

// GitLabEnv returns Env for a job of GitLab whose id_tokens set ROSTER_ID_TOKEN.
func (c *Cloud) GitLabEnv() []string {
	return append(c.Env(),
		"CI=true", "GITLAB_CI=true", "CI_SERVER_URL=https://gitlab.com", "CI_SERVER_HOST=gitlab.com",
		"CI_PROJECT_PATH=acme/registry", "CI_PROJECT_ID=4242", "CI_PROJECT_NAMESPACE=acme", "CI_PROJECT_URL=https://gitlab.com/acme/registry",
		"CI_COMMIT_SHA="+commit, "CI_COMMIT_REF_NAME=main", "CI_COMMIT_BRANCH=main", "CI_DEFAULT_BRANCH=main", "CI_COMMIT_REF_PROTECTED=true",
		"CI_PIPELINE_ID=8123", "CI_JOB_ID=90210", "CI_PIPELINE_SOURCE=push", "GITLAB_USER_LOGIN=octocat", "GITLAB_USER_ID=583231",
		"ROSTER_ID_TOKEN="+c.issuers.gitlab(),
	)
}

// AKSEnv returns Env for a pod that the webhook of Workload Identity has changed:
// "Mutating Admission Webhook" (azure.github.io/azure-workload-identity).
func (c *Cloud) AKSEnv(t testing.TB) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "azure-identity-token")
	if err := os.WriteFile(path, []byte(c.issuers.aks()), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(c.Env(), "AZURE_FEDERATED_TOKEN_FILE="+path, "AZURE_AUTHORITY_HOST=https://login.microsoftonline.com/")
}
