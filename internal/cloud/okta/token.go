// SPDX-License-Identifier: Apache-2.0

package okta

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/signing"
)

const pathToken = "/oauth2/v1/token" //nolint:gosec // a path

// PathIntrospect is the path that ProveSecret sends a client secret to.
const PathIntrospect = "/oauth2/v1/introspect"

// assertionLife is how long an assertion is valid: Okta accepts up to an hour
// (developer.okta.com, "Build a JWT for client authentication").
const assertionLife = 5 * time.Minute

// assertionType is that of a JWT (RFC 7523, section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// early is how long before its expiry a token is replaced.
const early = time.Minute

// token is an access token of this process.
type token struct {
	value redact.Secret
	bound bool // to key: Okta refuses it without a proof of possession
	key   *ecdsa.PrivateKey
	until time.Time
}

// JWK returns the public half of a key as it is registered with the service app. Its id
// is its thumbprint (RFC 7638).
func JWK(public *ecdsa.PublicKey) (jose.JSONWebKey, error) {
	key := jose.JSONWebKey{Key: public, Algorithm: string(jose.ES256), Use: "sig"}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return key, fmt.Errorf("compute thumbprint of a key: %w", err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(sum)
	return key, nil
}

// authorize adds an access token to a request, with a proof of the key that the token
// is bound to.
func (c *Client) authorize(req *http.Request) error {
	if c.token == nil || !c.config.Now().Before(c.token.until) {
		var err error
		if c.token, err = c.newToken(req.Context()); err != nil {
			return err
		}
	}
	value := c.token.value.Reveal()
	if !c.token.bound {
		req.Header.Set("Authorization", "Bearer "+value)
		return nil
	}
	sum := sha256.Sum256([]byte(value))
	where := *req.URL
	where.RawQuery = ""
	proof, err := c.prove(c.token.key, req.Method, where.String(), map[string]any{"ath": base64.RawURLEncoding.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "DPoP "+value)
	req.Header.Set("DPoP", proof)
	return nil
}

// newToken asks for an access token, a second time with the nonce that Okta asks for
// (RFC 9449, section 8).
func (c *Client) newToken(ctx context.Context) (*token, error) {
	key, err := c.config.Key(ctx)
	if err != nil {
		return nil, err
	}
	bound, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate key for proofs: %w", err)
	}
	nonce := ""
	for range 2 {
		t, next, err := c.exchange(ctx, key, bound, nonce)
		if refused, ok := errors.AsType[*rest.Error](err); !ok || refused.Code != "use_dpop_nonce" || next == "" {
			return t, err
		}
		nonce = next
	}
	return nil, errors.New("get a token from Okta: it refuses the nonce that it asked for")
}

// exchange asks for a token once. It returns the nonce that Okta wants in proofs.
func (c *Client) exchange(ctx context.Context, key signing.Key, bound *ecdsa.PrivateKey, nonce string) (*token, string, error) {
	assertion, err := c.assertion(ctx, key)
	if err != nil {
		return nil, "", err
	}
	proof, err := c.prove(bound, http.MethodPost, c.URL(pathToken), map[string]any{"nonce": nonce})
	if err != nil {
		return nil, "", err
	}
	answer, err := c.oauth.Once(ctx, rest.Request{
		Method: http.MethodPost, Path: pathToken, Header: http.Header{"DPoP": {proof}},
		Form: url.Values{
			"grant_type": {"client_credentials"}, "scope": {strings.Join(c.config.Scopes, " ")},
			"client_assertion_type": {assertionType}, "client_assertion": {assertion},
		},
	})
	if err != nil {
		return nil, answer.Header.Get("DPoP-Nonce"), fmt.Errorf("get a token from Okta: %w", err)
	}
	var granted struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Seconds int    `json:"expires_in"`
	}
	if err := answer.Decode(&granted); err != nil {
		return nil, "", fmt.Errorf("get a token from Okta: %w", err)
	}
	if granted.Token == "" {
		return nil, "", fmt.Errorf("get a token from Okta: %w: no access_token", rest.ErrAnswer)
	}
	return &token{
		value: redact.New(granted.Token), bound: strings.EqualFold(granted.Type, "DPoP"), key: bound,
		until: c.config.Now().Add(time.Duration(granted.Seconds)*time.Second - early),
	}, "", nil
}

// assertion returns the service app's JWT, signed by its key.
func (c *Client) assertion(ctx context.Context, key signing.Key) (string, error) {
	public, err := JWK(key.Public())
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: opaque{ctx, key, public}}, nil)
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return c.claim(signer, c.config.App, pathToken)
}

// claim makes the JWT by which a client authenticates (RFC 7523, section 3).
func (c *Client) claim(signer jose.Signer, client, path string) (string, error) {
	now := c.config.Now()
	text, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: client, Subject: client, Audience: jwt.Audience{c.URL(path)}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize() //nolint:misspell // go-jose's spelling
	if err != nil {
		return "", fmt.Errorf("sign assertion: %w", err)
	}
	return text, nil
}

// opaque signs with a key that may be in a vault.
type opaque struct {
	ctx    context.Context // go-jose's interface has none
	key    signing.Key
	public jose.JSONWebKey
}

var _ jose.OpaqueSigner = opaque{}

func (r opaque) Public() *jose.JSONWebKey      { return &r.public }
func (opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.ES256} }

// SignPayload signs as JOSE wants it: both halves, one after the other (RFC 7518,
// section 3.4).
func (r opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	signature, err := r.key.Sign(r.ctx, sha256.Sum256(payload))
	if err != nil {
		return nil, err
	}
	var halves struct{ R, S *big.Int }
	if left, err := asn1.Unmarshal(signature, &halves); err != nil || len(left) > 0 {
		return nil, errors.New("invalid signature of the key: not on P-256")
	}
	const size = 32
	return append(halves.R.FillBytes(make([]byte, size)), halves.S.FillBytes(make([]byte, size))...), nil
}

// prove makes a proof of possession of a key for one request (RFC 9449, section 4.2).
func (c *Client) prove(key *ecdsa.PrivateKey, method, where string, claims map[string]any) (string, error) {
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return "", fmt.Errorf("sign proof: %w", err)
	}
	all := map[string]any{"jti": rand.Text(), "htm": method, "htu": where, "iat": c.config.Now().Unix()}
	for name, value := range claims {
		if value != "" {
			all[name] = value
		}
	}
	text, err := jwt.Signed(signer).Claims(all).Serialize() //nolint:misspell // go-jose's spelling
	if err != nil {
		return "", fmt.Errorf("sign proof: %w", err)
	}
	return text, nil
}
