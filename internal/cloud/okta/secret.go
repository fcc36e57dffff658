// SPDX-License-Identifier: Apache-2.0

package okta

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/go-jose/go-jose/v4"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
)

// The methods by which a client authenticates with a secret (RFC 7591, section 2).
const (
	MethodBasic = "client_secret_basic"
	MethodPost  = "client_secret_post"
	MethodJWT   = "client_secret_jwt"
)

// Errors of a client secret.
var (
	// ErrMethod is returned for a client that authenticates by another method.
	ErrMethod = errors.New("authentication without a client secret")
	// ErrSecret is returned for a client secret that Okta refuses.
	ErrSecret = errors.New("client secret refused by Okta")
)

// maxMethod is how many bytes of the name of an unknown method are quoted.
const maxMethod = 300

// ProveSecret authenticates as a client with a secret. It asks about a token that does
// not exist, which Okta answers only to an authenticated client (RFC 7662, section 2.1).
// It changes nothing. Errors: ErrSecret, ErrMethod.
func (c *Client) ProveSecret(ctx context.Context, client, method string, secret redact.Secret) error {
	err := retry.Do(ctx, c.config.Budget, func(ctx context.Context) error {
		r, err := c.introspection(client, method, secret)
		if err != nil {
			return err
		}
		answer, err := c.oauth.Once(ctx, r)
		if err != nil {
			return err
		}
		var state struct {
			Active *bool `json:"active"`
		}
		if err := answer.Decode(&state); err != nil {
			return err
		}
		if state.Active == nil {
			return fmt.Errorf("use client secret: %w: no active", rest.ErrAnswer)
		}
		return nil
	})
	if rest.IsStatus(err, http.StatusUnauthorized) {
		return fmt.Errorf("%w: %w", ErrSecret, err)
	}
	return err
}

// introspection returns the request that authenticates as a client. Errors: ErrMethod.
func (c *Client) introspection(client, method string, secret redact.Secret) (rest.Request, error) {
	r := rest.Request{
		Method: http.MethodPost, Path: PathIntrospect, Header: http.Header{},
		Form: url.Values{"token": {"none"}, "token_type_hint": {"access_token"}},
	}
	switch method {
	case MethodBasic: // each half is encoded (RFC 6749, section 2.3.1)
		basic := http.Request{Header: r.Header}
		basic.SetBasicAuth(url.QueryEscape(client), url.QueryEscape(secret.Reveal()))
	case MethodPost:
		r.Form.Set("client_id", client)
		r.Form.Set("client_secret", secret.Reveal())
	case MethodJWT:
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(secret.Reveal())}, nil)
		if err != nil {
			return r, fmt.Errorf("sign assertion: %w", err)
		}
		assertion, err := c.claim(signer, client, PathIntrospect)
		if err != nil {
			return r, err
		}
		r.Form.Set("client_assertion_type", assertionType)
		r.Form.Set("client_assertion", assertion)
	default:
		return r, fmt.Errorf("client %s: %w: its method is %q", client, ErrMethod, rest.Line(method, maxMethod))
	}
	return r, nil
}
