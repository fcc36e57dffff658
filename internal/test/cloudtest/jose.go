// SPDX-License-Identifier: Apache-2.0

package cloudtest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// keyBits is the key size of all imitated vendors.
const keyBits = 2048

// signer has one RSA key, generated at first use: that takes a tenth of a second, and
// most tests use one issuer of four.
type signer struct {
	kid string
	key func() *rsa.PrivateKey
}

func newSigner(kid string) *signer {
	return &signer{kid: kid, key: sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			panic("an RSA key can be made: " + err.Error())
		}
		return key
	})}
}

// sign returns the claims as a JWT, signed with RS256.
func (s *signer) sign(claims map[string]any) string {
	key := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: s.key(), KeyID: s.kid}}
	signing, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic("an RSA key signs RS256: " + err.Error())
	}
	token, err := jwt.Signed(signing).Claims(claims).Serialize() //nolint:misspell // go-jose's spelling
	if err != nil {
		panic("claims of a test are JSON: " + err.Error())
	}
	return token
}

// keys returns the public key in the format of RFC 7517.
func (s *signer) keys() []byte {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key().Public(), KeyID: s.kid, Algorithm: string(jose.RS256), Use: "sig"}}}
	text, err := json.Marshal(set)
	if err != nil {
		panic("a public key is JSON: " + err.Error())
	}
	return text
}

// token is a parsed JWT, which may not be verified yet.
type token struct {
	jwt.Claims
	Tenant   string `json:"tid"`
	ObjectID string `json:"oid"`
	AppID    string `json:"appid"`

	parsed *jwt.JSONWebToken
}

// parse parses a JWT. It accepts only RS256: neither "none" nor a shared key.
func parse(text string) (*token, error) {
	parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, fmt.Errorf("read a token: %w", err)
	}
	t := &token{parsed: parsed}
	if err := parsed.UnsafeClaimsWithoutVerification(t); err != nil {
		return nil, fmt.Errorf("read the claims of a token: %w", err)
	}
	if typ, named := parsed.Headers[0].ExtraHeaders[jose.HeaderType]; named && typ != "JWT" {
		return nil, fmt.Errorf("token of type %v", typ)
	}
	return t, nil
}

// kid returns the id of the key in the token's header.
func (t *token) kid() string { return t.parsed.Headers[0].KeyID }

// signedBy reports whether the signer signed the token.
func (t *token) signedBy(s *signer) bool {
	return t.kid() == s.kid && t.parsed.Claims(s.key().Public(), &jwt.Claims{}) == nil
}
