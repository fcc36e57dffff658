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

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/remote"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/signing"
)

const pathToken = "/oauth2/v1/token" //nolint:gosec // a path

// PathIntrospect is where a client secret is proven.
const PathIntrospect = "/oauth2/v1/introspect"

// assertionLife is how long an assertion is valid: Okta takes up to an hour
// (developer.okta.com, "Build a JWT for client authentication").
const assertionLife = 5 * time.Minute

// assertionType is that of a JWT (RFC 7523 section 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// early is how long before its end a token is not used any more.
const early = time.Minute

// grant is a token that this process has.
type grant struct {
	token redact.Secret
	bound bool // to key: it is refused without a proof of it
	key   *ecdsa.PrivateKey
	until time.Time
}

// JWK is the public half of a key as it is registered with the service app. Its id
// is its thumbprint (RFC 7638).
func JWK(public *ecdsa.PublicKey) (jose.JSONWebKey, error) {
	key := jose.JSONWebKey{Key: public, Algorithm: string(jose.ES256), Use: "sig"}
	sum, err := key.Thumbprint(crypto.SHA256)
	if err != nil {
		return key, fmt.Errorf("thumbprint of a key: %w", err)
	}
	key.KeyID = base64.RawURLEncoding.EncodeToString(sum)
	return key, nil
}

// token returns a token of the service app, a new one where the last one is near its
// end.
func (c *Client) token(ctx context.Context) (*grant, error) {
	if c.grant != nil && c.Now().Before(c.grant.until) {
		return c.grant, nil
	}
	key, err := c.Key(ctx)
	if err != nil {
		return nil, err
	}
	bound, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for proofs: %w", err)
	}
	nonce := ""
	for range 2 {
		g, next, err := c.exchange(ctx, key, bound, nonce)
		if refused, ok := errors.AsType[*Error](err); !ok || refused.Code != "use_dpop_nonce" || next == "" {
			c.grant = g
			return g, err
		}
		nonce = next
	}
	return nil, errors.New("ask Okta for a token: it wants one nonce after the other")
}

// exchange asks for a token once. It returns the nonce that Okta wants in proofs
// (RFC 9449 section 8).
func (c *Client) exchange(ctx context.Context, key signing.Key, bound *ecdsa.PrivateKey, nonce string) (*grant, string, error) {
	assertion, err := c.assertion(ctx, key)
	if err != nil {
		return nil, "", err
	}
	form := url.Values{
		"grant_type": {"client_credentials"}, "scope": {strings.Join(c.Scopes, " ")},
		"client_assertion_type": {assertionType}, "client_assertion": {assertion},
	}
	req, err := c.form(ctx, pathToken, form)
	if err != nil {
		return nil, "", err
	}
	proof, err := prove(bound, req, c.Now(), map[string]any{"nonce": nonce})
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("DPoP", proof)
	var answer struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Seconds int    `json:"expires_in"`
	}
	header, err := c.send(req, &answer)
	switch {
	case err != nil:
		return nil, header.Get("DPoP-Nonce"), fmt.Errorf("ask Okta for a token: %w", err)
	case answer.Token == "":
		return nil, "", errors.New("ask Okta for a token: the answer has none")
	}
	return &grant{
		token: redact.New(answer.Token), bound: strings.EqualFold(answer.Type, "DPoP"), key: bound,
		until: c.Now().Add(time.Duration(answer.Seconds)*time.Second - early),
	}, "", nil
}

// form makes a request as OAuth's endpoints want it.
func (c *Client) form(ctx context.Context, path string, form url.Values) (*http.Request, error) {
	req, err := c.request(ctx, http.MethodPost, path, nil, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

// assertion says that we are the service app, signed by its key.
func (c *Client) assertion(ctx context.Context, key signing.Key) (string, error) {
	public, err := JWK(key.Public())
	if err != nil {
		return "", err
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: opaque{ctx, key, public}}, nil)
	if err != nil {
		return "", fmt.Errorf("sign an assertion: %w", err)
	}
	return c.claim(signer, c.Client, pathToken)
}

// claim makes the JWT that a client proves itself with (RFC 7523 section 3).
func (c *Client) claim(signer jose.Signer, client, path string) (string, error) {
	now := c.Now()
	text, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: client, Subject: client, Audience: jwt.Audience{"https://" + c.Host + path}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}).Serialize() //nolint:misspell // go-jose's spelling
	if err != nil {
		return "", fmt.Errorf("sign an assertion: %w", err)
	}
	return text, nil
}

// opaque has a key sign that may lie elsewhere.
type opaque struct {
	ctx    context.Context // go-jose's interface has none
	key    signing.Key
	public jose.JSONWebKey
}

var _ jose.OpaqueSigner = opaque{}

func (r opaque) Public() *jose.JSONWebKey      { return &r.public }
func (opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.ES256} }

// SignPayload signs as JOSE wants it: both halves, one after the other (RFC 7518
// section 3.4).
func (r opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	signature, err := r.key.Sign(r.ctx, sha256.Sum256(payload))
	if err != nil {
		return nil, err
	}
	var halves struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(signature, &halves); err != nil || len(rest) > 0 {
		return nil, errors.New("the key's signature is none on P-256")
	}
	const size = 32
	return append(halves.R.FillBytes(make([]byte, size)), halves.S.FillBytes(make([]byte, size))...), nil
}

// authorize puts a token on a request, with a proof of the key that it is bound to.
func (g *grant) authorize(req *http.Request, now time.Time) error {
	if !g.bound {
		req.Header.Set("Authorization", "Bearer "+g.token.Reveal())
		return nil
	}
	sum := sha256.Sum256([]byte(g.token.Reveal()))
	proof, err := prove(g.key, req, now, map[string]any{"ath": base64.RawURLEncoding.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "DPoP "+g.token.Reveal())
	req.Header.Set("DPoP", proof)
	return nil
}

// prove makes a proof of a key for one request (RFC 9449 section 4.2).
func prove(key *ecdsa.PrivateKey, req *http.Request, now time.Time, claims map[string]any) (string, error) {
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	if err != nil {
		return "", fmt.Errorf("sign a proof: %w", err)
	}
	where := *req.URL
	where.RawQuery = ""
	all := map[string]any{"jti": rand.Text(), "htm": req.Method, "htu": where.String(), "iat": now.Unix()}
	for name, value := range claims {
		if value != "" {
			all[name] = value
		}
	}
	text, err := jwt.Signed(signer).Claims(all).Serialize() //nolint:misspell // go-jose's spelling
	if err != nil {
		return "", fmt.Errorf("sign a proof: %w", err)
	}
	return text, nil
}

// The ways in which an app's client proves itself (RFC 7591 section 2).
const (
	MethodBasic = "client_secret_basic"
	MethodPost  = "client_secret_post"
	MethodJWT   = "client_secret_jwt"
)

// ErrMethod is returned for a client that proves itself otherwise.
var ErrMethod = errors.New("does not prove itself with a client secret")

// ErrSecret is returned for a client secret that Okta does not take.
var ErrSecret = errors.New("the client secret is not taken by Okta")

// ProveSecret uses a client secret for real: it asks about a token that is none, which
// only a client that proved itself is told (RFC 7662 section 2.1). Errors: ErrSecret,
// ErrMethod.
func (c *Client) ProveSecret(ctx context.Context, client, method string, secret redact.Secret) error {
	return retry.Do(ctx, c.Budget, func(ctx context.Context) error {
		form := url.Values{"token": {"none"}, "token_type_hint": {"access_token"}}
		switch method {
		case MethodBasic:
		case MethodPost:
			form.Set("client_id", client)
			form.Set("client_secret", secret.Reveal())
		case MethodJWT:
			signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret.Reveal())}, nil)
			if err != nil {
				return fmt.Errorf("sign an assertion: %w", err)
			}
			assertion, err := c.claim(signer, client, PathIntrospect)
			if err != nil {
				return err
			}
			form.Set("client_assertion_type", assertionType)
			form.Set("client_assertion", assertion)
		default:
			return fmt.Errorf("client %s %w: its method is %s", client, ErrMethod, remote.Line(method, maxMessage))
		}
		req, err := c.form(ctx, PathIntrospect, form)
		if err != nil {
			return err
		}
		if method == MethodBasic { // each half is encoded (RFC 6749 section 2.3.1)
			req.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(secret.Reveal()))
		}
		var answer struct {
			Active *bool `json:"active"`
		}
		_, err = c.send(req, &answer)
		switch {
		case IsStatus(err, http.StatusUnauthorized):
			return fmt.Errorf("%w: %w", ErrSecret, err)
		case err == nil && answer.Active == nil:
			return errors.New("use the client secret: the answer is not what it should be")
		}
		return err
	})
}
