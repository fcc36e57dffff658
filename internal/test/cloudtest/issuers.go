// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The issuers, and the subjects that Entra accepts from them by default.
const (
	// GitHubIssuer: "OpenID Connect reference" (docs.github.com).
	GitHubIssuer  = "https://token.actions.githubusercontent.com"
	GitHubSubject = "repo:acme/registry:environment:prod"

	// PipelinesIssuer is the one of an organisation of Azure DevOps, and its
	// subject a service connection: "Set up a Resource Manager workload identity
	// service connection" (learn.microsoft.com). Connections made later may have
	// Entra itself as their issuer.
	PipelinesIssuer  = "https://vstoken.dev.azure.com/3d0fa9c2-8a53-4a4e-9b3d-0a6f4a1e7c55"
	PipelinesSubject = "sc://acme/registry/roster-prod"

	// GitLabIssuer: "OpenID Connect (OIDC) Authentication Using ID Tokens"
	// (docs.gitlab.com).
	GitLabIssuer  = "https://gitlab.com"
	GitLabSubject = "project_path:acme/registry:ref_type:branch:ref:main"

	// AKSIssuer ends in a slash: "Create an OpenID Connect provider on Azure
	// Kubernetes Service" (learn.microsoft.com).
	AKSIssuer  = "https://westeurope.oic.prod-aks.azure.com/7b1e7f4e-3c53-4a0c-9d0e-5f6f3c1f0a11/5a1f6f0e-6f0b-4c53-8b0f-1f2a7d4e9c33/"
	AKSSubject = "system:serviceaccount:platform:roster"
)

// ExchangeAudience is the audience that Entra expects in an assertion:
// "Workload identity federation" (learn.microsoft.com).
const ExchangeAudience = "api://AzureADTokenExchange"

const (
	githubHost    = "pipelines.actions.githubusercontent.com"
	pipelinesHost = "dev.azure.com"

	// The tokens with which a job authenticates to the issuer. They are made up, and
	// easy to recognise in a leak.
	requestToken = "ghs-job-request-token-canary-5f3a"
	accessToken  = "ado-system-access-token-canary-9c1d"

	connectionID  = "9f0c3b6a-2f4e-4d0a-8a41-6b7c0d2e1f55"
	pipelinesPath = "/acme/6f1c0a52-7d7e-4b56-9f0a-1f0f5a3b2c11/_apis/distributedtask/hubs/build" +
		"/plans/2b9c1e7a-94d5-4a3f-8b6d-0c1e2f3a4b5c/jobs/12f1170f-54f2-53f3-20dd-22fc7dff55f9/oidctoken"
)

// issuers issues assertions about jobs.
type issuers struct {
	life time.Duration
	keys map[string]*signer // by issuer; never changed

	mu     sync.Mutex     // guards the fields below
	over   map[string]any // overrides of GitHub's claims
	issued []string
}

func newIssuers(c Config) *issuers {
	return &issuers{life: c.AssertionLife, over: map[string]any{}, keys: map[string]*signer{
		GitHubIssuer:    newSigner("github-1"),
		PipelinesIssuer: newSigner("devops-1"),
		GitLabIssuer:    newSigner("gitlab-1"),
		AKSIssuer:       newSigner("aks-1"),
	}}
}

func (i *issuers) override(claims map[string]any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	maps.Copy(i.over, claims)
}

func (i *issuers) handedOut() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string{requestToken, accessToken}, i.issued...)
}

// handOut signs claims with overrides.
func (i *issuers) handOut(by *signer, claims, over map[string]any) string {
	maps.Copy(claims, over)
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	assertion := by.sign(claims)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.issued = append(i.issued, assertion)
	return assertion
}

// mint returns an assertion of GitHub with the overrides of the test.
func (i *issuers) mint(over map[string]any) string {
	return i.handOut(i.keys[GitHubIssuer], i.github(ExchangeAudience), over)
}

func (i *issuers) forge(over map[string]any) string {
	return i.handOut(newSigner(i.keys[GitHubIssuer].kid), i.github(ExchangeAudience), over)
}

// basics returns the claims of every issuer. The assertion is valid from ten minutes
// ago, as in GitHub's example.
func (i *issuers) basics(issuer, subject, audience string) map[string]any {
	now := time.Now()
	return map[string]any{
		"iss": issuer, "sub": subject, "aud": audience, "jti": guid(),
		"iat": now.Unix(), "nbf": now.Add(-10 * time.Minute).Unix(), "exp": now.Add(i.life).Unix(),
	}
}

// github returns the claims of "OpenID Connect reference" with the overrides of the
// test.
func (i *issuers) github(audience string) map[string]any {
	claims := i.basics(GitHubIssuer, GitHubSubject, audience)
	workflow := "acme/registry/.github/workflows/sync.yml@refs/heads/main"
	maps.Copy(claims, map[string]any{
		"repository": "acme/registry", "repository_id": "700100200", "repository_visibility": "private",
		"repository_owner": "acme", "repository_owner_id": "100200", "environment": "prod",
		"ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "true", "sha": commit,
		"workflow": "sync", "workflow_ref": workflow, "workflow_sha": commit, "job_workflow_ref": workflow, "job_workflow_sha": commit,
		"run_id": "9001", "run_number": "17", "run_attempt": "1", "runner_environment": "github-hosted",
		"actor": "octocat", "actor_id": "583231", "event_name": "push", "head_ref": "", "base_ref": "",
	})
	i.mu.Lock()
	defer i.mu.Unlock()
	maps.Copy(claims, i.over)
	return claims
}

func (i *issuers) gitlab() string {
	claims := i.basics(GitLabIssuer, GitLabSubject, ExchangeAudience)
	maps.Copy(claims, map[string]any{
		"project_path": "acme/registry", "project_id": "4242", "namespace_path": "acme", "namespace_id": "77",
		"ref": "main", "ref_type": "branch", "ref_protected": "true", "pipeline_id": "8123", "job_id": "90210", "sha": commit,
	})
	return i.handOut(i.keys[GitLabIssuer], claims, nil)
}

func (i *issuers) aks() string {
	claims := i.basics(AKSIssuer, AKSSubject, ExchangeAudience)
	claims["kubernetes.io"] = map[string]any{"namespace": "platform", "serviceaccount": map[string]any{"name": "roster"}}
	return i.handOut(i.keys[AKSIssuer], claims, nil)
}

// sites are the hosts of the issuers.
func (i *issuers) sites() map[string]*site {
	sites := map[string]*site{
		githubHost:    {classify: classifyOIDC, serve: i.serveGitHub, refuse: refusePlain},
		pipelinesHost: {classify: classifyOIDC, serve: i.servePipelines, refuse: refusePlain},
	}
	for issuer := range i.keys {
		host, _, _ := strings.Cut(strings.TrimPrefix(issuer, "https://"), "/")
		sites[host] = &site{
			classify: func(k *call) { k.x.Kind = KindDiscovery },
			serve:    func(k *call) answer { return i.describe(issuer, k) },
			refuse:   refusePlain,
		}
	}
	return sites
}

func classifyOIDC(k *call) {
	k.x.Kind, k.x.Audience = KindOIDC, k.URL.Query().Get("audience")
}

// serveGitHub answers as documented in "OpenID Connect reference", section on
// requesting the token with environment variables. The default audience is the
// owner's page.
func (i *issuers) serveGitHub(k *call) answer {
	if k.Method != http.MethodGet {
		return plain(http.StatusMethodNotAllowed)
	}
	if k.Header.Get("Authorization") != "Bearer "+requestToken {
		return plain(http.StatusUnauthorized)
	}
	audience := k.x.Audience
	if audience == "" {
		audience = "https://github.com/acme"
	}
	assertion := i.handOut(i.keys[GitHubIssuer], i.github(audience), nil)
	return inJSON(http.StatusOK, map[string]any{"value": assertion, "count": len(assertion)})
}

// servePipelines answers as documented in "Oidctoken - Create" (Azure DevOps REST API
// 7.1): a POST for one service connection, always with the audience of Entra.
func (i *issuers) servePipelines(k *call) answer {
	if k.Method != http.MethodPost {
		return plain(http.StatusMethodNotAllowed)
	}
	if k.Header.Get("Authorization") != "Bearer "+accessToken {
		return plain(http.StatusUnauthorized)
	}
	query := k.URL.Query()
	if k.URL.Path != pipelinesPath || query.Get("api-version") == "" || query.Get("serviceConnectionId") != connectionID {
		return plain(http.StatusNotFound)
	}
	assertion := i.handOut(i.keys[PipelinesIssuer], i.basics(PipelinesIssuer, PipelinesSubject, ExchangeAudience), nil)
	return inJSON(http.StatusOK, map[string]any{"oidcToken": assertion})
}

// describe returns an issuer's discovery document and its keys (OpenID Connect
// Discovery 1.0, section 4).
func (i *issuers) describe(issuer string, k *call) answer {
	base := strings.TrimSuffix(issuer, "/")
	path := strings.TrimPrefix(base, "https://"+k.x.Host)
	switch k.URL.Path {
	case path + "/.well-known/openid-configuration":
		return inJSON(http.StatusOK, map[string]any{
			"issuer": issuer, "jwks_uri": base + "/.well-known/jwks",
			"subject_types_supported": []string{"public"}, "response_types_supported": []string{"id_token"},
			"id_token_signing_alg_values_supported": []string{"RS256"}, "scopes_supported": []string{"openid"},
		})
	case path + "/.well-known/jwks":
		return answer{http.StatusOK, http.Header{"Content-Type": {"application/json"}}, i.keys[issuer].keys()}
	}
	return plain(http.StatusNotFound)
}

func plain(status int) answer { return refusePlain(Fault{Status: status}) }

func inJSON(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		panic("what this internet says is JSON: " + err.Error())
	}
	return answer{status, http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body}
}

// guid returns a random UUID (RFC 9562, version 4).
func guid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
