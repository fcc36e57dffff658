// SPDX-License-Identifier: Apache-2.0

package cosmos_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/store/cosmos"
)

// signer is an account that answers whoever signs with its key, as "Access control on Azure Cosmos DB
// resources" says.
type signer struct {
	key  []byte
	seen []string
}

func (a *signer) Do(r *http.Request) (*http.Response, error) {
	a.seen = append(a.seen, r.Method+" "+r.URL.Path)
	kind := "dbs"
	if r.URL.Path == "/" || r.URL.Path == "" {
		kind = ""
	}
	sum := hmac.New(sha256.New, a.key)
	_, _ = io.WriteString(sum, strings.ToLower(r.Method)+"\n"+kind+"\n\n"+strings.ToLower(r.Header.Get("x-ms-date"))+"\n\n")
	want := "type=master&ver=1.0&sig=" + base64.StdEncoding.EncodeToString(sum.Sum(nil))
	status, body := http.StatusUnauthorized, `{}`
	if said, err := url.QueryUnescape(strings.ReplaceAll(r.Header.Get("Authorization"), "+", "%2B")); err == nil && said == want {
		status, body = http.StatusOK, `{"Databases":[],"_count":0,"writableLocations":[],"readableLocations":[]}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// TestProveKey reads with a key that is an account's and with one that is not, and
// goes to no other host.
func TestProveKey(t *testing.T) {
	t.Parallel()
	good, bad := []byte(strings.Repeat("k", 64)), []byte(strings.Repeat("x", 64))
	a := &signer{key: good}
	const endpoint = "https://acme.documents.azure.com:443"
	if err := cosmos.ProveKey(t.Context(), endpoint, redact.New(base64.StdEncoding.EncodeToString(good)), a); err != nil {
		t.Errorf("%v after %v", err, a.seen)
	}
	for _, key := range []string{base64.StdEncoding.EncodeToString(bad), "not base64!"} {
		if err := cosmos.ProveKey(t.Context(), endpoint, redact.New(key), a); !errors.Is(err, cosmos.ErrKey) || strings.Contains(err.Error(), key) {
			t.Errorf("%v", err)
		}
	}
	a.seen = nil
	for _, other := range []string{"", "http://acme.documents.azure.com", "https://documents.azure.com.example", "https://acme.example", "https://u:p@acme.documents.azure.com"} {
		if err := cosmos.ProveKey(t.Context(), other, redact.New("a2V5"), a); !errors.Is(err, cosmos.ErrAddress) {
			t.Errorf("%q: %v", other, err)
		}
	}
	if len(a.seen) > 0 {
		t.Errorf("requests: %v", a.seen)
	}
}
