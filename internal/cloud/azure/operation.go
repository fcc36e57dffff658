// SPDX-License-Identifier: Apache-2.0

package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/appofapps/roster/internal/remote"
)

// ErrUnfinished is returned for an operation that the service is still at.
var ErrUnfinished = errors.New("the service is still at it")

// Start has something done as Post does, and does not wait for it. It returns by
// what [Client.Ask] asks for it, "" for what is done at once. That is a text for a
// store: it opens nothing without a token of this client.
func (c *Client) Start(ctx context.Context, path string, in any) (operation string, err error) {
	link := c.url(path, nil)
	resp, err := c.send(ctx, http.MethodPost, link, in) //nolint:bodyclose // the pipeline has read it
	if err != nil || !longRunning(resp) {
		return "", err
	}
	poller, err := runtime.NewPoller[json.RawMessage](resp, c.pipeline, nil)
	if err != nil {
		return "", unfollowed("POST "+redact(link), err)
	}
	if operation, err = poller.ResumeToken(); err != nil {
		return "", unfollowed("POST "+redact(link), err)
	}
	return operation, nil
}

// Ask asks once for an operation that was started. Errors: ErrUnfinished, Error for
// one that failed.
func (c *Client) Ask(ctx context.Context, operation string) error {
	poller, err := runtime.NewPollerFromResumeToken[json.RawMessage](operation, c.pipeline, nil)
	if err != nil {
		return unfollowed("POST", err)
	}
	if _, err := poller.Poll(ctx); err != nil { //nolint:bodyclose // the pipeline has read it
		return unfollowed("POST", err)
	}
	if !poller.Done() {
		return ErrUnfinished
	}
	if _, err = poller.Result(ctx); err != nil {
		return unfollowed("POST", err)
	}
	return nil
}

// unfollowed is the error of an operation that failed, or that cannot be asked for.
func unfollowed(what string, err error) error {
	if failed, ok := errors.AsType[*azcore.ResponseError](err); ok && failed.RawResponse != nil {
		return refusal(failed.RawResponse)
	}
	return fmt.Errorf("%s: follow operation: %w", what, remote.Bare(err))
}
