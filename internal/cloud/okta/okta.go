// SPDX-License-Identifier: Apache-2.0

// Package okta talks to the management interface of an Okta organisation: JSON over
// HTTPS, with a token that is had by private_key_jwt (RFC 7523) and bound to this
// process by DPoP (RFC 9449), so that nothing is stored and what could be read on
// the way opens nothing. The key may lie in a vault and never leave it.
//
// Requests go to the configured host only. The package knows none of Okta's
// resources.
package okta

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/appofapps/roster/internal/remote"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/signing"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 4 << 20

// Config is what a client is made with.
type Config struct {
	Host   string                                         // of the organisation, as acme.okta.com
	Client string                                         // id of roster's own service app
	Scopes []string                                       // as okta.apps.manage
	Key    func(ctx context.Context) (signing.Key, error) // of the service app, on P-256
	HTTP   *http.Client
	Now    func() time.Time
	Budget retry.Budget
}

// Client sends requests to one organisation. It is for one goroutine at a time.
type Client struct {
	Config
	http  *http.Client
	grant *grant
}

// host is the name of one: no port, no path.
var host = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$`)

// ErrConfig is returned for a client that lacks something.
var ErrConfig = errors.New("is not enough to reach Okta")

// New returns a client. Errors: ErrConfig.
func New(c Config) (*Client, error) {
	switch {
	case !host.MatchString(c.Host):
		return nil, fmt.Errorf("tenant %q %w: write its host, as acme.okta.com", c.Host, ErrConfig)
	case c.Client == "":
		return nil, fmt.Errorf("a provider without client %w: write the id of roster's own service app", ErrConfig)
	}
	quiet := *c.HTTP
	quiet.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{Config: c, http: &quiet}, nil
}

// Error is a refusal by Okta.
type Error struct {
	Method, Path string
	Status       int
	Code         string // Okta's, as E0000007, or OAuth's, as invalid_client; may be ""
	Message      string // Okta's, on one line; may be ""
}

func (e *Error) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s: %d %s %s", e.Method, e.Path, e.Status, e.Code, e.Message))
}

// IsStatus reports whether err is a refusal with a status.
func IsStatus(err error, status int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == status
}

// URL is where a path is.
func (c *Client) URL(path string) string { return "https://" + c.Host + path }

// Get reads what is at a path.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, http.MethodGet, path, query, nil, out)
}

// Post has something done. It is repeated only when it was throttled: of any other
// failure it is not known what had been done.
func (c *Client) Post(ctx context.Context, path string, in, out any) error {
	return c.call(ctx, http.MethodPost, path, nil, in, out)
}

// Delete removes what is at a path.
func (c *Client) Delete(ctx context.Context, path string) error {
	return c.call(ctx, http.MethodDelete, path, nil, nil, nil)
}

func (c *Client) call(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var content []byte
	if in != nil {
		var err error
		if content, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encode: %w", err)
		}
	}
	return retry.Do(ctx, c.Budget, func(ctx context.Context) error {
		g, err := c.token(ctx)
		if err != nil {
			return err
		}
		req, err := c.request(ctx, method, path, query, bytes.NewReader(content))
		if err != nil {
			return err
		}
		if in != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		if err := g.authorize(req, c.Now()); err != nil {
			return err
		}
		_, err = c.send(req, out)
		if IsStatus(err, http.StatusUnauthorized) {
			c.grant = nil // whoever comes next gets another one
		}
		return err
	})
}

func (c *Client) request(ctx context.Context, method, path string, query url.Values, body io.Reader) (*http.Request, error) {
	u := url.URL{Scheme: "https", Host: c.Host, Path: path, RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make a request: %w", err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "roster")
	return req, nil
}

// send sends a request once, and reads its answer. What may be repeated is marked
// as such.
func (c *Client) send(req *http.Request, out any) (header http.Header, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.again(req, 0, fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, remote.Bare(err)), 0)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode/100 != 2:
		return resp.Header, c.again(req, resp.StatusCode, refusal(req, resp.StatusCode, answer), c.after(resp))
	case err != nil:
		return resp.Header, c.again(req, 0, fmt.Errorf("%s %s: the answer is cut off: %w", req.Method, req.URL.Path, err), 0)
	case out == nil || len(answer) == 0:
		return resp.Header, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return resp.Header, fmt.Errorf("%s %s: the answer is not what it should be", req.Method, req.URL.Path)
	}
	return resp.Header, nil
}

// again marks what the same request may not meet again, if it may be sent again.
func (c *Client) again(req *http.Request, status int, err error, after time.Duration) error {
	passing := status == 0 || status >= http.StatusInternalServerError
	if status == http.StatusTooManyRequests || passing && req.Method != http.MethodPost {
		return retry.Later(err, after)
	}
	return err
}

// after is how long Okta asks to wait: until its limit begins anew
// (developer.okta.com, "Rate limits", X-Rate-Limit-Reset in seconds since 1970).
func (c *Client) after(resp *http.Response) time.Duration {
	reset, err := strconv.ParseInt(resp.Header.Get("X-Rate-Limit-Reset"), 10, 64)
	if err != nil || resp.StatusCode != http.StatusTooManyRequests {
		return 0
	}
	return max(0, time.Unix(reset, 0).Sub(c.Now()))
}

// refusal reads an answer that is none: the management interface's error or
// OAuth's (RFC 6749 section 5.2).
func refusal(req *http.Request, status int, answer []byte) *Error {
	var said struct {
		Code        string `json:"errorCode"`
		Summary     string `json:"errorSummary"`
		OAuth       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(answer, &said) // an answer in other words has none of these
	return &Error{
		Method: req.Method, Path: req.URL.Path, Status: status,
		Code: remote.Line(said.Code+said.OAuth, maxMessage), Message: remote.Line(said.Summary+said.Description, maxMessage),
	}
}

// maxMessage is how many characters of Okta's own words are kept.
const maxMessage = 300
