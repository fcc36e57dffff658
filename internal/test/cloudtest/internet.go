// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// maxBody is above the limit of the account: a batch has up to 2 MB ("Azure
	// Cosmos DB service quotas").
	maxBody = 8 << 20

	established = "HTTP/1.1 200 Connection Established\r\n\r\n"

	// notTLS is the first record of a region that is down. A client behind a proxy
	// never sees a refused connection, and an error of the proxy is not a network
	// error to it. A first record that is not TLS means the same (azcosmos,
	// classifyNetworkError): nothing of the request was sent.
	notTLS = "down\r\n"
)

// internet is the proxy, and the TLS server at the end of all tunnels.
type internet struct {
	cloud  *Cloud
	ca     *authority
	caFile string
	proxy  *httptest.Server
	inner  *httptest.Server
	ends   *ends

	mu      sync.Mutex // guards what follows
	down    map[string]bool
	tunnels map[string]int
}

func connect(t testing.TB, cloud *Cloud) *internet {
	t.Helper()
	ca, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	n := &internet{
		cloud: cloud, ca: ca, caFile: filepath.Join(t.TempDir(), "ca.pem"),
		ends: &ends{arriving: make(chan *end), closed: make(chan struct{}), open: map[*end]bool{}}, down: map[string]bool{},
		tunnels: map[string]int{},
	}
	if err := os.WriteFile(n.caFile, ca.pem(), 0o600); err != nil {
		t.Fatal(err)
	}
	n.inner = httptest.NewUnstartedServer(http.HandlerFunc(n.serve))
	_ = n.inner.Listener.Close() // its connections are the ends of tunnels, so nobody dials it
	n.inner.Listener = n.ends
	n.inner.TLS = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return ca.leaf(hello.ServerName)
	}}
	n.inner.Config.ConnContext = rememberHost
	n.proxy = httptest.NewUnstartedServer(http.HandlerFunc(n.tunnel))
	for _, server := range []*httptest.Server{n.inner, n.proxy} {
		// An aborted handshake of a client is not worth a log line.
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	}
	n.inner.StartTLS()
	n.proxy.Start()
	t.Cleanup(n.end)
	return n
}

func (n *internet) end() {
	n.proxy.CloseClientConnections()
	n.proxy.Close()
	n.ends.cut(func(*end) bool { return true })
	n.inner.CloseClientConnections()
	n.inner.Close()
	n.cloud.account.upstream.CloseIdleConnections()
}

func (n *internet) transport() *http.Transport {
	proxy := &url.URL{Scheme: "http", Host: n.proxy.Listener.Addr().String()}
	return &http.Transport{
		Proxy:           http.ProxyURL(proxy),
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: n.ca.pool()},
	}
}

// tunnel is the proxy: RFC 9110, section 9.3.6. A request without a tunnel is plain
// HTTP, which no host serves.
func (n *internet) tunnel(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = r.Host, ""
	}
	if r.Method != http.MethodConnect || port != "443" || !n.cloud.has(host) {
		n.cloud.astray(r, http.StatusBadGateway)
		http.Error(w, "no such host on this internet: "+r.Host, http.StatusBadGateway)
		return
	}
	n.count(host)
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := io.WriteString(conn, established); err != nil {
		_ = conn.Close()
		return
	}
	e := &end{Conn: conn, ends: n.ends, reader: buffered.Reader, host: host}
	n.ends.remember(e) // before the check: a region that goes down later can then cut the connection
	if n.isDown(host) {
		refuse(e)
		return
	}
	n.ends.arrive(e)
}

// refuse answers a client's hello with a record that is not TLS. It waits for the
// hello, because earlier bytes would be read with the answer to CONNECT and lost.
func refuse(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return
	}
	if _, err := conn.Read(make([]byte, 16<<10)); err != nil { // a record is no longer: RFC 8446, section 5.1
		return
	}
	_, _ = io.WriteString(conn, notTLS)
}

func (c *Cloud) has(host string) bool { return c.at(host) != nil }

func (c *Cloud) at(host string) *site {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sites[host]
}

func (n *internet) isDown(host string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.down[host]
}

func (n *internet) count(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tunnels[host]++
}

func (n *internet) opened() map[string]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.tunnels)
}

func (n *internet) setDown(host string, down bool) {
	n.mu.Lock()
	n.down[host] = down
	n.mu.Unlock()
	if down {
		n.ends.cut(func(e *end) bool { return e.host == host })
	}
}

// hostKey is the context key of the host that a connection was opened to.
type hostKey struct{}

func rememberHost(ctx context.Context, conn net.Conn) context.Context {
	if secured, ok := conn.(*tls.Conn); ok {
		if e, ok := secured.NetConn().(*end); ok {
			return context.WithValue(ctx, hostKey{}, e.host)
		}
	}
	return ctx
}

// serve answers one request, with the fault of the test.
func (n *internet) serve(w http.ResponseWriter, r *http.Request) {
	host, _ := r.Context().Value(hostKey{}).(string)
	site := n.cloud.at(host)
	if site == nil || strings.TrimSuffix(r.Host, ":443") != host {
		// RFC 9110, section 15.5.20: the tunnel belongs to another host.
		n.cloud.astray(r, http.StatusMisdirectedRequest)
		http.Error(w, "this is "+host, http.StatusMisdirectedRequest)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client is gone, or the body is too large
	}
	// A request is processed even if the client is killed in the meantime.
	k := &call{Request: r.Clone(context.WithoutCancel(r.Context())), body: body, x: &Exchange{
		Method: r.Method, Host: host, Path: r.URL.Path, Query: r.URL.RawQuery, Kind: KindOther,
	}}
	k.Body = io.NopCloser(bytes.NewReader(body))
	site.classify(k)
	noted, hook := n.cloud.arrived(*k.x)
	k.x.N = noted.N
	var fault Fault
	if hook != nil {
		fault = hook(*k.x)
	}
	k.x.Faulted = fault.some()
	a, told := perform(site, k, fault)
	if told {
		k.x.Status = a.status
		k.x.Substatus, _ = strconv.Atoi(a.header.Get(headerSubstatus))
	}
	n.cloud.left(noted, *k.x)
	if !told {
		panic(http.ErrAbortHandler) // ends the connection without an answer
	}
	write(w, a, fault.Truncate)
}

// perform serves a request unless the fault prevents it, and returns the answer, if
// any.
func perform(s *site, k *call, f Fault) (a answer, told bool) {
	early := f.After || f.Truncate
	if early {
		a, k.x.Served = s.serve(k), true
	}
	if f.Do != nil {
		f.Do()
	}
	switch {
	case f.withheld():
		return answer{}, false
	case f.Status != 0 && !f.Truncate:
		return s.refuse(f), true
	case !early:
		a, k.x.Served = s.serve(k), true
	}
	return a, true
}

func write(w http.ResponseWriter, a answer, truncate bool) {
	maps.Copy(w.Header(), a.header)
	if bodyAllowed(a.status) {
		w.Header().Set("Content-Length", decimal(len(a.body)))
	}
	w.WriteHeader(a.status)
	if !truncate {
		_, _ = w.Write(a.body) // the client may be gone on purpose
		return
	}
	_, _ = w.Write(a.body[:len(a.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func bodyAllowed(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

func decimal(n int) string { return strconv.Itoa(n) }

// end is the end of a tunnel.
type end struct {
	net.Conn
	ends   *ends
	reader *bufio.Reader // may contain bytes that the client sent with its CONNECT
	host   string
}

func (e *end) Read(b []byte) (int, error) { return e.reader.Read(b) }

func (e *end) Close() error {
	e.ends.forget(e)
	return e.Conn.Close()
}

// ends is a listener whose connections are the ends of tunnels.
type ends struct {
	arriving chan *end
	closed   chan struct{}
	closing  sync.Once

	mu   sync.Mutex // guards open
	open map[*end]bool
}

func (l *ends) remember(e *end) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[e] = true
}

func (l *ends) arrive(e *end) {
	select {
	case l.arriving <- e:
	case <-l.closed:
		_ = e.Close()
	}
}

func (l *ends) forget(e *end) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, e)
}

// cut closes the matching connections without an answer.
func (l *ends) cut(matches func(*end) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := range l.open {
		if matches(e) {
			_ = e.Conn.Close()
		}
	}
}

// Accept implements net.Listener.
func (l *ends) Accept() (net.Conn, error) {
	select {
	case e := <-l.arriving:
		return e, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *ends) Close() error {
	l.closing.Do(func() { close(l.closed) })
	return nil
}

// Addr implements net.Listener.
func (*ends) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

var _ net.Listener = (*ends)(nil)
