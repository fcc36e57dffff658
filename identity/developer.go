// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// developer uses the login of the Azure CLI, or else of the Azure Developer CLI.
// azidentity's own chain would stop at an Azure CLI that is installed but logged
// out.
type developer struct{ cli, azd azcore.TokenCredential }

// newDeveloper returns the credential of a developer's login in a tenant, or in the
// tool's default tenant for "".
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

// loginError is returned if neither tool is logged in. It has the messages of both.
type loginError struct{ cli, azd string }

func (e *loginError) Error() string { return e.cli + "; " + e.azd }
