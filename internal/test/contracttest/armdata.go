// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Signed reports whether a request to read an account, or its databases, is signed
// with a key: "Access control on Azure Cosmos DB resources", authorization header.
func Signed(r *http.Request, key string) bool {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return false
	}
	kind := "dbs"
	if r.URL.Path == "/" || r.URL.Path == "" {
		kind = ""
	}
	sum := hmac.New(sha256.New, raw)
	_, _ = io.WriteString(sum, strings.ToLower(r.Method)+"\n"+kind+"\n\n"+strings.ToLower(r.Header.Get("x-ms-date"))+"\n\n")
	want := "type=master&ver=1.0&sig=" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
	said, err := url.QueryUnescape(strings.ReplaceAll(r.Header.Get("Authorization"), "+", "%2B"))
	return err == nil && said == want
}

// Data returns the account's data endpoint, which only checks who can read. No
// description of it is available.
func (a *ARM) Data() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.pass()
		for _, key := range a.Keys {
			if Signed(r, key.Value) {
				reply(w, http.StatusOK, object{"Databases": []object{}, "_count": 0, "writableLocations": []object{}, "readableLocations": []object{}})
				return
			}
		}
		reply(w, http.StatusUnauthorized, object{"message": "refused"})
	})
}
