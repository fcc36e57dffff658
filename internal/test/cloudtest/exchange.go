// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

// Kind is what a request is about.
type Kind string

// The kinds.
const (
	KindOIDC       Kind = "oidc"       // a job asks its CI system to vouch for it
	KindDiscovery  Kind = "discovery"  // somebody asks an issuer or Entra about itself
	KindToken      Kind = "token"      // an assertion is given for an access token
	KindAccount    Kind = "account"    // the account document
	KindMetadata   Kind = "metadata"   // reads of databases, containers, partition key ranges
	KindRead       Kind = "read"       // one item
	KindWrite      Kind = "write"      // one item
	KindQuery      Kind = "query"      // items, by a query or a feed
	KindBatch      Kind = "batch"      // items, all or none
	KindManagement Kind = "management" // what no token of Entra may do on the data plane
	KindOther      Kind = "other"
)

// Exchange is one request and what became of it.
type Exchange struct {
	N                         int // from 1, over all requests that came through TLS; 0 for a foreign one
	Method, Host, Path, Query string
	Kind                      Kind
	Status, Substatus         int         // of the answer; 0 when there was none
	Operations                []Operation // on items, those of a batch in order
	Audience                  string      // oidc: the one asked for; token: the resource asked for
	AADSTS                    int         // Entra's reason to refuse
	Replayed                  bool        // the assertion was presented before
	Served                    bool        // the host did its work, whatever was answered
	Faulted                   bool        // OnRequest meddled
	Foreign                   bool        // nobody answers to the host
}

// Operation is one act on an item.
type Operation struct {
	Action string // items/create, items/replace, ...
	ID     string
}

// Fault is what goes wrong with a request. Its zero value is nothing.
type Fault struct {
	After             bool          // the request is served first, its answer withheld
	Status, Substatus int           // is answered instead
	RetryAfter        time.Duration // in the answer, as its host spells it
	Cut               bool          // the connection ends without an answer
	Truncate          bool          // served, then half of the body under the length of all of it, then the end
	Do                func()        // called before the answer; with After or Truncate once the request was served
}

func (f Fault) some() bool {
	return f.After || f.Status != 0 || f.Substatus != 0 || f.Cut || f.Truncate || f.Do != nil
}

// withheld tells whether no answer is to be given at all.
func (f Fault) withheld() bool { return f.Cut || (f.After && f.Status == 0 && !f.Truncate) }

// OnRequest has f asked about each request before it is served. It may be
// called by several requests at once; nil ends it.
func (c *Cloud) OnRequest(f func(Exchange) Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hook = f
}

// Log is all requests up to now, in the order of their arrival. One that is
// still on its way has no status.
func (c *Cloud) Log() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := make([]Exchange, len(c.log))
	for i, x := range c.log {
		log[i] = *x
	}
	return log
}

// Foreign is the hosts asked for that nobody answers to, each time, as they
// were asked for: with its port where a tunnel was wanted.
func (c *Cloud) Foreign() []string {
	var hosts []string
	for _, x := range c.Log() {
		if x.Foreign {
			hosts = append(hosts, x.Host)
		}
	}
	return hosts
}

// astray notes a request for a host that is not there.
func (c *Cloud) astray(r *http.Request, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, &Exchange{Method: r.Method, Host: r.Host, Path: r.URL.Path, Kind: KindOther, Status: status, Foreign: true})
}

// arrived notes a request, gives it its number and returns what is to be asked
// about it.
func (c *Cloud) arrived(x Exchange) (*Exchange, func(Exchange) Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last++
	x.N = c.last
	noted := &x
	c.log = append(c.log, noted)
	return noted, c.hook
}

// left notes what became of a request.
func (c *Cloud) left(noted *Exchange, x Exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*noted = x
}

// site is what answers to a host name.
type site struct {
	classify func(*call)          // says what a request is about, before it is served
	serve    func(*call) answer   // does the work
	refuse   func(f Fault) answer // a fault in the words of this host
}

// call is a request as a site sees it, and what is noted of it.
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

// handled is a site made of a handler.
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

// refusePlain answers a fault as most hosts do.
func refusePlain(f Fault) answer {
	a := answer{f.Status, http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, []byte(http.StatusText(f.Status) + "\n")}
	a.retryAfter(f.RetryAfter)
	return a
}

// retryAfter puts the header of RFC 9110, section 10.2.3: whole seconds, and
// never fewer than meant.
func (a answer) retryAfter(d time.Duration) {
	if d > 0 {
		a.header.Set("Retry-After", decimal(int((d+time.Second-1)/time.Second)))
	}
}

// hasAction tells whether one of the operations is of that action.
func (x Exchange) hasAction(action string) bool {
	return slices.ContainsFunc(x.Operations, func(o Operation) bool { return o.Action == action })
}
