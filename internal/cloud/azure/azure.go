// SPDX-License-Identifier: Apache-2.0

// Package azure calls the management interfaces of Microsoft's cloud: Azure Resource
// Manager and Microsoft Graph. Start with [New].
//
// It adds to package rest what these services have in common: bearer tokens, pages and
// long-running operations. Put, Post, Patch and Delete return when the operation that
// they started is over. The token goes to the host of the endpoint only: no redirect and
// no link in an answer leads it elsewhere.
package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/retry"
)

// The endpoints and scopes of Azure's public cloud (learn.microsoft.com, "Azure
// REST API reference" and "Use the Microsoft Graph API").
const (
	ManagementEndpoint = "https://management.azure.com"
	ManagementScope    = "https://management.azure.com/.default"
	GraphEndpoint      = "https://graph.microsoft.com/v1.0"
	GraphScope         = "https://graph.microsoft.com/.default"
)

// maxPages is the limit of a list, so that pages that lead to one another end.
const maxPages = 1000

// Config is what a caller may change about a client.
type Config struct {
	APIVersion string            // sent with every request as api-version; default none
	Transport  http.RoundTripper // default http.DefaultTransport
	Budget     retry.Budget      // of the retries of one request; default three retries
	PollEvery  time.Duration     // where the service sends no Retry-After; default 5 s
}

// defaultBudget allows three retries and, between them, the pauses that azcore allows by
// default.
func defaultBudget() retry.Budget {
	return retry.Budget{Attempts: 4, Wait: 3 * time.Minute, Base: 800 * time.Millisecond, Cap: time.Minute}
}

// Client sends requests to one host. It is safe for concurrent use.
type Client struct {
	*rest.Client
	polls     runtime.Pipeline
	pollEvery time.Duration
}

// New returns a client of the service at an endpoint, with tokens for a scope. Errors:
// rest.ErrEndpoint, a missing credential or scope.
func New(endpoint, scope string, cred azcore.TokenCredential, c Config) (*Client, error) {
	if cred == nil || scope == "" {
		return nil, errors.New("client of Azure without a credential or a scope")
	}
	if c.PollEvery == 0 {
		c.PollEvery = 5 * time.Second
	}
	if c.Budget == (retry.Budget{}) {
		c.Budget = defaultBudget()
	}
	query := url.Values{}
	if c.APIVersion != "" {
		query.Set("api-version", c.APIVersion)
	}
	client, err := rest.New(rest.Config{
		Endpoint: endpoint, Query: query, Budget: c.Budget, Explain: explain,
		Client: &http.Client{Transport: newAuthorized(cred, scope, c.Transport)},
	})
	if err != nil {
		return nil, err
	}
	return &Client{Client: client, polls: pipeline(polls{client}), pollEvery: c.PollEvery}, nil
}

// Put makes the resource at a path equal to in, and waits until it is.
func (c *Client) Put(ctx context.Context, path string, in, out any) error {
	return c.change(ctx, rest.Request{Method: http.MethodPut, Path: path, In: in}, out)
}

// Post starts an action and waits until it is over. It is retried only if it was
// throttled, because any other failure leaves open whether the action was carried out.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.change(ctx, rest.Request{Method: http.MethodPost, Path: path, In: in}, out)
}

// Patch merges in into the resource at a path, and waits until that is done.
func (c *Client) Patch(ctx context.Context, path string, in, out any) error {
	return c.change(ctx, rest.Request{Method: http.MethodPatch, Path: path, In: in}, out)
}

// Delete deletes the resource at a path, and waits until it is gone.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.change(ctx, rest.Request{Method: http.MethodDelete, Path: path}, nil)
}

// List reads all pages of the collection at a path.
func List[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	var all []T
	for link, n := path, 0; n < maxPages; n++ {
		var page struct {
			Value     []T    `json:"value"`
			NextLink  string `json:"nextLink"`
			ODataNext string `json:"@odata.nextLink"`
		}
		if err := c.Get(ctx, link, query, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
		if link = page.NextLink + page.ODataNext; link == "" {
			return all, nil
		}
	}
	return nil, fmt.Errorf("list %s: more than %d pages", path, maxPages)
}

// explain reads the error of a service. Both services wrap it in an object
// (learn.microsoft.com, "Azure REST API reference", "Microsoft Graph error responses and
// resource types"); Cosmos DB at times does not.
func explain(e *rest.Error, header http.Header, text []byte) {
	type said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	var body struct {
		said
		Error *said `json:"error"`
	}
	if json.Unmarshal(text, &body) == nil && body.Error != nil {
		body.said = *body.Error
	}
	e.Code, e.Message = body.Code, body.Message
	for _, name := range []string{"x-ms-request-id", "request-id"} {
		if id := header.Get(name); id != "" {
			e.RequestID = id
		}
	}
}

// authorized is a transport that adds a bearer token to each request. azcore keeps the
// token, renews it before it expires and answers the claims challenges of continuous
// access evaluation.
type authorized struct{ pipeline runtime.Pipeline }

func newAuthorized(cred azcore.TokenCredential, scope string, next http.RoundTripper) authorized {
	if next == nil {
		next = http.DefaultTransport
	}
	return authorized{pipeline(roundTripper{next}, runtime.NewBearerTokenPolicy(cred, []string{scope}, nil))}
}

// RoundTrip sends a request. package rest has checked its host.
func (a authorized) RoundTrip(req *http.Request) (*http.Response, error) {
	r, err := runtime.NewRequestFromRequest(req.Clone(req.Context()))
	if err != nil {
		return nil, err
	}
	runtime.SkipBodyDownload(r)
	return a.pipeline.Do(r)
}

// roundTripper is a transport for azcore.
type roundTripper struct{ next http.RoundTripper }

func (t roundTripper) Do(req *http.Request) (*http.Response, error) { return t.next.RoundTrip(req) }

// pipeline is one of azcore's that neither retries nor names itself: package rest does.
func pipeline(transport policy.Transporter, stages ...policy.Policy) runtime.Pipeline {
	return runtime.NewPipeline("roster", "v1", runtime.PipelineOptions{PerRetry: stages}, &policy.ClientOptions{
		Retry: policy.RetryOptions{MaxRetries: -1}, Telemetry: policy.TelemetryOptions{Disabled: true}, Transport: transport,
	})
}
