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

// keyBits is the size of key that all the vendors here sign with.
const keyBits = 2048

// signer has one RSA key, made when it is first needed: it takes a tenth of a
// second, and most tests meet one issuer of four.
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

// keys is the public half, as RFC 7517 writes it.
func (s *signer) keys() []byte {
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key().Public(), KeyID: s.kid, Algorithm: string(jose.RS256), Use: "sig"}}}
	text, err := json.Marshal(set)
	if err != nil {
		panic("a public key is JSON: " + err.Error())
	}
	return text
}

// token is a JWT that was read, and perhaps not yet believed.
type token struct {
	jwt.Claims
	Tenant   string `json:"tid"`
	ObjectID string `json:"oid"`
	AppID    string `json:"appid"`

	parsed *jwt.JSONWebToken
}

// parse reads a JWT. Only RS256 is one: not none, and no shared key.
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

// kid is the name of the key that the token says it is signed with.
func (t *token) kid() string { return t.parsed.Headers[0].KeyID }

// signedBy tells whether the token is the signer's.
func (t *token) signedBy(s *signer) bool {
	return t.kid() == s.kid && t.parsed.Claims(s.key().Public(), &jwt.Claims{}) == nil
}
