// SPDX-License-Identifier: Apache-2.0

// Package okta calls the management interface of an Okta organisation. Start with [New].
//
// Its access token comes from private_key_jwt (RFC 7523) and is bound to a key of this
// process by DPoP (RFC 9449). Nothing is stored, and an intercepted token is useless.
// The key of the service app may stay in a vault.
package okta

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/signing"
)

// Config is what a client needs.
type Config struct {
	Host   string                                         // of the organisation, for example acme.okta.com
	App    string                                         // client id of roster's own service app
	Scopes []string                                       // for example okta.apps.manage
	Key    func(ctx context.Context) (signing.Key, error) // of the service app, on P-256
	HTTP   *http.Client
	Now    func() time.Time
	Budget retry.Budget
}

// Client sends requests to one organisation. It is not safe for concurrent use.
type Client struct {
	*rest.Client
	oauth  *rest.Client // of the same host, without a token
	config Config
	token  *token
}

// host is a host name without a port.
var host = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

// ErrConfig is returned for a client that lacks a host or an app.
var ErrConfig = errors.New("incomplete configuration of Okta")

// New returns a client. Errors: ErrConfig.
func New(c Config) (*Client, error) {
	switch {
	case !host.MatchString(c.Host):
		return nil, fmt.Errorf("%w: tenant %q is not a host; write for example acme.okta.com", ErrConfig, c.Host)
	case c.App == "":
		return nil, fmt.Errorf("%w: the provider has no client; write the client id of roster's own service app", ErrConfig)
	}
	client := &Client{config: c}
	config := rest.Config{Endpoint: "https://" + c.Host, Client: c.HTTP, Budget: c.Budget, Explain: client.explain}
	var err error
	if client.oauth, err = rest.New(config); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	config.Authorize = client.authorize
	config.Rejected = func() { client.token = nil } // the next request gets another one
	if client.Client, err = rest.New(config); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return client, nil
}

// App returns the client id of roster's own service app.
func (c *Client) App() string { return c.config.App }

// explain reads an error of the management interface or of OAuth (RFC 6749, section
// 5.2). On a rate limit Okta does not say how long to wait, but when the limit is reset
// (developer.okta.com, "Rate limits", X-Rate-Limit-Reset in seconds since 1970).
func (c *Client) explain(e *rest.Error, header http.Header, body []byte) {
	var said struct {
		Code        string `json:"errorCode"`
		Summary     string `json:"errorSummary"`
		OAuth       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &said) // another answer, such as a proxy's page, has none of these
	e.Code, e.Message = said.Code+said.OAuth, said.Summary+said.Description
	e.RequestID = header.Get("X-Okta-Request-Id")
	reset, err := strconv.ParseInt(header.Get("X-Rate-Limit-Reset"), 10, 64)
	if err == nil && e.Status == http.StatusTooManyRequests {
		e.RetryAfter = max(0, time.Unix(reset, 0).Sub(c.config.Now()))
	}
}
