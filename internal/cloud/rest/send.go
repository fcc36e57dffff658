// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/appofapps/roster/internal/retry"
)

// Errors of links and answers.
var (
	// ErrForeignHost is returned for a link that leaves the client's host, or https.
	// Nothing was sent there.
	ErrForeignHost = errors.New("link to another host")
	// ErrAnswer is returned for an answer that the service does not document. The
	// answer is not quoted: it may hold a secret.
	ErrAnswer = errors.New("unexpected answer")
)

// maxError is how many bytes are read of an answer that is an error.
const maxError = 64 << 10

// Request is one request.
type Request struct {
	Method     string
	Path       string      // below the endpoint, or a link that the service gave
	Query      url.Values  // of a path; a link has its own
	Header     http.Header // beside Config.Header
	In         any         // sent as JSON; nil for no body
	Form       url.Values  // sent in place of In, as a form
	Idempotent bool        // says of a POST that sending it twice does no harm
}

// Answer is the answer to a request.
type Answer struct {
	Method string
	URL    *url.URL
	Status int
	Header http.Header
	Body   []byte
}

// Decode reads the JSON of an answer into out. It reads nothing for a nil out or an
// empty body. Errors: ErrAnswer.
func (a Answer) Decode(out any) error {
	if out == nil || len(bytes.TrimSpace(a.Body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(a.Body, out); err != nil {
		return fmt.Errorf("%s %s: %w: not the documented JSON", a.Method, address(a.URL), ErrAnswer)
	}
	return nil
}

// Once sends a request once. It marks a failure with retry.Later if the same request
// may succeed later and sending it again is safe. The answer has its status and header
// even if it is an error. Errors: those of Do.
func (c *Client) Once(ctx context.Context, r Request) (Answer, error) {
	req, err := c.request(ctx, r)
	if err != nil {
		return Answer{}, err
	}
	if c.config.Authorize != nil {
		if err := c.config.Authorize(req); err != nil {
			return Answer{}, err
		}
	}
	safe := r.Idempotent || r.Method != http.MethodPost
	what := r.Method + " " + address(req.URL)
	resp, err := c.http.Do(req)
	if err != nil {
		return Answer{}, mark(fmt.Errorf("%s: %w", what, bare(err)), safe && !permanent(err), 0)
	}
	defer func() { _ = resp.Body.Close() }() // the body was read, or its error is told
	answer := Answer{Method: r.Method, URL: req.URL, Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode/100 != 2 {
		answer.Body, _ = io.ReadAll(io.LimitReader(resp.Body, maxError)) // a part explains the status too
		return answer, c.refused(answer, safe)
	}
	answer.Body, err = io.ReadAll(io.LimitReader(resp.Body, c.config.MaxAnswer+1))
	switch {
	case err != nil:
		return answer, mark(fmt.Errorf("%s: read answer: %w", what, err), safe, 0)
	case int64(len(answer.Body)) > c.config.MaxAnswer:
		return answer, fmt.Errorf("%s: %w: more than %d bytes", what, ErrAnswer, c.config.MaxAnswer)
	}
	return answer, nil
}

// request builds the request without its credential.
func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	u, err := c.resolve(r.Path, r.Query)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, c.base.Host, err)
	}
	body, kind, err := r.body()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, address(u), err)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", r.Method, address(u), bare(err))
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "roster")
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	for _, headers := range []http.Header{c.config.Header, r.Header} {
		for name, values := range headers {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	return req, nil
}

// body returns the encoded body and its media type, nil for none.
func (r Request) body() (body []byte, kind string, err error) {
	switch {
	case r.Form != nil:
		return []byte(r.Form.Encode()), "application/x-www-form-urlencoded", nil
	case r.In == nil:
		return nil, "", nil
	}
	if body, err = json.Marshal(r.In); err != nil {
		return nil, "", fmt.Errorf("encode request: %w", err)
	}
	return body, "application/json", nil
}

// refused returns the error of an answer that is one.
func (c *Client) refused(a Answer, safe bool) error {
	if a.Status == http.StatusUnauthorized && c.config.Rejected != nil {
		c.config.Rejected()
	}
	e := c.Refusal(a)
	return mark(e, e.throttled() || safe && e.Temporary(), e.RetryAfter)
}

// mark marks an error with retry.Later if the request may be sent again.
func mark(err error, again bool, after time.Duration) error {
	if !again {
		return err
	}
	return retry.Later(err, after)
}

// permanent reports an error that a transport calls final, as azcore's credentials do
// for a login that was refused.
func permanent(err error) bool {
	var final interface {
		error
		NonRetriable()
	}
	return errors.As(err, &final)
}

// retryAfter returns how long the service asks to wait (RFC 9110, section 10.2.3, or
// the headers in milliseconds that Azure's services send, as azcore reads them), 0 if it does not say. The
// service's own clock tells how far away a date is.
func retryAfter(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if ms, err := strconv.Atoi(h.Get(name)); err == nil {
			return max(0, time.Duration(ms)*time.Millisecond)
		}
	}
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return Until(h, at)
	}
	return 0
}

// Until returns how far away a time is by the clock of the service that sent a header,
// 0 for a time that is over and for a header without the date.
func Until(h http.Header, at time.Time) time.Duration {
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, at.Sub(now))
}
