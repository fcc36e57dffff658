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

// ErrNotValid is returned for a client secret that Entra ID does not accept: it is
// none of the application's, or it is one that Entra does not know everywhere yet
// (AADSTS7000215; learn.microsoft.com, "Microsoft Entra authentication and
// authorization error codes").
var ErrNotValid = errors.New("client secret is not accepted")

// graphScope is what a token is asked for to prove a secret: an application needs
// no right to get one, and nothing is done with it.
const graphScope = "https://graph.microsoft.com/.default"

// ProveSecret asks Entra ID for a token with another application's client secret,
// in this identity's tenant, and throws it away. It is for secrets that were just
// made; nobody logs in by it. Errors: ErrNotValid.
func (i *Identity) ProveSecret(ctx context.Context, client string, secret redact.Secret) error {
	credential, err := azidentity.NewClientSecretCredential(i.account.tenant, client, secret.Reveal(), &azidentity.ClientSecretCredentialOptions{
		ClientOptions: i.options, DisableInstanceDiscovery: i.authority.own,
	})
	if err != nil {
		return fmt.Errorf("%w: %s is no application of a tenant", ErrConfig, client)
	}
	_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{graphScope}})
	var refused *azidentity.AuthenticationFailedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		code := regexp.MustCompile(`AADSTS[0-9]+`).FindString(refused.Error())
		if code == "AADSTS7000215" {
			return fmt.Errorf("%w (%s)", ErrNotValid, code)
		}
		return fmt.Errorf("prove a client secret of %s: Entra ID refuses it %s", client, code)
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return fmt.Errorf("prove a client secret of %s: Entra ID gives no answer", client)
	}
}
