// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

// Kind is the kind of a request.
type Kind string

// The kinds.
const (
	KindOIDC       Kind = "oidc"       // a job requests an assertion from its CI system
	KindDiscovery  Kind = "discovery"  // the metadata of an issuer or of Entra
	KindToken      Kind = "token"      // an assertion is exchanged for an access token
	KindAccount    Kind = "account"    // the account document
	KindMetadata   Kind = "metadata"   // reads of databases, containers, partition key ranges
	KindRead       Kind = "read"       // one item
	KindWrite      Kind = "write"      // one item
	KindQuery      Kind = "query"      // items, by a query or a feed
	KindBatch      Kind = "batch"      // items, all or none
	KindManagement Kind = "management" // operations that a token of Entra cannot do on the data plane
	KindOther      Kind = "other"
)

// Exchange is one request and its outcome.
type Exchange struct {
	N                         int // from 1, over all requests that came through TLS; 0 for a foreign one
	Method, Host, Path, Query string
	Kind                      Kind
	Status, Substatus         int         // of the answer; 0 when there was none
	Operations                []Operation // on items, those of a batch in order
	Audience                  string      // oidc: the one asked for; token: the resource asked for
	AADSTS                    int         // Entra's reason to refuse
	Replayed                  bool        // the assertion was presented before
	Served                    bool        // the host processed the request, whatever the answer was
	Faulted                   bool        // OnRequest returned a fault
	Foreign                   bool        // the host is unknown
}

// Operation is one act on an item.
type Operation struct {
	Action string // items/create, items/replace, ...
	ID     string
}

// Fault is the fault of a request. Its zero value is no fault.
type Fault struct {
	After             bool          // the request is served first, and its answer withheld
	Status, Substatus int           // is answered instead
	RetryAfter        time.Duration // in the answer, as its host spells it
	Cut               bool          // the connection ends without an answer
	Truncate          bool          // served, then half of the body under the length of all of it, then the end
	Do                func()        // called before the answer; with After or Truncate once the request was served
}

func (f Fault) some() bool {
	return f.After || f.Status != 0 || f.Substatus != 0 || f.Cut || f.Truncate || f.Do != nil
}

// withheld reports whether the client gets no answer.
func (f Fault) withheld() bool { return f.Cut || (f.After && f.Status == 0 && !f.Truncate) }

// OnRequest calls f for each request before it is served, possibly concurrently; nil
// removes f.
func (c *Cloud) OnRequest(f func(Exchange) Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hook = f
}

// Log returns all requests so far, in the order of arrival. A running request has no
// status yet.
func (c *Cloud) Log() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := make([]Exchange, len(c.log))
	for i, x := range c.log {
		log[i] = *x
	}
	return log
}

// Foreign returns the unknown hosts, once for each request, with the port if a tunnel
// was requested.
func (c *Cloud) Foreign() []string {
	var hosts []string
	for _, x := range c.Log() {
		if x.Foreign {
			hosts = append(hosts, x.Host)
		}
	}
	return hosts
}

// astray logs a request for an unknown host.
func (c *Cloud) astray(r *http.Request, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, &Exchange{Method: r.Method, Host: r.Host, Path: r.URL.Path, Kind: KindOther, Status: status, Foreign: true})
}

// arrived logs a request, numbers it, and returns the function of OnRequest.
func (c *Cloud) arrived(x Exchange) (*Exchange, func(Exchange) Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	x.N = c.last
	noted := &x
	c.log = append(c.log, noted)
	return noted, c.hook
}

// left logs the outcome of a request.
func (c *Cloud) left(noted *Exchange, x Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*noted = x
}

// site is an imitated host.
type site struct {
	classify func(*call)          // sets the kind of a request before it is served
	serve    func(*call) answer   // processes the request
	refuse   func(f Fault) answer // answers a fault in the format of this host
}

// call is a request to a site, and its log entry.
type call struct {
	*http.Request
	body []byte
	x    *Exchange // the goroutine's own until it is noted
}

// answer is a whole answer.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// handled returns a site for a handler.
func handled(h http.Handler) *site {
	return &site{
		classify: func(*call) {},
		serve: func(k *call) answer {
			recorder := httptest.NewRecorder()
			h.ServeHTTP(recorder, k.Request)
			return answer{recorder.Code, recorder.Result().Header, recorder.Body.Bytes()}
		},
		refuse: refusePlain,
	}
}

// refusePlain answers a fault like most hosts.
func refusePlain(f Fault) answer {
	a := answer{f.Status, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, []byte(http.StatusText(f.Status) + "\n")}
	a.retryAfter(f.RetryAfter)
	return a
}

// retryAfter sets the header of RFC 9110, section 10.2.3, rounded up to whole seconds.
func (a answer) retryAfter(d time.Duration) {
	if d > 0 {
		a.header.Set("Retry-After", decimal(int((d+time.Second-1)/time.Second)))
	}
}

// hasAction reports whether one of the operations has the action.
func (x Exchange) hasAction(action string) bool {
	return slices.ContainsFunc(x.Operations, func(o Operation) bool { return o.Action == action })
}
