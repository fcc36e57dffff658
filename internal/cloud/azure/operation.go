// SPDX-License-Identifier: Apache-2.0

package azure

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/internal/cloud/rest"
)

// ErrUnfinished is returned for an operation that the service has not finished.
var ErrUnfinished = errors.New("unfinished operation")

// Start starts an action as Post does, and does not wait for it. It returns the token of
// the operation for [Client.Ask], "" if the action is over. A caller may store the token:
// it gives no access without a credential of this client.
func (c *Client) Start(ctx context.Context, path string, in any) (operation string, err error) {
	answer, err := c.Do(ctx, rest.Request{Method: http.MethodPost, Path: path, In: in})
	if err != nil || !longRunning(answer) {
		return "", err
	}
	poller, err := runtime.NewPoller[json.RawMessage](response(answer), c.polls, nil) //nolint:bodyclose // a body in memory
	if err != nil {
		return "", c.unfollowed(err)
	}
	if operation, err = poller.ResumeToken(); err != nil {
		return "", c.unfollowed(err)
	}
	return operation, nil
}

// Ask asks once about an operation that Start returned. Errors: ErrUnfinished,
// *rest.Error for an operation that failed.
func (c *Client) Ask(ctx context.Context, operation string) error {
	poller, err := runtime.NewPollerFromResumeToken[json.RawMessage](operation, c.polls, nil)
	if err != nil {
		return c.unfollowed(err)
	}
	if _, err := poller.Poll(ctx); err != nil { //nolint:bodyclose // package rest has read it
		return c.unfollowed(err)
	}
	if !poller.Done() {
		return ErrUnfinished
	}
	if _, err = poller.Result(ctx); err != nil {
		return c.unfollowed(err)
	}
	return nil
}

// change sends a request and follows the operation that it started, if any.
func (c *Client) change(ctx context.Context, r rest.Request, out any) error {
	answer, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	if !longRunning(answer) {
		return answer.Decode(out)
	}
	poller, err := runtime.NewPoller[json.RawMessage](response(answer), c.polls, nil) //nolint:bodyclose // a body in memory
	if err != nil {
		return c.unfollowed(err)
	}
	raw, err := poller.PollUntilDone(ctx, &runtime.PollUntilDoneOptions{Frequency: c.pollEvery})
	if err != nil {
		return c.unfollowed(err)
	}
	answer.Body = raw
	return answer.Decode(out)
}

// longRunning reports whether an answer starts an operation. A POST that is answered
// with 201 also has a Location, but of what it created (RFC 9110, section 15.3.2); a PUT
// says so in the resource's provisioningState.
func longRunning(a rest.Answer) bool {
	return a.Status == http.StatusAccepted || a.Header.Get("Azure-AsyncOperation") != "" || a.Method == http.MethodPut
}

// unfollowed is the error of an operation that failed or whose state cannot be read.
func (c *Client) unfollowed(err error) error {
	failed, isAnswer := errors.AsType[*azcore.ResponseError](err)
	if !isAnswer || failed.RawResponse == nil {
		return fmt.Errorf("follow operation: %w", err)
	}
	resp := failed.RawResponse
	body, err := runtime.Payload(resp)
	if err != nil {
		return fmt.Errorf("follow operation: %w", err)
	}
	return c.Refusal(rest.Answer{Method: resp.Request.Method, URL: resp.Request.URL, Status: resp.StatusCode, Header: resp.Header, Body: body})
}

// polls is a transport by which azcore's pollers ask package rest.
type polls struct{ client *rest.Client }

func (p polls) Do(req *http.Request) (*http.Response, error) {
	answer, err := p.client.Do(req.Context(), rest.Request{Method: req.Method, Path: req.URL.String()})
	if err != nil {
		return nil, err
	}
	return response(answer), nil
}

// response is an answer as azcore reads it.
func response(a rest.Answer) *http.Response {
	return &http.Response{
		StatusCode: a.Status, Header: a.Header, Body: io.NopCloser(bytes.NewReader(a.Body)),
		Request: &http.Request{Method: a.Method, URL: a.URL},
	}
}
