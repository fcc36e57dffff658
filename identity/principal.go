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

// Principal is whom Entra takes the run for.
type Principal struct {
	// Object is the id of the enterprise application, or of the person, to which
	// roles are assigned: the claim oid of learn.microsoft.com, "Access token
	// claims reference". It is "" if the token cannot be read, which is the
	// service's right; nothing is decided by it.
	Object  string
	Roles   []string  // the app roles that it has with the service: the claim roles, in the same way
	Expires time.Time // of the token
}

// Principal has Entra judge the run, for one scope, and tells whom it takes it
// for. Errors: those of GetToken.
func (i *Identity) Principal(ctx context.Context, scope string) (Principal, error) {
	token, err := i.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	if err != nil {
		return Principal{}, err
	}
	p := principalOf(token.Token)
	p.Expires = token.ExpiresOn
	return p, nil
}

// principalOf reads what a token says, as far as it can be read.
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
