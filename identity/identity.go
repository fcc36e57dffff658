// SPDX-License-Identifier: Apache-2.0

// Package identity authenticates a run to Microsoft Entra ID by workload identity
// federation: the CI system or the cluster issues a short-lived assertion about
// the job, and Entra exchanges it for access tokens. Start with New; the Identity
// is a credential for the Azure SDK. On a developer's machine it uses the login of
// the Azure CLI instead.
//
// The package requests a fresh assertion for every exchange, so a job can run
// longer than its first assertion is valid. It stores no secret, refuses stored
// secrets in the environment, and never puts an assertion or a token into an error.
// A refusal by Entra is returned as *Refused, with the next step to take. The only
// environment it reads is Config.Getenv.
package identity

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// ErrNoIdentity is returned if the environment offers no source of assertions.
var ErrNoIdentity = errors.New("no identity")

// ErrStoredSecret is returned if the environment contains a long-lived credential.
var ErrStoredSecret = errors.New("stored secret refused")

// ErrConfig is returned for a missing or invalid variable.
var ErrConfig = errors.New("invalid identity configuration")

// ErrAssertion is returned if the source provides no assertion: the CI system
// refuses, or a file contains none. No request was sent to Entra.
var ErrAssertion = errors.New("no assertion")

// ErrNoClaims is returned by Claims for a developer's login, which uses no
// assertion.
var ErrNoClaims = errors.New("no claims in a developer's login")

// Config is the environment of an identity.
type Config struct {
	// Getenv reads the environment; nil for an empty one.
	Getenv func(string) string
	// IDToken requests an assertion from GitHub, for every exchange; nil outside of
	// GitHub Actions, and in a job without the permission.
	IDToken func(ctx context.Context, audience string) (string, error)
	// CI is true in a CI system, where a developer's login is never used.
	CI bool
	// Transport sends the requests to Entra and to Azure DevOps; nil for the
	// default of azcore.
	Transport policy.Transporter
	// Now is the clock for the advice about an expired assertion; nil for advice
	// without the current time.
	Now func() time.Time
}

// Identity is the identity of a run: a credential for any scope of the tenant. Its
// methods are safe for concurrent use.
type Identity struct {
	source     Source
	account    account
	authority  authority
	credential azcore.TokenCredential
	options    policy.ClientOptions // of requests to Entra
	assert     assert               // nil for a developer's login
	now        func() time.Time     // nil for no clock

	// presented is the claims of the newest assertion. They help to explain a
	// refusal. Except for times, all assertions of a run have the same claims.
	presented atomic.Pointer[Claims]
}

var _ azcore.TokenCredential = (*Identity)(nil)

// New returns the identity of this run. It chooses the source of assertions from
// the environment, and sends no request. Errors: ErrNoIdentity, ErrStoredSecret,
// ErrConfig.
func New(c Config) (*Identity, error) {
	if c.Getenv == nil {
		c.Getenv = func(string) string { return "" }
	}
	if err := refuseStored(c.Getenv); err != nil {
		return nil, err
	}
	source, err := choose(c)
	if err != nil {
		return nil, err
	}
	i := &Identity{source: source, now: c.Now}
	if i.authority, err = authorityOf(c.Getenv); err != nil {
		return nil, err
	}
	if i.account, err = accountOf(c.Getenv, source); err != nil {
		return nil, err
	}
	i.options = policy.ClientOptions{Cloud: i.authority.cloud, Transport: c.Transport}
	i.options.Telemetry.ApplicationID = "roster"
	i.options.Retry.MaxRetries = retries
	if source == Developer {
		i.credential, err = newDeveloper(i.account.tenant)
	} else {
		i.credential, err = i.federated(c)
	}
	if err != nil {
		return nil, err
	}
	return i, nil
}

// retries of a request to Entra or Azure DevOps. That is one less than azcore's
// default: MSAL requests the metadata of an unreachable authority several times,
// each time with all retries, while somebody waits for the job to fail.
const retries = 2

// federated returns a credential that exchanges the assertions of the source.
//
// azidentity has special credentials for two of the sources, which are not used
// here. The one for a token file caches the content for five minutes, and so may
// present an assertion that was renewed since. The one for Azure Pipelines reads
// the environment of the process and does not reveal the claims it presents. A
// callback works the same way for all sources.
func (i *Identity) federated(c Config) (azcore.TokenCredential, error) {
	var err error
	if i.assert, err = assertion(c, i.source, i.authority.audience, i.options); err != nil {
		return nil, err
	}
	credential, err := azidentity.NewClientAssertionCredential(i.account.tenant, i.account.client, i.present,
		&azidentity.ClientAssertionCredentialOptions{
			ClientOptions: i.options,
			// Discovery asks a host of Microsoft about the authority, so it fails
			// for a custom one. Without discovery, the assertion is sent to the
			// authority unchecked.
			DisableInstanceDiscovery: i.authority.own,
		})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return credential, nil
}

// present returns a fresh assertion for an exchange, and notes its claims.
func (i *Identity) present(ctx context.Context) (string, error) {
	secret, claims, err := i.mint(ctx)
	if err != nil {
		return "", unavailable(err)
	}
	i.presented.Store(&claims)
	return secret.Reveal(), nil
}

// GetToken returns an access token for the scopes. It reuses a token that is valid
// for at least five more minutes. Errors: *Refused, ErrAssertion, those of ctx, and
// others if Entra cannot be reached.
func (i *Identity) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := i.credential.GetToken(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, i.explain(ctx, err, options.Scopes)
	}
	return token, nil
}

// Claims requests an assertion and returns its claims, which are what Entra will
// check in an exchange. The claims are not verified, and the assertion is sent to
// nobody. Errors: ErrNoClaims, ErrAssertion.
func (i *Identity) Claims(ctx context.Context) (Claims, error) {
	if i.assert == nil {
		return Claims{}, ErrNoClaims
	}
	_, claims, err := i.mint(ctx)
	return claims, err
}

// Source returns the source of the assertions.
func (i *Identity) Source() Source { return i.source }

// Tenant returns the directory, "" for a developer's login in the default one.
func (i *Identity) Tenant() string { return i.account.tenant }

// Client returns the application's id, "" for a developer's login.
func (i *Identity) Client() string { return i.account.client }

// Authority returns the URL of the Entra ID that issues the tokens.
func (i *Identity) Authority() string { return i.authority.cloud.ActiveDirectoryAuthorityHost }
