// SPDX-License-Identifier: Apache-2.0

// Package cosmosfront starts a strict imitation of Cosmos DB as a child process of a
// test. Start with Start, or with Shared for all tests of a package. The imitation is
// a server in memory that answers like Azure Cosmos DB, as far as roster depends on
// it. Front.Provision creates databases, Front.Dump reads them without the API under
// test, and Front.Order makes requests fail.
//
// The README in store/cosmos/testdata/front explains which part is a published
// package and which part is roster's. Only tests import this package.
package cosmosfront

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
)

// Key is the account key that Microsoft publishes for its emulator
// (learn.microsoft.com, "Azure Cosmos DB emulator", "Authentication"). The front
// accepts every key, but an SDK needs one that it can decode.
const Key = "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw=="

// ErrUnavailable is returned if the front cannot run: Node.js is missing or too old, or
// its packages are not installed. The error text names the next step.
var ErrUnavailable = errors.New("the Cosmos DB front is not available")

// Front is a running front. It has any number of databases, so tests that share it use
// one database each.
type Front struct {
	URL     string // http, on the loopback
	process *process
	made    atomic.Int64 // databases
}

// Document is one document as the front stores it.
type Document struct {
	Container string          `json:"container"`
	Partition string          `json:"partition"`
	ID        string          `json:"id"`
	Body      json.RawMessage `json:"body"` // including the fields that the service adds, such as _etag
}

// Fault is how requests for the items of a database fail.
type Fault struct {
	Database     string `json:"database"`
	Status       int    `json:"status"` // 0 to cut the connection
	Substatus    int    `json:"substatus,omitempty"`
	RetryAfterMs int    `json:"retryAfterMs,omitempty"`
	Count        int    `json:"count"` // of requests
	After        bool   `json:"after"` // the requests are processed first
}

// Launch starts a front and waits until it answers, or ctx ends. Errors:
// ErrUnavailable.
func Launch(ctx context.Context) (*Front, error) {
	process, err := start(ctx)
	if err != nil {
		return nil, err
	}
	return &Front{URL: process.url, process: process}, nil
}

// Close stops the front. If the front failed, the error has its standard error.
func (f *Front) Close() error { return f.process.close() }

func (f *Front) provision(ctx context.Context, database string, containers ...string) error {
	return f.post(ctx, "provision", map[string]any{"database": database, "containers": containers})
}

func (f *Front) order(ctx context.Context, fault Fault) error {
	return f.post(ctx, "fault", fault)
}

func (f *Front) documents(ctx context.Context, database string) ([]Document, error) {
	body, err := f.do(ctx, http.MethodGet, "dump?database="+url.QueryEscape(database), nil)
	if err != nil {
		return nil, err
	}
	var dump struct{ Documents []Document }
	if err := json.Unmarshal(body, &dump); err != nil {
		return nil, fmt.Errorf("read dump of database %s: %w", database, err)
	}
	return dump.Documents, nil
}

func (f *Front) post(ctx context.Context, endpoint string, content any) error {
	body, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("ask front to %s: %w", endpoint, err)
	}
	_, err = f.do(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	return err
}

func (f *Front) do(ctx context.Context, method, endpoint string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, f.URL+"/_front/"+endpoint, body)
	if err != nil {
		return nil, fmt.Errorf("ask front to %s: %w", endpoint, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask front to %s: %w", endpoint, err)
	}
	defer func() { _ = resp.Body.Close() }() // fully read
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("ask front to %s: %w", endpoint, err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("ask front to %s: %s: %s", endpoint, resp.Status, answer)
	}
	return answer, nil
}
