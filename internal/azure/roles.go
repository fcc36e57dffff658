// SPDX-License-Identifier: Apache-2.0

package azure

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Roles returns the app roles that the token says the identity has with the service,
// as Application.ReadWrite.OwnedBy ("Access tokens in the Microsoft identity platform",
// roles); none where it does not say. It is for telling people, and decides nothing:
// the token is the service's to read.
func (c *Client) Roles(ctx context.Context) []string {
	token, err := c.cred.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.scope}})
	if err != nil {
		return nil
	}
	parts := strings.Split(token.Token, ".")
	if len(parts) != 3 {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var claims struct {
		Roles []string `json:"roles"`
	}
	if json.Unmarshal(text, &claims) != nil {
		return nil
	}
	return claims.Roles
}
