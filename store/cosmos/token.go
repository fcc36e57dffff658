// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// credential marks the errors of another one, so that a token that could not be
// had is told apart from an account that could not be reached: the client would
// look for another region, and a write would count as perhaps sent.
type credential struct{ next azcore.TokenCredential }

var _ azcore.TokenCredential = credential{}

// GetToken asks the other credential.
func (c credential) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.next.GetToken(ctx, options)
	if err != nil {
		return token, &tokenError{err}
	}
	return token, nil
}

// tokenError hides its cause from errors.As, by which the client looks for
// errors of the network.
type tokenError struct{ cause error }

func (e *tokenError) Error() string { return e.cause.Error() }

// NonRetriable tells the client that this is not for it to repeat.
func (e *tokenError) NonRetriable() {}
