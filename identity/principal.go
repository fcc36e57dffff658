// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Principal is the enterprise application or person that the run acts as.
type Principal struct {
	// Object is the id to which roles are assigned: the claim oid of
	// learn.microsoft.com, "Access token claims reference". It is "" if the token
	// cannot be parsed, because its format is up to the service. Use it for messages
	// only.
	Object  string
	Roles   []string  // its app roles at the service: the claim roles, with the same limits
	Expires time.Time // of the token
}

// Principal requests a token for one scope, and returns the principal in it.
// Errors: those of GetToken.
func (i *Identity) Principal(ctx context.Context, scope string) (Principal, error) {
	token, err := i.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		return Principal{}, err
	}
	p := principalOf(token.Token)
	p.Expires = token.ExpiresOn
	return p, nil
}

// principalOf parses the claims of a token. Claims that cannot be parsed are zero.
func principalOf(token string) Principal {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return Principal{}
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return Principal{}
	}
	var claims struct {
		Object string   `json:"oid"`
		Roles  []string `json:"roles"`
	}
	if json.Unmarshal(text, &claims) != nil || !isGUID(claims.Object) {
		return Principal{}
	}
	return Principal{Object: claims.Object, Roles: claims.Roles}
}
