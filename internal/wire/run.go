// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/ci"
)

// World is what a command knows of the outside.
type World struct {
	Getenv   func(string) string
	Now      func() time.Time
	Commands io.Writer // where the CI system reads commands, such as the one that masks a token
}

// Run is one run of a command. Everything that it opens shares one identity and
// one HTTP transport, so that the CI system vouches for the run once for each
// service, and connections are reused. Its methods may be called concurrently.
// Start with NewRun; end with Close.
type Run struct {
	world    World
	client   *http.Client
	identity func() (*identity.Identity, error)
}

// NewRun returns a run. It sends nothing yet.
func NewRun(w World) *Run {
	r := &Run{world: w, client: newClient()}
	r.identity = sync.OnceValues(func() (*identity.Identity, error) {
		return identity.New(identity.Config{
			Getenv:    w.Getenv,
			IDToken:   ci.IDToken(w.Getenv, &http.Client{Transport: r.client.Transport}, w.Commands),
			CI:        ci.Detect(w.Getenv) != ci.Terminal,
			Transport: r.client,
			Now:       w.Now,
		})
	})
	return r
}

// Identity returns the identity of the run, the same one each time. Errors: those
// of identity.New.
func (r *Run) Identity() (*identity.Identity, error) { return r.identity() }

// Client returns the HTTP client of the run. It follows no redirect: no service
// sends one, and a token must not follow it.
func (r *Run) Client() *http.Client { return r.client }

// Close closes the connections of the run.
func (r *Run) Close() { r.client.CloseIdleConnections() }

// Limits of a request to a service. They are those of azcosmos's own client. A
// host that does not accept a connection at once never will, so another region
// gets its turn. No answer of the service takes longer than a minute.
const (
	dialTimeout    = 5 * time.Second
	requestTimeout = 65 * time.Second
	idlePerHost    = 100
)

// newClient returns a client with a new transport. It uses the proxy of the
// environment.
func newClient() *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 2 * dialTimeout,
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
