// SPDX-License-Identifier: Apache-2.0

package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// maxMessage is how many bytes of a service's own words are kept.
const maxMessage = 1 << 10

// Error is a request that the service refused, or an operation that failed there.
type Error struct {
	Method     string
	URL        string // without its query
	Status     int    // of the answer; 200 for a long-running operation that failed
	Code       string // the service's, such as AuthorizationFailed; may be ""
	Message    string // the service's, on one line; may be ""
	RequestID  string // for the service's support; may be ""
	RetryAfter time.Duration
	Throttled  bool // the request had no effect because of a rate limit, at any status
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: status %d", e.Method, e.URL, e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Temporary reports whether the same request may succeed later: a timeout, a rate
// limit, or a failure of the service, whose gateways have statuses beyond the registered
// ones.
func (e *Error) Temporary() bool {
	return e.Status == http.StatusRequestTimeout || e.Status >= http.StatusInternalServerError || e.throttled()
}

// throttled reports a request that had no effect, so that even a POST may be repeated.
func (e *Error) throttled() bool { return e.Throttled || e.Status == http.StatusTooManyRequests }

// IsStatus reports whether err is an Error with a status.
func IsStatus(err error, status int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == status
}

// Refusal reads an answer as an error, with what Config.Explain finds in it.
func (c *Client) Refusal(a Answer) *Error {
	e := &Error{Method: a.Method, URL: address(a.URL), Status: a.Status, RetryAfter: retryAfter(a.Header)}
	if c.config.Explain != nil {
		c.config.Explain(e, a.Header, a.Body)
	}
	e.Code, e.Message, e.RequestID = Line(e.Code, maxMessage), Line(e.Message, maxMessage), Line(e.RequestID, maxMessage)
	return e
}

// Line makes text from another machine safe to quote: one line of printable
// characters, at most so many bytes long.
func Line(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	if text = strings.Join(strings.Fields(text), " "); len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// bare removes the address from an error of net/http or net/url: its query can hold a
// token.
func bare(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// address returns a URL without its query: links to pages and operations hold tokens.
func address(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// redact returns the address of a text that may be a URL.
func redact(link string) string {
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "(unreadable URL)"
	case u.Scheme == "" || u.Host == "":
		return u.Path
	}
	return address(u)
}
