// SPDX-License-Identifier: Apache-2.0

// Package keyvault signs with a key in Azure Key Vault (learn.microsoft.com, "Azure Key
// Vault REST API", Get Key and Sign). Start with [ParseAddress] and [Open].
//
// The private key never leaves the vault, and only a host of Key Vault gets a token. The
// identity needs keys/read and keys/sign, which the role Key Vault Crypto User has.
package keyvault

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/signing"
)

// Form is the form of an address. Without a version it is that of the newest version.
const Form = "https://VAULT.vault.azure.net/keys/NAME[/VERSION]"

// apiVersion of Key Vault's keys (learn.microsoft.com, "Azure Key Vault REST API").
const apiVersion = "7.4"

// maxID is how many bytes of an unexpected id are quoted.
const maxID = 300

// ErrForm is returned for a text that is not the address of a key.
var ErrForm = errors.New("invalid address of a key in Key Vault")

// size is the bytes of a coordinate on P-256, and of each half of a signature (RFC 7518,
// section 3.4).
const size = 32

// Address is the address of a key.
type Address struct{ vault, scope, path string }

// ParseAddress parses the address of a key. Errors: ErrForm.
func ParseAddress(text string) (Address, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Port() != "" {
		return Address{}, fmt.Errorf("%w %q: write %s", ErrForm, text, Form)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	scope := scopeOf(u.Host)
	if scope == "" || len(parts) < 2 || len(parts) > 3 || parts[0] != "keys" || parts[1] == "" || parts[len(parts)-1] == "" {
		return Address{}, fmt.Errorf("%w %q: write %s", ErrForm, text, Form)
	}
	return Address{"https://" + u.Host, scope, rest.Path(parts...)}, nil
}

// scopeOf returns the scope of tokens for a vault, "" for a host that is not a vault
// (learn.microsoft.com, "Azure Key Vault security worlds", DNS suffixes). No other host
// ever gets a token.
func scopeOf(host string) string {
	for _, cloud := range []string{"vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net"} {
		if name, isVault := strings.CutSuffix(host, "."+cloud); isVault && name != "" && !strings.Contains(name, ".") {
			return "https://" + cloud + "/.default"
		}
	}
	return ""
}

// Key is one version of a key in a vault.
type Key struct {
	client *azure.Client
	path   string // with the version
	public *ecdsa.PublicKey
}

var _ signing.Key = (*Key)(nil)

// Open reads the public half of a key. Errors: signing.ErrKey for a key of another kind,
// those of the service.
func Open(ctx context.Context, a Address, cred azcore.TokenCredential, transport http.RoundTripper) (*Key, error) {
	client, err := azure.New(a.vault, a.scope, cred, azure.Config{APIVersion: apiVersion, Transport: transport})
	if err != nil {
		return nil, fmt.Errorf("create client for Key Vault: %w", err)
	}
	var answer struct {
		Key struct {
			ID    string `json:"kid"`
			Type  string `json:"kty"`
			Curve string `json:"crv"`
			X     string `json:"x"`
			Y     string `json:"y"`
		} `json:"key"`
	}
	if err := client.Get(ctx, a.path, nil, &answer); err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	public, err := publicKey(answer.Key.X, answer.Key.Y)
	if err != nil || (answer.Key.Type != "EC" && answer.Key.Type != "EC-HSM") || answer.Key.Curve != "P-256" {
		return nil, fmt.Errorf("key %s%s %w on P-256", a.vault, a.path, signing.ErrKey)
	}
	// The version that was read here signs, even if a newer one appears.
	id, err := ParseAddress(answer.Key.ID)
	if err != nil || id.vault != a.vault || !strings.HasPrefix(id.path+"/", a.path+"/") || strings.Count(id.path, "/") != 3 {
		return nil, fmt.Errorf("read key: the vault answered with another key %q", rest.Line(answer.Key.ID, maxID))
	}
	return &Key{client: client, path: id.path, public: public}, nil
}

func publicKey(x, y string) (*ecdsa.PublicKey, error) {
	point := []byte{4} // uncompressed (SEC 1, section 2.3.3)
	for _, text := range []string{x, y} {
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(raw) != size {
			return nil, signing.ErrKey
		}
		point = append(point, raw...)
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
}

// Public returns the public half of the key.
func (k *Key) Public() *ecdsa.PublicKey { return k.public }

// Sign signs a digest in the vault. It returns the signature as ASN.1.
func (k *Key) Sign(ctx context.Context, digest [sha256.Size]byte) ([]byte, error) {
	question := map[string]string{"alg": "ES256", "value": base64.RawURLEncoding.EncodeToString(digest[:])}
	var answer struct {
		Value string `json:"value"`
	}
	if err := k.client.Post(ctx, k.path+"/sign", question, &answer); err != nil {
		return nil, fmt.Errorf("sign in the vault: %w", err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(answer.Value)
	if err != nil || len(raw) != 2*size {
		return nil, fmt.Errorf("sign in the vault: %w: no signature on P-256", rest.ErrAnswer)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
}
