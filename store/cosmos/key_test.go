// SPDX-License-Identifier: Apache-2.0

package cosmos_test

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/test/contracttest"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/store/cosmos"
)

// signer is an account that answers requests signed with its key.
type signer struct {
	key  string
	seen []string
}

func (a *signer) Do(r *http.Request) (*http.Response, error) {
	a.seen = append(a.seen, r.Method+" "+r.URL.Path)
	status, body := http.StatusUnauthorized, `{}`
	if contracttest.Signed(r, a.key) {
		status, body = http.StatusOK, `{"Databases":[],"_count":0,"writableLocations":[],"readableLocations":[]}`
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// TestProveKey reads with a key that is an account's and with one that is not, and
// goes to no other host.
func TestProveKey(t *testing.T) {
	t.Parallel()
	good, bad := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 64))), base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", 64)))
	a := &signer{key: good}
	const endpoint = "https://acme.documents.azure.com:443"
	if err := cosmos.ProveKey(t.Context(), endpoint, redact.New(good), a); err != nil {
		t.Errorf("%v after %v", err, a.seen)
	}
	for _, key := range []string{bad, "not base64!"} {
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
