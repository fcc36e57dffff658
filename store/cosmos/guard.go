// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"

	"github.com/appofapps/roster/store"
)

// maxAccountDocument limits the size of an account document, in bytes. It lists at
// most a few dozen regions.
const maxAccountDocument = 1 << 20

// Doer sends HTTP requests, like *http.Client. It must not follow redirects, which
// Cosmos DB never sends.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}

// guard sits between the client and the network. It refuses requests to hosts
// outside of the account, checks the account document before the client reads it,
// and counts the cost of each request.
type guard struct {
	next    Doer
	address Address

	mu      sync.Mutex // guards the fields below
	usage   store.Usage
	account bool // the account document was read and accepted
}

// Do sends a request to a host of the account. Errors: ErrForeignEndpoint,
// ErrMultipleWriteRegions, and those of the transport.
func (g *guard) Do(req *http.Request) (*http.Response, error) {
	if !g.address.owns(req.URL) {
		return nil, fmt.Errorf("%w: a request to %s was not sent, because it is not a host of %s", ErrForeignEndpoint, req.URL.Host, g.address.Endpoint)
	}
	resp, err := g.next.Do(req)
	if err != nil {
		g.count(0)
		return nil, err
	}
	charge, _ := strconv.ParseFloat(resp.Header.Get("x-ms-request-charge"), 64) // 0 if absent
	g.count(charge)
	if isAccountRead(req) && resp.StatusCode == http.StatusOK {
		return g.readAccount(resp)
	}
	return resp, nil
}

func isAccountRead(req *http.Request) bool {
	return req.Method == http.MethodGet && (req.URL.Path == "" || req.URL.Path == "/")
}

// readAccount checks an account document and passes it to the client.
func (g *guard) readAccount(resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAccountDocument))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read the account document of %s: %w", g.address.Endpoint, err)
	}
	if err := g.address.checkAccount(body); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account = true
	return resp, nil
}

// knowsAccount reports whether the account document was read and accepted.
func (g *guard) knowsAccount() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.account
}

func (g *guard) count(charge float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usage.Requests++
	g.usage.Charge += charge
}

func (g *guard) used() store.Usage {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.usage
}
