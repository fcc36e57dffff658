// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	cosmosSuffix = ".documents.azure.com"

	headerSubstatus  = "X-Ms-Substatus"
	headerActivity   = "X-Ms-Activity-Id"
	headerRetryAfter = "X-Ms-Retry-After-Ms" // "HTTP Status Codes for Azure Cosmos DB"

	// patience is the timeout of the server behind the account.
	patience = 30 * time.Second

	// Substatuses of 403: 3 is on the SDKs' lists as WriteForbidden, 5300 as
	// AadRequestNotAuthorized; 5301 is what users report for a missing role.
	substatusWriteForbidden = 3
	substatusNotByToken     = 5300
	substatusNoRole         = 5301
)

// account is the gateway of a Cosmos account, under its name and those of its
// regions. It checks tokens and roles and serves the account document. The server
// behind it stores the documents.
type account struct {
	config   Config
	entra    *entra
	upstream *http.Client

	mu      sync.Mutex // guards the fields below
	actions map[string]bool
	writes  string // region
	change  func(map[string]any)
}

func newAccount(c Config, e *entra) *account {
	a := &account{config: c, entra: e, writes: c.Regions[0], upstream: &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DisableCompression: true}, // no proxy: it is not on this internet
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	a.roles([]string{"readMetadata", actionRead, actionQuery, actionCreate, actionReplace})
	return a
}

func (a *account) roles(actions []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.actions = map[string]bool{}
	for _, action := range actions {
		short := strings.TrimPrefix(action, "Microsoft.DocumentDB/databaseAccounts/")
		a.actions[strings.TrimPrefix(short, "sqlDatabases/containers/")] = true
	}
}

func (a *account) may(action string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.actions[action]
}

func (a *account) amend(f func(map[string]any)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.change = f
}

func (a *account) moveWrites(region string) {
	_ = a.regionHost(region) // there is such a region
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writes = region
}

func (a *account) writeRegion() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.writes
}

func (a *account) host() string { return a.config.Account + cosmosSuffix }

// regionHost is the name of the account in a region; without one, its own.
func (a *account) regionHost(region string) string {
	if region == "" {
		return a.host()
	}
	if !slices.Contains(a.config.Regions, region) {
		panic("a test names regions of its account: " + region)
	}
	return a.config.Account + "-" + strings.ToLower(strings.ReplaceAll(region, " ", "")) + cosmosSuffix
}

func (a *account) sites() map[string]*site {
	s := &site{classify: classifyCosmos, serve: a.serve, refuse: refuseCosmos}
	sites := map[string]*site{a.host(): s}
	for _, region := range a.config.Regions {
		sites[a.regionHost(region)] = s
	}
	return sites
}

// takesWrites reports whether a host accepts writes: the write region, and the
// account's name without a region, which leads there.
func (a *account) takesWrites(host string) bool {
	return host == a.host() || host == a.regionHost(a.writeRegion())
}

func (a *account) serve(k *call) answer {
	if no := a.refuseToken(k); no != nil {
		return *no
	}
	if k.x.Kind == KindManagement {
		return a.problem(http.StatusForbidden, substatusNotByToken, fmt.Sprintf(
			"The given request [%s %s] cannot be authorized by AAD token in data plane. Learn more: https://aka.ms/cosmos-native-rbac.", k.Method, k.URL.Path))
	}
	if no := a.refuseActions(k); no != nil {
		return *no
	}
	switch {
	case k.x.Kind == KindAccount:
		return inJSON(http.StatusOK, a.document())
	case writesItems(k.x) && !a.takesWrites(k.x.Host):
		return cosmosProblem(http.StatusForbidden, substatusWriteForbidden, "The requested operation cannot be performed at this region")
	case a.config.Upstream == "":
		return cosmosProblem(http.StatusNotFound, 0, "Message: {\"Errors\":[\"Resource Not Found\"]}")
	}
	return a.forward(k)
}

// document returns the answer to GET /: "Get Database Account" (Azure Cosmos DB REST
// API), with the locations that a gateway adds to it.
func (a *account) document() map[string]any {
	writes := a.writeRegion()
	location := func(region string) any {
		return map[string]any{"name": region, "databaseAccountEndpoint": "https://" + a.regionHost(region) + ":443/"}
	}
	readable := []any{location(writes)}
	for _, region := range a.config.Regions {
		if region != writes {
			readable = append(readable, location(region))
		}
	}
	document := map[string]any{
		"_self": "", "id": a.config.Account, "_rid": a.host(), "media": "//media/", "addresses": "//addresses/", "_dbs": "//dbs/",
		"writableLocations": readable[:1:1], "readableLocations": readable,
		"enableMultipleWriteLocations": false, "continuousBackupEnabled": false,
		"userReplicationPolicy":   map[string]any{"asyncReplication": false, "minReplicaSetSize": 3, "maxReplicasetSize": 4},
		"userConsistencyPolicy":   map[string]any{"defaultConsistencyLevel": "Session"},
		"systemReplicationPolicy": map[string]any{"minReplicaSetSize": 3, "maxReplicasetSize": 4},
		"readPolicy":              map[string]any{"primaryReadCoefficient": 1, "secondaryReadCoefficient": 1},
	}
	a.mu.Lock()
	change := a.change
	a.mu.Unlock()
	if change != nil {
		change(document)
	}
	return document
}

// hopByHop returns the headers that are not forwarded: those of RFC 9110, section
// 7.6.1, and the token, which the server behind must not see.
func hopByHop() []string {
	return []string{
		"Authorization", "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length",
	}
}

// forward forwards a request to the server behind the account, and hides it.
func (a *account) forward(k *call) answer {
	ctx, cancel := context.WithTimeout(k.Context(), patience)
	defer cancel()
	target := strings.TrimSuffix(a.config.Upstream, "/") + k.URL.RequestURI()
	request, err := http.NewRequestWithContext(ctx, k.Method, target, bytes.NewReader(k.body))
	if err != nil {
		return unavailable()
	}
	request.Header = without(k.Header, hopByHop())
	response, err := a.upstream.Do(request)
	if err != nil {
		return unavailable()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return unavailable()
	}
	header := without(response.Header, hopByHop())
	for _, name := range []string{"Content-Location", "Location"} {
		if u, err := url.Parse(header.Get(name)); err == nil && u.Host != "" {
			u.Scheme, u.Host = "https", k.x.Host
			header.Set(name, u.String())
		}
	}
	return answer{response.StatusCode, header, body}
}

func without(header http.Header, names []string) http.Header {
	left := header.Clone()
	for name := range left {
		if slices.Contains(names, name) {
			delete(left, name)
		}
	}
	return left
}

func unavailable() answer {
	return cosmosProblem(http.StatusServiceUnavailable, 0, "Service is currently unavailable, please retry after a while.")
}
