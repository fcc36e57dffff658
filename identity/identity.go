// SPDX-License-Identifier: Apache-2.0

// Package identity proves to Microsoft Entra ID who is running. There is one
// credential per run, by workload identity federation: the CI system, or the
// cluster, vouches for the job in a short assertion, and Entra gives access
// tokens for it. The assertion is asked for anew for every exchange, so that a
// job may last longer than what vouched for it at its start. On a developer's
// own machine the login of the Azure CLI serves instead.
//
// It keeps no secret, refuses to use one that is stored, and shows neither an
// assertion nor a token in any error. What Entra refuses comes back as a
// Refused, which says what to do next. It reads no environment but the one it
// is given, and decides nothing about what the identity may do.
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

// ErrNoIdentity is returned where nothing vouches for who is running.
var ErrNoIdentity = errors.New("no identity")

// ErrStoredSecret is returned where the environment holds a credential that
// does not expire by itself.
var ErrStoredSecret = errors.New("stored secret refused")

// ErrConfig is returned for a variable that is missing or means nothing.
var ErrConfig = errors.New("identity not configured")

// ErrAssertion is returned when what should vouch for the run does not: the CI
// system gives no assertion, or a file holds none. Entra was not asked.
var ErrAssertion = errors.New("no assertion")

// ErrNoClaims is returned by Claims for a developer's own login, which presents
// no assertion.
var ErrNoClaims = errors.New("a developer's login presents no assertion")

// Config is the world of an identity.
type Config struct {
	// Getenv reads the environment; nil for an empty one.
	Getenv func(string) string
	// IDToken asks GitHub for an assertion; nil in a job that may not ask, and
	// outside of GitHub Actions. It is called for every exchange.
	IDToken func(ctx context.Context, audience string) (string, error)
	// CI tells that this is no developer's machine: no personal login is used.
	CI bool
	// Transport carries the requests to Entra and to Azure DevOps; nil for the
	// default of azcore.
	Transport policy.Transporter
	// Now is the clock of the advice on an expired assertion; nil for advice
	// without the time of day.
	Now func() time.Time
}

// Identity is who runs: a credential for any scope of the tenant. Its methods
// may be called by many at once.
type Identity struct {
	source     Source
	account    account
	authority  authority
	credential azcore.TokenCredential
	options    policy.ClientOptions // of requests to Entra
	assert     assert               // nil for a developer's login
	now        func() time.Time     // nil for no clock

	// presented is what the newest assertion claimed. Entra's refusals are
	// explained by it; all assertions of one run claim the same, save times.
	presented atomic.Pointer[Claims]
}

var _ azcore.TokenCredential = (*Identity)(nil)

// New chooses, from the environment, what vouches for this run. It asks nobody
// yet. Errors: ErrNoIdentity, ErrStoredSecret, ErrConfig.
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

// retries of a request to Entra or Azure DevOps. azcore's own default is one
// more; but MSAL asks after an authority that does not answer several times
// over, each with all the retries, and somebody waits for the job to fail.
const retries = 2

// federated returns a credential that exchanges what the source asserts.
//
// azidentity has credentials of its own for two of the sources. That for a
// token file keeps what it read for five minutes, and so presents an assertion
// that was meanwhile renewed; that for Azure Pipelines reads the environment of
// the process and shows nobody what it presents. A callback has neither fault,
// and one way for all sources is one way to understand.
func (i *Identity) federated(c Config) (azcore.TokenCredential, error) {
	var err error
	if i.assert, err = assertion(c, i.source, i.authority.audience, i.options); err != nil {
		return nil, err
	}
	credential, err := azidentity.NewClientAssertionCredential(i.account.tenant, i.account.client, i.present,
		&azidentity.ClientAssertionCredentialOptions{
			ClientOptions: i.options,
			// Discovery asks a host of Microsoft's whether it knows the
			// authority, so it can never know one of somebody's own. Without
			// it nothing stands between the authority and the assertion.
			DisableInstanceDiscovery: i.authority.own,
		})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return credential, nil
}

// present returns a fresh assertion for an exchange, and keeps what it claims.
func (i *Identity) present(ctx context.Context) (string, error) {
	secret, claims, err := i.mint(ctx)
	if err != nil {
		return "", unavailable(err)
	}
	i.presented.Store(&claims)
	return secret.Reveal(), nil
}

// GetToken returns an access token for the scopes, from memory while it has
// five minutes or more to live. Errors: *Refused, ErrAssertion, that of ctx,
// and others for an Entra that cannot be reached.
func (i *Identity) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := i.credential.GetToken(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, i.explain(ctx, err, options.Scopes)
	}
	return token, nil
}

// Claims returns what an exchange would present, read from an assertion that is
// asked for now and presented to nobody. Nothing of it is verified: it is what
// Entra will judge. Errors: ErrNoClaims, ErrAssertion.
func (i *Identity) Claims(ctx context.Context) (Claims, error) {
	if i.assert == nil {
		return Claims{}, ErrNoClaims
	}
	_, claims, err := i.mint(ctx)
	return claims, err
}

// Source returns what vouches for the run.
func (i *Identity) Source() Source { return i.source }

// Tenant returns the directory, "" for that of a developer's login.
func (i *Identity) Tenant() string { return i.account.tenant }

// Client returns the application's id, "" for a developer's login.
func (i *Identity) Client() string { return i.account.client }

// Authority returns the URL of the Entra ID that is asked.
func (i *Identity) Authority() string { return i.authority.cloud.ActiveDirectoryAuthorityHost }
