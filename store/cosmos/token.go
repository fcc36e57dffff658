// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// credential wraps another credential and marks its errors. So a missing token is
// distinguished from an unreachable account, for which the client would try another
// region, and a write would count as possibly sent.
type credential struct{ next azcore.TokenCredential }

var _ azcore.TokenCredential = credential{}

// GetToken gets a token from the wrapped credential.
func (c credential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.next.GetToken(ctx, options)
	if err != nil {
		return token, &tokenError{err}
	}
	return token, nil
}

// tokenError hides its cause from errors.As, which the client uses to find network
// errors.
type tokenError struct{ cause error }

func (e *tokenError) Error() string { return e.cause.Error() }

// NonRetriable tells the client not to retry.
func (e *tokenError) NonRetriable() {}
