// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// vaultVersion is the version of the description. Clients may use a later one, in which
// these operations are the same.
const vaultVersion = "7.2"

// Vault imitates a Key Vault. Read Secrets after the last request.
type Vault struct {
	Knobs
	Host    string // as acme.vault.azure.net
	Secrets map[string][]*SecretVersion

	Deleted  map[string]bool // names of deleted secrets that can be recovered
	Firewall bool            // refuses every request: this client's address is not admitted

	made     int
	contract http.Handler
}

// SecretVersion is one version of a secret, the newest last.
type SecretVersion struct {
	ID, Value string
	Tags      map[string]string
	Enabled   bool
	Created   time.Time
	Expires   *int64
}

// NewVault returns an empty vault. It skips or fails the test like New.
func NewVault(t testing.TB, host string) *Vault {
	t.Helper()
	v := &Vault{Host: host, Secrets: map[string][]*SecretVersion{}}
	described := http.NewServeMux()
	described.HandleFunc("PUT /secrets/{name}", v.set)
	described.HandleFunc("GET /secrets/{name}/{$}", v.get)
	described.HandleFunc("GET /secrets/{name}/versions", v.versions)
	described.HandleFunc("GET /secrets/{name}/{version}", v.get)
	described.HandleFunc("PATCH /secrets/{name}/{version}", v.update)
	v.contract = New(t, "azure-keyvault-secrets-7.2.json", described)
	return v
}

// ServeHTTP answers a request. Without a token, the answer names the authority:
// "Authentication, requests and responses".
func (v *Vault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !bearer(r) {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/7b1e7f4e-3c53-4a0c-9d0e-5f6f3c1f0a11", resource="https://vault.azure.net"`)
		vaultError(w, http.StatusUnauthorized, "AKV10000")
		return
	}
	if v.Firewall {
		vaultInnerError(w, http.StatusForbidden, "Forbidden", "ForbiddenByFirewall")
		return
	}
	if name, deleted := strings.CutPrefix(r.URL.Path, "/deletedsecrets/"); deleted {
		v.deleted(w, strings.TrimSuffix(name, "/"))
		return
	}
	query := r.URL.Query()
	query.Set("api-version", vaultVersion)
	r.URL.RawQuery = query.Encode()
	v.serve(w, r, v.contract, func(w http.ResponseWriter, verdict verdict) {
		switch verdict {
		case throttled:
			vaultError(w, http.StatusTooManyRequests, "Throttled")
		default:
			vaultError(w, http.StatusForbidden, "Forbidden")
		}
	})
}

func vaultError(w http.ResponseWriter, status int, code string) {
	reply(w, status, object{"error": object{"code": code, "message": "refused"}})
}

// vaultInnerError is an error with the code that says more: "Azure Key Vault REST API
// error codes".
func vaultInnerError(w http.ResponseWriter, status int, code, inner string) {
	reply(w, status, object{"error": object{"code": code, "message": "refused", "innererror": object{"code": inner}}})
}

// deleted answers "Get Deleted Secret", which the description lacks.
func (v *Vault) deleted(w http.ResponseWriter, name string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.Deleted[name] {
		vaultError(w, http.StatusNotFound, "SecretNotFound")
		return
	}
	reply(w, http.StatusOK, object{
		"id": "https://" + v.Host + "/secrets/" + name + "/1", "recoveryId": "https://" + v.Host + "/deletedsecrets/" + name,
		"attributes": object{"enabled": true, "recoveryLevel": "Recoverable+Purgeable"},
	})
}

func (v *Vault) bundle(name string, s *SecretVersion, value bool) object {
	attributes := object{"enabled": s.Enabled, "created": s.Created.Unix(), "updated": s.Created.Unix(), "recoveryLevel": "Recoverable+Purgeable"}
	if s.Expires != nil {
		attributes["exp"] = *s.Expires
	}
	o := object{"id": "https://" + v.Host + "/secrets/" + name + "/" + s.ID, "attributes": attributes, "tags": s.Tags}
	if value {
		o["value"] = s.Value
	}
	return o
}

// set always creates a version: "Set Secret".
func (v *Vault) set(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Value      string            `json:"value"`
		Tags       map[string]string `json:"tags"`
		Attributes struct {
			Expires *int64 `json:"exp"`
		} `json:"attributes"`
	}
	if err := read(r, &question); err != nil {
		vaultError(w, http.StatusBadRequest, "BadParameter")
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.Deleted[r.PathValue("name")] {
		vaultInnerError(w, http.StatusConflict, "Conflict", "ObjectIsDeletedButRecoverable")
		return
	}
	v.made++
	s := &SecretVersion{
		ID: fmt.Sprintf("%032x", v.made), Value: question.Value, Tags: question.Tags, Enabled: true, Created: time.Now().UTC(), Expires: question.Attributes.Expires,
	}
	name := r.PathValue("name")
	v.Secrets[name] = append(v.Secrets[name], s)
	reply(w, http.StatusOK, v.bundle(name, s, true))
}

// find returns a version of a secret, the newest for "".
func (v *Vault) find(name, version string) *SecretVersion {
	list := v.Secrets[name]
	if version == "" && len(list) > 0 {
		return list[len(list)-1]
	}
	if at := slices.IndexFunc(list, func(s *SecretVersion) bool { return s.ID == version }); at >= 0 {
		return list[at]
	}
	return nil
}

// get refuses a disabled version: "Get Secret", "About Azure Key Vault secrets".
func (v *Vault) get(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := r.PathValue("name")
	switch s := v.find(name, strings.TrimSuffix(r.PathValue("version"), "/")); {
	case s == nil:
		vaultError(w, http.StatusNotFound, "SecretNotFound")
	case !s.Enabled:
		vaultError(w, http.StatusForbidden, "Forbidden")
	default:
		reply(w, http.StatusOK, v.bundle(name, s, true))
	}
}

func (v *Vault) versions(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	name := r.PathValue("name")
	if len(v.Secrets[name]) == 0 {
		vaultError(w, http.StatusNotFound, "SecretNotFound")
		return
	}
	list := []object{}
	for _, s := range v.Secrets[name] {
		list = append(list, v.bundle(name, s, false))
	}
	reply(w, http.StatusOK, object{"value": list})
}

func (v *Vault) update(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Attributes struct {
			Enabled *bool `json:"enabled"`
		} `json:"attributes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&question); err != nil {
		vaultError(w, http.StatusBadRequest, "BadParameter")
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	name := r.PathValue("name")
	s := v.find(name, r.PathValue("version"))
	if s == nil {
		vaultError(w, http.StatusNotFound, "SecretNotFound")
		return
	}
	if question.Attributes.Enabled != nil {
		s.Enabled = *question.Attributes.Enabled
	}
	reply(w, http.StatusOK, v.bundle(name, s, false))
}

// Kept returns the values of all versions.
func (v *Vault) Kept() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var all []string
	for _, list := range v.Secrets {
		for _, s := range list {
			all = append(all, s.Value)
		}
	}
	return all
}

// Serves returns the newest value of a secret, "" if it does not exist.
func (v *Vault) Serves(name string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.find(name, ""); s != nil {
		return s.Value
	}
	return ""
}
