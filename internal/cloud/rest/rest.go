// SPDX-License-Identifier: Apache-2.0

// Package rest exchanges JSON with one service over HTTPS. Start with [New], then
// call Get, Post, Put, Patch and Delete.
//
// Requests go to the host of the endpoint only. A link to another host is refused
// and a redirect is an error, so credentials never leave that host. Answers are read
// up to a limit. A failed request is an [Error] without the query of its URL.
// Failures that may pass are retried within a budget, but a POST that may have had an
// effect is sent only once.
//
// Authorisation, the retry budget and the shape of a service's errors are values of
// [Config].
package rest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/appofapps/roster/internal/retry"
)

// ErrEndpoint is returned for an endpoint that is not an https URL of a host and path.
var ErrEndpoint = errors.New("invalid endpoint")

// maxAnswer is the default of Config.MaxAnswer, in bytes.
const maxAnswer = 8 << 20

// Config says how to reach a service.
type Config struct {
	Endpoint  string       // https URL of a host; it may have a path
	Client    *http.Client // default http.DefaultClient; it follows no redirect here
	Header    http.Header  // added to every request
	Query     url.Values   // added to every path
	Budget    retry.Budget // of the retries of one request; the zero value allows none
	MaxAnswer int64        // bytes; default 8 MiB

	// Authorize adds a credential before every attempt; nil adds none. Its error ends
	// the request, unless retry.Later marks it.
	Authorize func(*http.Request) error
	// Rejected is called after every answer 401; nil for nothing to do.
	Rejected func()
	// Explain fills in the fields of an error that a service writes in its own way; nil
	// for none. The client makes the texts safe to print afterwards.
	Explain func(e *Error, header http.Header, body []byte)
}

// Client sends requests to one host. It is as safe for concurrent use as the
// functions of its Config.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
}

// New returns a client of the service at c.Endpoint. Errors: ErrEndpoint.
func New(c Config) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(c.Endpoint, "/"))
	if err != nil || base.Scheme != "https" || base.Hostname() == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("%w %q: want an https URL such as https://HOST/PATH", ErrEndpoint, redact(c.Endpoint))
	}
	client := http.Client{}
	if c.Client != nil {
		client = *c.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.MaxAnswer == 0 {
		c.MaxAnswer = maxAnswer
	}
	return &Client{config: c, base: base, http: &client}, nil
}

// Path joins segments into a path and escapes each of them.
func Path(segments ...string) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// URL returns the address of a path, without a query.
func (c *Client) URL(path string) string { return c.base.String() + path }

// Get reads the resource at a path into out.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	return c.Exchange(ctx, Request{Method: http.MethodGet, Path: path, Query: query}, out)
}

// Post sends in to a path and reads the answer into out. It is retried only after an
// answer that says that the request had no effect because of a rate limit.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.Exchange(ctx, Request{Method: http.MethodPost, Path: path, In: in}, out)
}

// Put makes the resource at a path equal to in and reads the answer into out.
func (c *Client) Put(ctx context.Context, path string, in, out any) error {
	return c.Exchange(ctx, Request{Method: http.MethodPut, Path: path, In: in}, out)
}

// Patch merges in into the resource at a path and reads the answer into out. It is
// retried like Put, because merging the same values twice is idempotent.
func (c *Client) Patch(ctx context.Context, path string, in, out any) error {
	return c.Exchange(ctx, Request{Method: http.MethodPatch, Path: path, In: in}, out)
}

// Delete deletes the resource at a path. It is retried like Put, so the resource may be
// gone already: that is an Error with the status 404.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.Exchange(ctx, Request{Method: http.MethodDelete, Path: path}, nil)
}

// Exchange sends a request as Do does and decodes the answer into out.
func (c *Client) Exchange(ctx context.Context, r Request, out any) error {
	answer, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	return answer.Decode(out)
}

// Do sends a request, again within the budget where that is safe. Errors: *Error,
// ErrForeignHost, ErrAnswer, those of Config.Authorize.
func (c *Client) Do(ctx context.Context, r Request) (answer Answer, err error) {
	err = retry.Do(ctx, c.config.Budget, func(ctx context.Context) error {
		answer, err = c.Once(ctx, r)
		return err
	})
	return answer, err
}

// resolve returns the address of a path below the endpoint, or that of a link.
// Errors: ErrForeignHost.
func (c *Client) resolve(path string, query url.Values) (*url.URL, error) {
	link := path
	if path == "" || path[0] == '/' {
		all := maps.Clone(c.config.Query)
		if all == nil {
			all = url.Values{}
		}
		maps.Copy(all, query)
		if link = c.URL(path); len(all) > 0 {
			// OData's grammar (section 2 of its ABNF) has no plus for a space.
			link += "?" + strings.ReplaceAll(all.Encode(), "+", "%20")
		}
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, fmt.Errorf("%w: unreadable link", ErrAnswer)
	}
	if u.Scheme != "https" || !strings.EqualFold(u.Host, c.base.Host) || u.User != nil {
		return nil, fmt.Errorf("%w: %q, not %q", ErrForeignHost, u.Host, c.base.Host)
	}
	return u, nil
}
