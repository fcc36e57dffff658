// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
)

// keysVersion is the API version with the creation time of keys, which the described
// version lacks. The operations on keys are the same in both.
const keysVersion = "2025-10-15"

// relax treats a request of keysVersion for an account or its keys as one of the
// described version.
func relax(r *http.Request) {
	query := r.URL.Query()
	if query.Get("api-version") == keysVersion && !strings.Contains(r.URL.Path, "/sql") {
		query.Set("api-version", armVersion)
		r.URL.RawQuery = query.Encode()
	}
}

// AccountKey is one of the four keys of an account.
type AccountKey struct {
	Value     string
	Generated time.Time
}

func firstKeys() map[string]*AccountKey {
	keys := map[string]*AccountKey{}
	for _, kind := range []string{"primary", "secondary", "primaryReadonly", "secondaryReadonly"} {
		keys[kind] = &AccountKey{Value: newAccountKey(), Generated: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	return keys
}

// newAccountKey returns 64 random bytes in base64 (learn.microsoft.com, "Secure access to
// data in Azure Cosmos DB", primary and secondary keys).
func newAccountKey() string {
	raw := make([]byte, 64)
	_, _ = rand.Read(raw) // crypto/rand: never fails
	return base64.StdEncoding.EncodeToString(raw)
}

// keysMetadata is of later versions ("Database Accounts - Get", keysMetadata).
func (a *ARM) keysMetadata() object {
	all := object{}
	for kind, key := range a.Keys {
		all[kind+"MasterKey"] = object{"generationTime": key.Generated.UTC().Format(time.RFC3339Nano)}
	}
	return all
}

// regenerateKey is "Database Accounts - Regenerate Key".
func (a *ARM) regenerateKey(w http.ResponseWriter, r *http.Request) {
	if !a.known(w, r) {
		return
	}
	var question struct {
		Kind string `json:"keyKind"`
	}
	if err := read(r, &question); err != nil {
		dbError(w, http.StatusBadRequest, "BadRequest", err.Error())
		return
	}
	a.change(w, r, func() { *a.Keys[question.Kind] = AccountKey{Value: newAccountKey(), Generated: a.Now()} }, object{})
}

func (a *ARM) listKeys(w http.ResponseWriter, r *http.Request) {
	a.answerKeys(w, r, "primary", "secondary", "primaryReadonly", "secondaryReadonly")
}

func (a *ARM) listReadOnlyKeys(w http.ResponseWriter, r *http.Request) {
	a.answerKeys(w, r, "primaryReadonly", "secondaryReadonly")
}

func (a *ARM) answerKeys(w http.ResponseWriter, r *http.Request, kinds ...string) {
	if !a.known(w, r) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	all := object{}
	for _, kind := range kinds {
		all[kind+"MasterKey"] = a.Keys[kind].Value
	}
	reply(w, http.StatusOK, all)
}

// Kept returns the current keys.
func (a *ARM) Kept() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all []string
	for _, key := range a.Keys {
		all = append(all, key.Value)
	}
	return all
}

// Opens reports whether the account accepts a key.
func (a *ARM) Opens(value string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pass()
	for _, key := range a.Keys {
		if key.Value == value {
			return true
		}
	}
	return false
}

// permissions is "Permissions - List For Resource" of Microsoft.Authorization. No
// description of it is available.
func (a *ARM) permissions(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.RawQuery != "api-version=2022-04-01" {
		armError(w, http.StatusBadRequest, "InvalidApiVersionParameter", "The query is "+r.URL.RawQuery)
		return
	}
	reply(w, http.StatusOK, object{"value": []object{{"actions": a.Actions, "notActions": []string{}, "dataActions": []string{}, "notDataActions": []string{}}}})
}
