// SPDX-License-Identifier: Apache-2.0

// Package github calls GitHub's REST and GraphQL APIs with a token. Start with [New].
//
// It adds to package rest what GitHub's APIs have in common: headers, rate limits and
// GraphQL. Of a refusal it keeps the status and the request id, and nothing of GitHub's
// text.
package github

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
)

// maxAnswer holds 100 comments of the greatest length, in bytes.
const maxAnswer = 32 << 20

// ErrToken is returned for a request of a client without a token. Nothing was sent.
var ErrToken = errors.New("no GitHub token")

// Config is what a client needs.
type Config struct {
	API    string // address of the REST API, for example https://api.github.com
	Token  redact.Secret
	HTTP   *http.Client
	Budget retry.Budget
}

// Client sends requests to one GitHub. It is safe for concurrent use.
type Client struct{ *rest.Client }

// New returns a client. Errors: rest.ErrEndpoint.
func New(c Config) (*Client, error) {
	client, err := rest.New(rest.Config{
		Endpoint: c.API, Client: c.HTTP, Budget: c.Budget, MaxAnswer: maxAnswer, Explain: explain,
		// docs.github.com, "Getting started with the REST API", Headers.
		Header: http.Header{"Accept": {"application/vnd.github+json"}, "X-GitHub-Api-Version": {"2022-11-28"}},
		Authorize: func(req *http.Request) error {
			if c.Token.Reveal() == "" {
				return ErrToken
			}
			req.Header.Set("Authorization", "Bearer "+c.Token.Reveal())
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return &Client{client}, nil
}

// Query asks a question of the GraphQL API at link, which is on the host of the REST
// API, and reads its data into out. Like Get it changes nothing and is retried.
func (c *Client) Query(ctx context.Context, link, query string, variables map[string]any, out any) error {
	answer := struct {
		Data any `json:"data"`
	}{out}
	return c.Exchange(ctx, rest.Request{
		Method: http.MethodPost, Path: link, In: map[string]any{"query": query, "variables": variables}, Idempotent: true,
	}, &answer)
}

// secondaryPause is how long to wait where a secondary limit names no time.
const secondaryPause = time.Minute

// explain reads rate limits, which GitHub also reports with status 403 (docs.github.com,
// "Rate limits for the REST API", Exceeding the rate limit).
func explain(e *rest.Error, header http.Header, body []byte) {
	e.RequestID = header.Get("X-GitHub-Request-Id")
	if e.Status != http.StatusForbidden && e.Status != http.StatusTooManyRequests {
		return
	}
	spent := header.Get("X-RateLimit-Remaining") == "0"
	secondary := bytes.Contains(bytes.ToLower(body), []byte("secondary rate limit"))
	switch reset, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64); {
	case e.RetryAfter > 0:
	case spent && err == nil:
		e.RetryAfter = rest.Until(header, time.Unix(reset, 0))
	case secondary:
		e.RetryAfter = secondaryPause
	}
	e.Throttled = spent || secondary || header.Get("Retry-After") != ""
}
