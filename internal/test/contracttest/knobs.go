// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Knobs control an imitated service from a test, and report its requests.
type Knobs struct {
	mu       sync.Mutex // guards all of it; requests come at once
	deny     func(method, path string) bool
	throttle int
	lose     int
	log      []string
}

// Deny refuses matching requests with 403; nil refuses none.
func (k *Knobs) Deny(these func(method, path string) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.deny = these
}

// Throttle answers the next n requests with 429.
func (k *Knobs) Throttle(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.throttle = n
}

// Lose processes the next n requests that change something, and loses their answers.
func (k *Knobs) Lose(n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lose = n
}

// Requests returns the method and path of each request so far.
func (k *Knobs) Requests() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.log)
}

// Mutations returns the requests so far that would change something.
func (k *Knobs) Mutations() []string {
	return slices.DeleteFunc(k.Requests(), func(line string) bool { return strings.HasPrefix(line, http.MethodGet+" ") })
}

// Forget forgets the requests so far.
func (k *Knobs) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.log = nil
}

// verdict is how the knobs treat a request.
type verdict int

const (
	pass verdict = iota
	anonymous
	throttled
	forbidden
	lost
)

func (k *Knobs) judge(r *http.Request, authorized bool) verdict {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.log = append(k.log, r.Method+" "+r.URL.Path)
	switch {
	case !authorized:
		return anonymous
	case k.throttle > 0:
		k.throttle--
		return throttled
	case k.deny != nil && k.deny(r.Method, r.URL.Path):
		return forbidden
	case k.lose > 0 && r.Method != http.MethodGet:
		k.lose--
		return lost
	}
	return pass
}

// serve passes a request to a handler according to the knobs; refuse writes an error
// in the vendor's format.
func (k *Knobs) serve(w http.ResponseWriter, r *http.Request, handler http.Handler, refuse func(http.ResponseWriter, verdict)) {
	k.serveTo(w, r, bearer(r), handler, refuse)
}

// serveTo is serve for a request whose authorization was checked.
func (k *Knobs) serveTo(w http.ResponseWriter, r *http.Request, authorized bool, handler http.Handler, refuse func(http.ResponseWriter, verdict)) {
	switch v := k.judge(r, authorized); v {
	case pass:
		handler.ServeHTTP(w, r)
	case lost:
		handler.ServeHTTP(discard{http.Header{}}, r)
		panic(http.ErrAbortHandler) // net/http: closes the connection without an answer
	case throttled:
		w.Header().Set("Retry-After", "1")
		refuse(w, v)
	default:
		refuse(w, v)
	}
}

// discard is the writer of a lost answer.
type discard struct{ header http.Header }

func (d discard) Header() http.Header            { return d.header }
func (d discard) Write(text []byte) (int, error) { return len(text), nil }
func (d discard) WriteHeader(int)                {}
