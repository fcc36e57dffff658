// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/internal/redact"
)

// The variables of a pipeline's job: learn.microsoft.com, "Predefined
// variables". Only steps that map the access token can read it.
const (
	envRequestURI  = "SYSTEM_OIDCREQUESTURI"
	envSystemToken = "SYSTEM_ACCESSTOKEN"
)

// pipelinesVersion is the version of the API: learn.microsoft.com, "Oidctoken -
// Create" of the Azure DevOps Services REST API.
const pipelinesVersion = "7.1"

// pipelines requests assertions about a service connection from Azure DevOps.
type pipelines struct {
	address    string
	connection string
	token      redact.Secret
	pipeline   runtime.Pipeline // retries temporary failures
}

func newPipelines(getenv func(string) string, options policy.ClientOptions) (assert, error) {
	p := pipelines{
		connection: connectionOf(getenv),
		token:      redact.New(getenv(envSystemToken)),
		pipeline:   runtime.NewPipeline("roster", "", runtime.PipelineOptions{}, &options),
	}
	if p.token.Reveal() == "" {
		return nil, fmt.Errorf("%w: %s not set; map it into the step: `env: {%s: $(System.AccessToken)}`", ErrConfig, envSystemToken, envSystemToken)
	}
	u, err := url.Parse(getenv(envRequestURI))
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%w: %s is not an https URL; Azure Pipelines sets it for every job, and a container step has to pass it on", ErrConfig, envRequestURI)
	}
	query := u.Query()
	query.Set("api-version", pipelinesVersion)
	query.Set("serviceConnectionId", p.connection)
	u.RawQuery = query.Encode()
	p.address = u.String()
	return p.assert, nil
}

func (p pipelines) assert(ctx context.Context) (redact.Secret, error) {
	request, err := runtime.NewRequest(ctx, http.MethodPost, p.address)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("request an ID token at %s: %w", envRequestURI, err)
	}
	header := request.Raw().Header
	header.Set("Authorization", "Bearer "+p.token.Reveal())
	header.Set("Content-Type", "application/json")
	header.Set("X-TFS-FedAuthRedirect", "Suppress") // a refused token gets status 401 instead of a redirect to a login page
	response, err := p.pipeline.Do(request)
	if err != nil {
		return redact.Secret{}, unreached("request an ID token from Azure DevOps", err)
	}
	defer func() { _ = response.Body.Close() }() // the pipeline has read it completely
	body, err := runtime.Payload(response)
	if err != nil {
		return redact.Secret{}, unreached("read an ID token from Azure DevOps", err)
	}
	if response.StatusCode != http.StatusOK {
		return redact.Secret{}, p.refused(response.StatusCode)
	}
	var answer struct {
		Token string `json:"oidcToken"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Token == "" {
		return redact.Secret{}, errors.New("request an ID token from Azure DevOps: the answer contains no token")
	}
	return redact.New(answer.Token), nil
}

func (p pipelines) refused(status int) error {
	const verb = "request an ID token from Azure DevOps"
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("%s: status %d; check that %s is the $(System.AccessToken) of this job, and that the pipeline is permitted to use service connection %q",
			verb, status, envSystemToken, p.connection)
	case http.StatusNotFound, http.StatusBadRequest:
		return fmt.Errorf("%s: status %d; check that %q is the id of a service connection with workload identity federation (the resourceId in the URL of its page)",
			verb, status, p.connection)
	}
	return fmt.Errorf("%s: status %d", verb, status)
}
