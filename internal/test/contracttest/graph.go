// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// graphBase is the path under which version 1.0 lies.
const graphBase = "/v1.0"

// maxFederations: "Configure an app to trust an external identity provider".
const maxFederations = 20

// Graph imitates Microsoft Graph with some app registrations. Set the fields before the
// first request, and read Applications after the last.
type Graph struct {
	Knobs
	Applications []*Application
	PageSize     int           // of lists; 0: all on one page
	Delay        time.Duration // until Entra ID knows a new secret
	made         int           // secrets so far

	contract http.Handler
}

// Application is an app registration.
type Application struct {
	ID          string // of the object
	AppID       string
	Name        string
	Federations []object
	Passwords   []Password
}

// Password is a client secret of an application.
type Password struct {
	KeyID, DisplayName, Secret string
	Start, End                 time.Time
	made                       time.Time
}

// NewGraph returns a tenant with the given applications. It skips or fails the test
// like New.
func NewGraph(t testing.TB, applications ...*Application) *Graph {
	t.Helper()
	g := &Graph{Applications: applications}
	described := http.NewServeMux()
	described.HandleFunc("GET /applications", g.listApplications)
	described.HandleFunc("GET /applications/{id}", g.getApplication)
	described.HandleFunc("POST /applications/{id}/addPassword", g.addPassword)
	described.HandleFunc("POST /applications/{id}/removePassword", g.removePassword)
	described.HandleFunc("GET /applications/{id}/federatedIdentityCredentials", g.listFederations)
	described.HandleFunc("POST /applications/{id}/federatedIdentityCredentials", g.addFederation)
	g.contract = New(t, "msgraph-v1.0.json", described)
	return g
}

// ServeHTTP answers a request.
func (g *Graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Request-Id", "00000000-0000-0000-0000-00000000cafe")
	g.serve(w, r, http.StripPrefix(graphBase, g.contract), func(w http.ResponseWriter, v verdict) {
		switch v {
		case anonymous:
			graphError(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token is empty.")
		case throttled: // "Microsoft Graph throttling guidance"
			graphError(w, http.StatusTooManyRequests, "TooManyRequests", "Too many requests.")
		default:
			graphError(w, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		}
	})
}

// graphError: "Microsoft Graph error responses and resource types".
func graphError(w http.ResponseWriter, status int, code, message string) {
	reply(w, status, object{"error": object{"code": code, "message": message}})
}

func (a *Application) object() object {
	o := object{"id": a.ID, "appId": a.AppID}
	if a.Name != "" {
		o["displayName"] = a.Name
	}
	if len(a.Passwords) > 0 {
		list := []object{}
		for _, p := range a.Passwords {
			list = append(list, p.object(false))
		}
		o["passwordCredentials"] = list
	}
	return o
}

// object returns the secret's value only once: "application: addPassword".
func (p Password) object(secret bool) object {
	o := object{
		"keyId": p.KeyID, "displayName": p.DisplayName, "hint": p.Secret[:3],
		"startDateTime": p.Start.Format(time.RFC3339), "endDateTime": p.End.Format(time.RFC3339), "secretText": nil,
	}
	if secret {
		o["secretText"] = p.Secret
	}
	return o
}

// listApplications supports only the filter that roster uses.
func (g *Graph) listApplications(w http.ResponseWriter, r *http.Request) {
	filter := regexp.MustCompile(`^(appId|displayName) eq '(.*)'$`).FindStringSubmatch(r.URL.Query().Get("$filter"))
	if filter == nil {
		graphError(w, http.StatusBadRequest, "BadRequest", "Invalid filter clause.")
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	value := []object{}
	for _, a := range g.Applications {
		if filter[1] == "appId" && a.AppID == filter[2] || filter[1] == "displayName" && a.Name == filter[2] {
			value = append(value, a.object())
		}
	}
	reply(w, http.StatusOK, object{"value": value})
}

// application finds an application by its object id.
func (g *Graph) application(w http.ResponseWriter, r *http.Request) *Application {
	for _, a := range g.Applications {
		if a.ID == r.PathValue("id") {
			return a
		}
	}
	graphError(w, http.StatusNotFound, "Request_ResourceNotFound", "Resource '"+r.PathValue("id")+"' does not exist.")
	return nil
}

func (g *Graph) getApplication(w http.ResponseWriter, r *http.Request) {
	if a := g.application(w, r); a != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		reply(w, http.StatusOK, a.object())
	}
}

// listFederations uses pages: "Paging Microsoft Graph data in your app".
func (g *Graph) listFederations(w http.ResponseWriter, r *http.Request) {
	a := g.application(w, r)
	if a == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	from, _ := strconv.Atoi(r.URL.Query().Get("$skiptoken"))
	to := len(a.Federations)
	if g.PageSize > 0 {
		to = min(to, from+g.PageSize)
	}
	body := object{"value": append([]object{}, a.Federations[min(from, to):to]...)}
	if to < len(a.Federations) {
		body["@odata.nextLink"] = fmt.Sprintf("https://%s%s%s?$skiptoken=%d", r.Host, graphBase, r.URL.Path, to)
	}
	reply(w, http.StatusOK, body)
}

// addFederation: "Create federatedIdentityCredential" and, for uniqueness,
// "federatedIdentityCredential resource type".
func (g *Graph) addFederation(w http.ResponseWriter, r *http.Request) {
	a := g.application(w, r)
	if a == nil {
		return
	}
	var f object
	if err := read(r, &f); err != nil {
		graphError(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	audiences, _ := f["audiences"].([]any)
	switch {
	case empty(f["name"]) || empty(f["issuer"]) || empty(f["subject"]) || len(audiences) != 1:
		graphError(w, http.StatusBadRequest, "Request_BadRequest", "name, issuer, subject and one audience are required.")
	case slices.ContainsFunc(a.Federations, func(o object) bool {
		return o["name"] == f["name"] || o["issuer"] == f["issuer"] && o["subject"] == f["subject"]
	}):
		graphError(w, http.StatusConflict, "Request_MultipleObjectsWithSameKeyValue",
			"FederatedIdentityCredential with the same name, or issuer and subject, already exists.")
	case len(a.Federations) >= maxFederations:
		graphError(w, http.StatusBadRequest, "Request_BadRequest", "No more federated identity credentials fit.")
	default:
		f["id"] = fmt.Sprintf("22222222-2222-2222-2222-%012d", len(a.Federations))
		a.Federations = append(a.Federations, f)
		w.Header().Set("Location", "https://"+r.Host+graphBase+strings.TrimSuffix(r.URL.Path, "/")+"/"+f["id"].(string))
		reply(w, http.StatusCreated, f)
	}
}

func empty(v any) bool {
	s, _ := v.(string)
	return s == ""
}

// addPassword: "application: addPassword". It has no limit that a test reaches, and it
// is not idempotent.
func (g *Graph) addPassword(w http.ResponseWriter, r *http.Request) {
	a := g.application(w, r)
	if a == nil {
		return
	}
	var question struct {
		Credential struct {
			DisplayName string    `json:"displayName"`
			End         time.Time `json:"endDateTime"`
		} `json:"passwordCredential"`
	}
	if err := read(r, &question); err != nil {
		graphError(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.made++
	p := Password{
		KeyID: fmt.Sprintf("55555555-5555-5555-5555-%012d", g.made), DisplayName: question.Credential.DisplayName,
		Secret: fmt.Sprintf("abc8Q~made-by-the-service-%08d", g.made), Start: time.Now().UTC().Truncate(time.Second), End: question.Credential.End,
		made: time.Now(),
	}
	a.Passwords = append(a.Passwords, p)
	reply(w, http.StatusOK, p.object(true))
}

// removePassword: "application: removePassword". A missing secret is a bad request;
// users report this, no page documents it.
func (g *Graph) removePassword(w http.ResponseWriter, r *http.Request) {
	a := g.application(w, r)
	if a == nil {
		return
	}
	var question struct {
		KeyID string `json:"keyId"`
	}
	if err := read(r, &question); err != nil {
		graphError(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.IndexFunc(a.Passwords, func(p Password) bool { return p.KeyID == question.KeyID })
	if at < 0 {
		graphError(w, http.StatusBadRequest, "Request_BadRequest", "No password credential found with keyId.")
		return
	}
	a.Passwords = slices.Delete(a.Passwords, at, at+1)
	w.WriteHeader(http.StatusNoContent)
}

// Secrets returns the client secrets that are valid now, by application.
func (g *Graph) Secrets() map[string][]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := map[string][]string{}
	for _, a := range g.Applications {
		for _, p := range a.Passwords {
			all[a.AppID] = append(all[a.AppID], p.Secret)
		}
	}
	return all
}

// Opens reports whether Entra ID accepts a client secret of an application now.
func (g *Graph) Opens(app, secret string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	return slices.ContainsFunc(g.Applications, func(a *Application) bool {
		return a.AppID == app && slices.ContainsFunc(a.Passwords, func(p Password) bool {
			return p.Secret == secret && now.Before(p.End) && !now.Before(p.made.Add(g.Delay))
		})
	})
}
