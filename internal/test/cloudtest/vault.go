// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// vaultResource is the audience of a token for a vault: "Authentication, requests and
// responses" of Azure Key Vault.
const vaultResource = "https://vault.azure.net"

// VaultKey is the URL of the key of Vault. Every other key name refers to the same
// key.
const VaultKey = "https://acme.vault.azure.net/keys/snapshots"

// vaultVersion is the key's version: 32 hexadecimal digits, as the service makes
// them.
const vaultVersion = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

// Vault adds a Key Vault with one key on P-256 to the internet, and returns the
// public key. It serves Get Key and Sign of the REST API, version 7.4, and refuses
// undocumented requests and tokens that are not from Entra for a vault. No OpenAPI
// description of keys is available; the imitation follows the documentation pages.
// Paths outside of /keys go to the other handlers, if there are any.
func (c *Cloud) Vault(t testing.TB, others ...http.Handler) *ecdsa.PublicKey {
	t.Helper()
	v := &vault{entra: c.entra, key: c.vaultKey(t)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /keys/{name}", v.guarded(v.show))
	mux.HandleFunc("GET /keys/{name}/{version}", v.guarded(v.show))
	mux.HandleFunc("POST /keys/{name}/"+vaultVersion+"/sign", v.guarded(v.sign))
	for _, other := range others {
		mux.Handle("/secrets/", other)
	}
	c.Handle("acme.vault.azure.net", mux)
	return &v.key.PublicKey
}

// vaultKey is the same key for every vault of the cloud.
func (c *Cloud) vaultKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key == nil {
		var err error
		if c.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	return c.key
}

type vault struct {
	entra *entra
	key   *ecdsa.PrivateKey
}

// guarded requires a token for a vault and the version of the API.
func (v *vault) guarded(serve func(http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		t, err := parse(text)
		switch {
		case !isBearer || err != nil || !t.signedBy(v.entra.signer) || !slices.Equal(t.Audience, []string{vaultResource}) ||
			t.Expiry == nil || !time.Now().Before(t.Expiry.Time().Add(leeway)):
			w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+v.entra.config.Tenant+`", resource="`+vaultResource+`"`)
			vaultProblem(w, http.StatusUnauthorized, "AKV10000")
		case r.URL.RawQuery != "api-version=7.4":
			vaultProblem(w, http.StatusBadRequest, "BadParameter")
		default:
			serve(w, r)
		}
	}
}

func (v *vault) show(w http.ResponseWriter, r *http.Request) {
	if version := r.PathValue("version"); version != "" && version != vaultVersion {
		vaultProblem(w, http.StatusNotFound, "KeyNotFound")
		return
	}
	point, err := v.key.PublicKey.Bytes()
	if err != nil {
		panic("a key on P-256 has coordinates: " + err.Error())
	}
	code := base64.RawURLEncoding.EncodeToString
	vaultAnswer(w, map[string]any{
		"key": map[string]any{
			"kid": "https://acme.vault.azure.net/keys/" + r.PathValue("name") + "/" + vaultVersion, "kty": "EC", "crv": "P-256", "key_ops": []string{"sign", "verify"},
			"x": code(point[1:33]), "y": code(point[33:]),
		},
		"attributes": map[string]any{"enabled": true},
	})
}

func (v *vault) sign(w http.ResponseWriter, r *http.Request) {
	var question struct {
		Algorithm string `json:"alg"`
		Value     string `json:"value"`
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	digest, err := []byte(nil), decoder.Decode(&question)
	if err == nil {
		digest, err = base64.RawURLEncoding.DecodeString(question.Value)
	}
	if err != nil || question.Algorithm != "ES256" || len(digest) != 32 || r.Header.Get("Content-Type") != "application/json" {
		vaultProblem(w, http.StatusBadRequest, "BadParameter")
		return
	}
	first, second, err := ecdsa.Sign(rand.Reader, v.key, digest)
	if err != nil {
		panic("a key signs: " + err.Error())
	}
	raw := make([]byte, 64)
	first.FillBytes(raw[:32])
	second.FillBytes(raw[32:])
	vaultAnswer(w, map[string]any{"kid": "https://acme.vault.azure.net/keys/" + r.PathValue("name") + "/" + vaultVersion, "value": base64.RawURLEncoding.EncodeToString(raw)})
}

func vaultAnswer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic("an answer is JSON: " + err.Error())
	}
}

func vaultProblem(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error": {"code": %q, "message": "refused"}}`, code)
}
