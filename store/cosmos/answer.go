// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/store"
)

// Sub-statuses that distinguish answers with the same status (learn.microsoft.com, "HTTP
// status codes for Azure Cosmos DB" and "Diagnose and troubleshoot Azure Cosmos
// DB not found exceptions").
const (
	subOwnerMissing = 1003 // 404: the container or the database does not exist
	subStaleSession = 1002 // 404: this region has not seen the session's last write yet
)

// statusRetryWith is 449, which net/http does not define: the operation conflicted
// with another one and can be retried.
const statusRetryWith = 449

// answer is a parsed error of the client.
type answer struct {
	status int           // HTTP status, 0 without an answer
	sub    int           // x-ms-substatus
	after  time.Duration // the pause that the service asked for
	text   string        // the service's message, one line
}

// readAnswer parses an error of the client.
func readAnswer(err error) answer {
	response, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok || response.RawResponse == nil {
		return answer{}
	}
	header := response.RawResponse.Header
	a := answer{status: response.StatusCode}
	a.sub, _ = strconv.Atoi(header.Get("x-ms-substatus")) // absent is 0
	if ms, err := strconv.ParseFloat(header.Get("x-ms-retry-after-ms"), 64); err == nil {
		a.after = time.Duration(ms * float64(time.Millisecond))
	}
	a.text = serviceWords(response)
	return a
}

// missingOwner reports whether the container or the database does not exist.
func (a answer) missingOwner() bool {
	return a.status == http.StatusNotFound && a.sub == subOwnerMissing
}

// passing reports whether a retry of the same request may succeed. This includes
// requests without an answer.
func (a answer) passing() bool {
	switch a.status {
	case 0, http.StatusRequestTimeout, http.StatusGone, http.StatusTooManyRequests, statusRetryWith:
		return true
	case http.StatusNotFound:
		return a.sub == subStaleSession
	default:
		return a.status >= http.StatusInternalServerError
	}
}

// refusal reports whether a write was refused before anything was written.
func (a answer) refusal() bool {
	switch a.status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge:
		return true
	}
	return a.missingOwner()
}

// explain returns the error for an answer. It wraps the sentinel of package store.
func (s *Store) explain(container string, err error) error {
	a := readAnswer(err)
	switch {
	case a.missingOwner():
		return fmt.Errorf("%w: container %s of database %s at %s; roster store init creates it", store.ErrNoContainer, container, s.address.Database, s.address.Endpoint)
	case a.status == http.StatusNotFound && a.sub != subStaleSession:
		return fmt.Errorf("%w: %s", store.ErrNotFound, a.text)
	case a.status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s asks to wait; it has too few request units per second for this load", store.ErrThrottled, s.address.Endpoint)
	case a.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %s refused the token: %s", store.ErrDenied, s.address.Endpoint, a.text)
	case a.status == http.StatusForbidden:
		return fmt.Errorf("%w: %s; roster doctor shows the missing role", store.ErrDenied, a.text)
	case a.status != 0:
		return fmt.Errorf("%s answered %d/%d: %s", s.address.Endpoint, a.status, a.sub, a.text)
	}
	return plainCause(err)
}

// unsent reports whether a request was not sent, because there was no token or the
// account document was refused.
func unsent(err error) bool {
	_, noToken := errors.AsType[*tokenError](err)
	return noToken || errors.Is(err, ErrForeignEndpoint) || errors.Is(err, ErrMultipleWriteRegions)
}

// plainCause returns the reason for a missing answer.
func plainCause(err error) error {
	if token, ok := errors.AsType[*tokenError](err); ok {
		return fmt.Errorf("get a token for the account: %w", token.cause)
	}
	for _, ours := range []error{ErrForeignEndpoint, ErrMultipleWriteRegions} {
		if errors.Is(err, ours) {
			return innermost(err, ours)
		}
	}
	return err
}

// innermost returns the innermost error that wraps a sentinel of this package,
// without the errors that other packages wrapped around it.
func innermost(err, ours error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil || inner == ours || !errors.Is(inner, ours) { //nolint:errorlint // the very sentinel
			return err
		}
		err = inner
	}
}

// maxWords limits how much of the service's message an error quotes.
const maxWords = 500

// serviceWords returns the service's message in one line, up to the activity id.
// Errors come as {"code", "message"} (learn.microsoft.com,
// "Azure Cosmos DB REST API: HTTP status codes").
func serviceWords(response *azcore.ResponseError) string {
	body, err := runtime.Payload(response.RawResponse)
	if err != nil {
		return response.ErrorCode
	}
	var message struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &message) != nil || message.Message == "" {
		return response.ErrorCode
	}
	text := message.Message
	for _, end := range []string{"ActivityId:", "\r", "\n"} {
		text, _, _ = strings.Cut(text, end)
	}
	return strings.TrimRight(strings.TrimSpace(text[:min(len(text), maxWords)]), ",.")
}
