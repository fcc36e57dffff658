// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/appofapps/roster/internal/redact"
)

// ErrNotValid is returned for a client secret that Entra ID does not accept. The
// secret is wrong, or so new that not every server of Entra knows it (AADSTS7000215;
// learn.microsoft.com, "Microsoft Entra authentication and authorization error
// codes").
var ErrNotValid = errors.New("client secret not accepted")

// graphScope is the scope of the token that proves a secret. An application needs no
// permission to get such a token, and nothing uses it.
const graphScope = "https://graph.microsoft.com/.default"

// ProveSecret checks that Entra ID accepts a client secret of another application in
// this identity's tenant. It requests a token and discards it. Use it only to check
// a new secret. Errors: ErrNotValid.
func (i *Identity) ProveSecret(ctx context.Context, client string, secret redact.Secret) error {
	credential, err := azidentity.NewClientSecretCredential(i.account.tenant, client, secret.Reveal(), &azidentity.ClientSecretCredentialOptions{
		ClientOptions: i.options, DisableInstanceDiscovery: i.authority.own,
	})
	if err != nil {
		return fmt.Errorf("%w: %q is not an application of a tenant", ErrConfig, client)
	}
	_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{graphScope}})
	refused, isRefused := errors.AsType[*azidentity.AuthenticationFailedError](err)
	switch {
	case err == nil:
		return nil
	case isRefused:
		code := regexp.MustCompile(`AADSTS[0-9]+`).FindString(refused.Error())
		if code == "AADSTS7000215" {
			return fmt.Errorf("%w (%s)", ErrNotValid, code)
		}
		return fmt.Errorf("prove a client secret of %s: Entra ID refuses it (%s)", client, code)
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("prove a client secret of %s: no answer from Entra ID", client)
	}
}
