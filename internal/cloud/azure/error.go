// SPDX-License-Identifier: Apache-2.0

package azure

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/internal/remote"
)

// maxMessage is how many bytes of a service's own words are kept.
const maxMessage = 1 << 10

// Error is a refusal by the service, or an operation that failed there.
type Error struct {
	Method    string
	URL       string // without its query
	Status    int    // of the answer; 200 where a long-running operation failed
	Code      string // the service's, such as AuthorizationFailed; may be ""
	Message   string // the service's, on one line; may be ""
	RequestID string // for the service's support
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d", e.Method, e.URL, e.Status)
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

// Temporary reports whether the same request may pass later.
func (e *Error) Temporary() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// IsStatus reports whether err is a refusal with a status.
func IsStatus(err error, status int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == status
}

// refusal reads an answer that is none. Both services wrap the error in an
// object (learn.microsoft.com, "Azure REST API reference", "Microsoft Graph
// error responses and resource types"); Cosmos DB at times does not.
func refusal(resp *http.Response) *Error {
	type said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	var body struct {
		said
		Error *said `json:"error"`
	}
	text, err := runtime.Payload(resp)
	if err == nil && json.Unmarshal(text, &body) == nil && body.Error != nil {
		body.said = *body.Error
	}
	e := &Error{
		Method: resp.Request.Method, URL: redact(resp.Request.URL.String()), Status: resp.StatusCode,
		Code: remote.Line(body.Code, maxMessage), Message: remote.Line(body.Message, maxMessage),
	}
	for _, name := range []string{"x-ms-request-id", "request-id"} {
		if id := resp.Header.Get(name); id != "" {
			e.RequestID = remote.Line(id, maxMessage)
		}
	}
	return e
}

// redact takes from a URL what may be a secret: links of pages and operations
// carry tokens in their queries.
func redact(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "(unreadable URL)"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
