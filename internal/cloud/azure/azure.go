// SPDX-License-Identifier: Apache-2.0

// Package azure talks to the management interfaces of Microsoft's cloud (Azure
// Resource Manager, Microsoft Graph): JSON over HTTPS with a bearer token,
// repeated when throttled, followed when long-running, read page by page. The
// token goes to the configured host only: neither a redirect nor a link in an
// answer leads it elsewhere.
//
// It knows no service's resources and keeps nothing of what it reads.
package azure

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/internal/remote"
)

// The endpoints and scopes of Azure's public cloud (learn.microsoft.com, "Azure
// REST API reference" and "Use the Microsoft Graph API").
const (
	ManagementEndpoint = "https://management.azure.com"
	ManagementScope    = "https://management.azure.com/.default"
	GraphEndpoint      = "https://graph.microsoft.com/v1.0"
	GraphScope         = "https://graph.microsoft.com/.default"
)

// maxPages ends a list whose pages lead to one another for ever.
const maxPages = 1000

// Config is what may be changed about a client.
type Config struct {
	APIVersion string              // sent with every request as api-version; default none
	Transport  http.RoundTripper   // default http.DefaultTransport
	Retry      policy.RetryOptions // default three repetitions, honouring Retry-After
	PollEvery  time.Duration       // where the service gives no Retry-After; default 5 s
}

// Client sends requests to one host. It may be used by many at once.
type Client struct {
	endpoint string // without a slash at its end
	config   Config
	pipeline runtime.Pipeline
}

// New returns a client of the service at an endpoint, an https URL that may have
// a path, with tokens for a scope.
func New(endpoint, scope string, cred azcore.TokenCredential, c Config) (*Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("endpoint %q is not an https URL of a host and path", endpoint)
	}
	if cred == nil || scope == "" {
		return nil, fmt.Errorf("endpoint %q needs a credential and a scope", endpoint)
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.PollEvery == 0 {
		c.PollEvery = 5 * time.Second
	}
	stages := runtime.PipelineOptions{
		PerCall:  []policy.Policy{stay{host: u.Host}},
		PerRetry: []policy.Policy{runtime.NewBearerTokenPolicy(cred, []string{scope}, nil)},
	}
	return &Client{
		endpoint: strings.TrimSuffix(endpoint, "/"),
		config:   c,
		pipeline: runtime.NewPipeline("roster", "v1", stages, &policy.ClientOptions{
			Retry:     c.Retry,
			Transport: transport{client: &http.Client{Transport: c.Transport, CheckRedirect: noRedirect}},
		}),
	}, nil
}

// Path joins segments into a path, each escaped.
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// Get reads what is at a path.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	resp, err := c.send(ctx, http.MethodGet, c.url(path, query), nil) //nolint:bodyclose // the pipeline has read it
	if err != nil {
		return err
	}
	return decode(resp, out)
}

// Put makes what is at a path equal to in, and waits until it is.
func (c *Client) Put(ctx context.Context, path string, in, out any) error {
	return c.change(ctx, http.MethodPut, path, in, out)
}

// Post has something done, and waits until it is. It is repeated only when it
// was throttled: of any other failure it is not known what had been done.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.change(ctx, http.MethodPost, path, in, out)
}

// List reads all pages of the collection at a path.
func List[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	var all []T
	next := c.url(path, query)
	for range maxPages {
		resp, err := c.send(ctx, http.MethodGet, next, nil) //nolint:bodyclose // the pipeline has read it
		if err != nil {
			return nil, err
		}
		var page struct {
			Value     []T    `json:"value"`
			NextLink  string `json:"nextLink"`
			ODataNext string `json:"@odata.nextLink"`
		}
		if err := decode(resp, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Value...)
		if next = page.NextLink + page.ODataNext; next == "" {
			return all, nil
		}
	}
	return nil, fmt.Errorf("list %s: more than %d pages", path, maxPages)
}

// URL is where a path is, without its query.
func (c *Client) URL(path string) string { return c.endpoint + path }

func (c *Client) url(path string, query url.Values) string {
	all := url.Values{}
	if c.config.APIVersion != "" {
		all.Set("api-version", c.config.APIVersion)
	}
	maps.Copy(all, query)
	if len(all) == 0 {
		return c.endpoint + path
	}
	// OData's grammar (section 2 of its ABNF) knows no plus for a space.
	return c.endpoint + path + "?" + strings.ReplaceAll(all.Encode(), "+", "%20")
}

// send sends one request, with its repetitions, and turns refusals into errors.
func (c *Client) send(ctx context.Context, method, link string, in any) (*http.Response, error) {
	if method == http.MethodPost {
		retry := c.config.Retry
		retry.ShouldRetry = func(resp *http.Response, err error) bool {
			return err == nil && resp.StatusCode == http.StatusTooManyRequests
		}
		ctx = policy.WithRetryOptions(ctx, retry)
	}
	req, err := runtime.NewRequest(ctx, method, link)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, redact(link), remote.Bare(err))
	}
	if in != nil {
		if err := runtime.MarshalAsJSON(req, in); err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, redact(link), err)
		}
	}
	resp, err := c.pipeline.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, redact(link), remote.Bare(err))
	}
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp)
	}
	return resp, nil
}

// change sends a request and follows the operation that it started, if any.
func (c *Client) change(ctx context.Context, method, path string, in, out any) error {
	link := c.url(path, nil)
	resp, err := c.send(ctx, method, link, in) //nolint:bodyclose // the pipeline has read it
	if err != nil {
		return err
	}
	if !longRunning(resp) {
		return decode(resp, out)
	}
	poller, err := runtime.NewPoller[json.RawMessage](resp, c.pipeline, nil)
	if err != nil {
		return fmt.Errorf("%s %s: follow operation: %w", method, redact(link), err)
	}
	raw, err := poller.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: c.config.PollEvery})
	switch {
	case err != nil:
		return unfollowed(method+" "+redact(link), err)
	case out == nil || len(raw) == 0:
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s %s: decode answer: %w", method, redact(link), err)
	}
	return nil
}

// longRunning reports whether an answer starts an operation. A POST that is
// answered with 201 has a Location as well, but of what it made (RFC 9110,
// section 15.3.2); a PUT tells in the resource's provisioningState.
func longRunning(resp *http.Response) bool {
	return resp.StatusCode == http.StatusAccepted || resp.Header.Get("Azure-AsyncOperation") != "" ||
		resp.Request.Method == http.MethodPut
}

func decode(resp *http.Response, out any) error {
	body, err := runtime.Payload(resp)
	if err != nil {
		return fmt.Errorf("%s %s: read answer: %w", resp.Request.Method, redact(resp.Request.URL.String()), err)
	}
	if out == nil || len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%s %s: decode answer: %w", resp.Request.Method, redact(resp.Request.URL.String()), err)
	}
	return nil
}
