// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// developer logs in as the person at the machine: as the Azure CLI is logged
// in, or else as the Azure Developer CLI is. azidentity's chain would stop at an
// Azure CLI that is installed and logged out.
type developer struct{ cli, azd azcore.TokenCredential }

// newDeveloper returns the login of a person, in a tenant or, for "", in that
// of the tool's own choice.
func newDeveloper(tenant string) (azcore.TokenCredential, error) {
	cli, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: tenant})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	azd, err := azidentity.NewAzureDeveloperCLICredential(&azidentity.AzureDeveloperCLICredentialOptions{TenantID: tenant})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return developer{cli, azd}, nil
}

// GetToken implements azcore.TokenCredential.
func (d developer) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := d.cli.GetToken(ctx, options)
	if err == nil {
		return token, nil
	}
	token, other := d.azd.GetToken(ctx, options)
	if other == nil {
		return token, nil
	}
	return azcore.AccessToken{}, &loginError{cli: err.Error(), azd: other.Error()}
}

// loginError tells that neither tool is logged in, in the words of both.
type loginError struct{ cli, azd string }

func (e *loginError) Error() string { return e.cli + "; " + e.azd }
