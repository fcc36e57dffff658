// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// armVersion is the version of the description.
const armVersion = "2021-06-15"

// ARM imitates Azure Resource Manager with one Cosmos DB account. Set the fields before
// the first request, and read the maps after the last.
type ARM struct {
	Knobs
	Subscription  string
	ResourceGroup string
	Account       string
	Serverless    bool
	Polls         int              // number of polls that report a change as running
	Takes         time.Duration    // duration of a change; 0 to finish after Polls polls
	Now           func() time.Time // clock of the keys; default time.Now
	NoLocalAuth   bool
	Actions       []string // that the caller may do with the account; default all

	// The resources, as the bodies that created them, by "database",
	// "database/container" and GUID.
	Databases   map[string]object
	Containers  map[string]object
	Roles       map[string]object
	Assignments map[string]object
	Keys        map[string]*AccountKey // by kind, as primaryReadonly

	operations []*operation
	contract   http.Handler
	beside     http.Handler // for operations that the description lacks
}

// operation is a running change.
type operation struct {
	polls int       // until it is done
	done  time.Time // when it is; zero: by polls
	apply func()
}

// pass completes the changes whose time has passed.
func (a *ARM) pass() {
	for _, o := range a.operations {
		if o.polls > 0 && !o.done.IsZero() && !a.Now().Before(o.done) {
			o.polls = 0
			o.apply()
		}
	}
}

// NewARM returns an empty account. It skips or fails the test like New.
func NewARM(t testing.TB) *ARM {
	t.Helper()
	a := &ARM{
		Subscription: "11111111-1111-1111-1111-111111111111", ResourceGroup: "platform", Account: "acme-registry",
		Polls:     2,
		Databases: map[string]object{}, Containers: map[string]object{},
		Roles: map[string]object{}, Assignments: map[string]object{}, Now: time.Now, Actions: []string{"*"},
	}
	a.Keys = firstKeys()
	const account = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.DocumentDB/databaseAccounts/{account}"
	const database = account + "/sqlDatabases/{database}"
	described := http.NewServeMux()
	described.HandleFunc("GET "+account, a.getAccount)
	described.HandleFunc("GET "+database, a.getDatabase)
	described.HandleFunc("PUT "+database, a.putDatabase)
	described.HandleFunc("GET "+database+"/containers", a.listContainers)
	described.HandleFunc("GET "+database+"/containers/{container}", a.getContainer)
	described.HandleFunc("PUT "+database+"/containers/{container}", a.putContainer)
	described.HandleFunc("GET "+account+"/sqlRoleDefinitions", a.listRoles)
	described.HandleFunc("GET "+account+"/sqlRoleDefinitions/{id}", a.getRole)
	described.HandleFunc("PUT "+account+"/sqlRoleDefinitions/{id}", a.putRole)
	described.HandleFunc("GET "+account+"/sqlRoleAssignments", a.listAssignments)
	described.HandleFunc("GET "+account+"/sqlRoleAssignments/{id}", a.getAssignment)
	described.HandleFunc("PUT "+account+"/sqlRoleAssignments/{id}", a.putAssignment)
	described.HandleFunc("POST "+account+"/regenerateKey", a.regenerateKey)
	described.HandleFunc("POST "+account+"/listKeys", a.listKeys)
	described.HandleFunc("POST "+account+"/readonlykeys", a.listReadOnlyKeys)
	a.contract = New(t, "azure-cosmos-arm-2021-06-15.json", described)

	beside := http.NewServeMux()
	beside.HandleFunc("GET /subscriptions/{subscription}/providers/Microsoft.DocumentDB/databaseAccounts", a.listAccounts)
	beside.HandleFunc("GET "+database+"/throughputSettings/default", a.getThroughput)
	beside.HandleFunc("GET /subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations/{region}/operationsStatus/{id}", a.getOperation)
	beside.HandleFunc("GET /subscriptions/{subscription}/providers/Microsoft.DocumentDB/locations/{region}/operationResults/{id}", a.getResult)
	a.beside = beside
	return a
}

// ServeHTTP answers a request.
func (a *ARM) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler := a.contract
	relax(r)
	a.mu.Lock()
	a.pass()
	a.mu.Unlock()
	if strings.Contains(r.URL.Path, "/operationsStatus/") || strings.Contains(r.URL.Path, "/operationResults/") || strings.HasSuffix(r.URL.Path, "/throughputSettings/default") ||
		strings.HasSuffix(r.URL.Path, "/providers/Microsoft.DocumentDB/databaseAccounts") {
		handler = version(a.beside)
	}
	if r.URL.Path == a.accountID()+"/providers/Microsoft.Authorization/permissions" {
		handler = http.HandlerFunc(a.permissions)
	}
	a.serve(w, r, handler, func(w http.ResponseWriter, v verdict) {
		w.Header().Set("X-Ms-Request-Id", "00000000-0000-0000-0000-00000000beef")
		switch v {
		case anonymous:
			armError(w, http.StatusUnauthorized, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
		case throttled:
			armError(w, http.StatusTooManyRequests, "TooManyRequests", "The request is being throttled.")
		default:
			armError(w, http.StatusForbidden, "AuthorizationFailed",
				"The client does not have authorization to perform action over scope '"+r.URL.Path+"'.")
		}
	})
}

// version requires the API version in requests that the description lacks.
func version(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		q.Del("$skiptoken")
		if q.Get("api-version") != armVersion || len(q) != 1 {
			armError(w, http.StatusBadRequest, "InvalidApiVersionParameter", "The query is "+r.URL.RawQuery)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// armError answers in the format of Resource Manager (learn.microsoft.com, "Troubleshoot
// common Azure deployment errors" and "Azure REST API reference").
func armError(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, object{"error": object{"code": code, "message": message}})
}

// dbError answers in the format of Cosmos DB's provider, without the outer object.
func dbError(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, object{"code": code, "message": message})
}

func (a *ARM) accountID() string {
	return "/subscriptions/" + a.Subscription + "/resourceGroups/" + a.ResourceGroup +
		"/providers/Microsoft.DocumentDB/databaseAccounts/" + a.Account
}

// known answers 404 for another account.
func (a *ARM) known(w http.ResponseWriter, r *http.Request) bool {
	if r.PathValue("subscription") == a.Subscription && strings.EqualFold(r.PathValue("group"), a.ResourceGroup) && r.PathValue("account") == a.Account {
		return true
	}
	armError(w, http.StatusNotFound, "ResourceNotFound", "The Resource '"+r.URL.Path+"' was not found.")
	return false
}

func (a *ARM) account() object {
	capabilities := []object{}
	if a.Serverless {
		capabilities = append(capabilities, object{"name": "EnableServerless"})
	}
	state := "Succeeded"
	if a.changing() {
		state = "Updating"
	}
	return object{
		"id": a.accountID(), "name": a.Account, "type": "Microsoft.DocumentDB/databaseAccounts", "location": "West Europe",
		"kind": "GlobalDocumentDB",
		"properties": object{
			"provisioningState": state, "documentEndpoint": "https://" + a.Account + ".documents.azure.com:443/",
			"databaseAccountOfferType": "Standard", "capabilities": capabilities,
			"disableLocalAuth": a.NoLocalAuth, "keysMetadata": a.keysMetadata(),
		},
	}
}

func (a *ARM) getAccount(w http.ResponseWriter, r *http.Request) {
	if !a.known(w, r) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	reply(w, http.StatusOK, a.account())
}

// listAccounts ("Database Accounts - List") has an empty first page, as lists of
// Resource Manager may ("Azure REST API reference", "nextLink").
func (a *ARM) listAccounts(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.PathValue("subscription") != a.Subscription:
		reply(w, http.StatusOK, object{"value": []object{}})
	case !r.URL.Query().Has("$skiptoken"):
		link := "https://" + r.Host + r.URL.Path + "?api-version=" + armVersion + "&$skiptoken=1"
		reply(w, http.StatusOK, object{"value": []object{}, "nextLink": link})
	default:
		a.mu.Lock()
		defer a.mu.Unlock()
		reply(w, http.StatusOK, object{"value": []object{a.account()}})
	}
}

// changing reports whether a change is running.
func (a *ARM) changing() bool {
	return slices.ContainsFunc(a.operations, func(o *operation) bool { return o.polls > 0 })
}

// change starts a change, or makes it at once. It refuses a second change during the
// first. No page documents when the service does so; a client that passes makes one
// change at a time.
func (a *ARM) change(w http.ResponseWriter, r *http.Request, apply func(), result object) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.changing() {
		dbError(w, http.StatusPreconditionFailed, "PreconditionFailed",
			"There is already an operation in progress which requires exclusive lock on this service "+a.Account+".")
		return
	}
	if a.Polls == 0 && a.Takes == 0 {
		apply()
		reply(w, http.StatusOK, result)
		return
	}
	o := &operation{polls: max(1, a.Polls), apply: apply}
	if a.Takes > 0 {
		o.done = a.Now().Add(a.Takes)
	}
	a.operations = append(a.operations, o)
	// learn.microsoft.com, "Track asynchronous Azure operations".
	link := fmt.Sprintf("https://%s/subscriptions/%s/providers/Microsoft.DocumentDB/locations/westeurope/operationsStatus/%d?api-version=%s",
		r.Host, a.Subscription, len(a.operations)-1, armVersion)
	w.Header().Set("Azure-AsyncOperation", link)
	w.Header().Set("Location", strings.Replace(link, "operationsStatus", "operationResults", 1))
	w.WriteHeader(http.StatusAccepted)
}

func (a *ARM) getOperation(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || i < 0 || i >= len(a.operations) {
		dbError(w, http.StatusNotFound, "NotFound", "no such operation")
		return
	}
	status := "Succeeded"
	switch o := a.operations[i]; {
	case o.polls == 0:
	case !o.done.IsZero() || o.polls > 1:
		o.polls = max(1, o.polls-1)
		status = "Dequeued"
	default:
		o.polls = 0
		o.apply()
	}
	reply(w, http.StatusOK, object{"id": r.URL.Path, "name": strconv.Itoa(i), "status": status})
}

// getResult returns the result of an operation that was started by POST: only that it
// succeeded ("Track asynchronous Azure operations", Location).
func (a *ARM) getResult(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, object{}) }

// list answers with values in the order of their keys.
func list(w http.ResponseWriter, all map[string]object, prefix string) {
	value := []object{}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(key, prefix) {
			value = append(value, all[key])
		}
	}
	reply(w, http.StatusOK, object{"value": value})
}
