// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/appofapps/roster/audit"
	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/cloud/azure"
	githubclient "github.com/appofapps/roster/internal/cloud/github"
	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/manifest"
	cosmoskey "github.com/appofapps/roster/provider/cosmos"
	"github.com/appofapps/roster/provider/entra"
	"github.com/appofapps/roster/provider/okta"
	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
	"github.com/appofapps/roster/rotate/sink/file"
	"github.com/appofapps/roster/rotate/sink/github"
	"github.com/appofapps/roster/rotate/sink/keyvault"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/store/cosmos"
)

// budget limits the retries of a request to GitHub or Okta.
var budget = retry.Budget{Attempts: 4, Wait: time.Minute, Base: time.Second, Cap: 10 * time.Second} //nolint:gochecknoglobals // a constant

// ErrNoRotation is returned for a credential that this version cannot renew.
var ErrNoRotation = errors.New("no provider for this credential")

// vaultSuffix is the DNS suffix of vaults in Azure's public cloud.
const vaultSuffix = "vault.azure.net"

// Rotations opens the sources and sinks that credentials are renewed with.
type Rotations struct {
	Run    *Run
	Store  store.Store
	Folder string // of the registry; files of sinks are below it
	Event  audit.Event

	orgs map[string]*oktaclient.Client // by provider: one token for all of its credentials
}

// Source returns the provider of a credential. Errors: ErrNoRotation, those of
// Run.Identity.
func (r *Rotations) Source(t rotate.Target) (rotate.Source, error) {
	for _, known := range systems() {
		if known.issues(t.Type) {
			return known.source(r, t)
		}
	}
	return nil, fmt.Errorf("credential %s of %s, type %s: %w", t.Name, t.Node, t.Type, ErrNoRotation)
}

func (r *Rotations) token(rotate.Target) (rotate.Source, error) {
	return token.Source{Store: r.Store, Now: r.now, Event: r.Event}, nil
}

func (r *Rotations) entra(rotate.Target) (rotate.Source, error) {
	who, err := r.Run.Identity()
	if err != nil {
		return nil, err
	}
	graph, err := r.Run.graph()
	if err != nil {
		return nil, err
	}
	return entra.Source{
		Graph: graph, Own: who.Client(),
		Prove: func(ctx context.Context, client string, secret redact.Secret) error {
			err := who.ProveSecret(ctx, client, secret)
			if errors.Is(err, identity.ErrNotValid) {
				return fmt.Errorf("%w: %w", rotate.ErrNotYet, err)
			}
			return err
		},
		Roles: func(ctx context.Context) []string {
			p, err := who.Principal(ctx, azure.GraphScope)
			if err != nil {
				return nil // the next request to Graph reports the error
			}
			return p.Roles
		},
	}, nil
}

func (r *Rotations) okta(t rotate.Target) (rotate.Source, error) {
	if t.Provider.Type != okta.Kind || t.Provider.Key == "" {
		return nil, fmt.Errorf("credential %s: %w: declare kind: Provider, type: okta, with tenant, client and key, and name it as provider of the credential", t, ErrNoRotation)
	}
	if client := r.orgs[t.Provider.Name]; client != nil {
		return okta.Source{Client: client, Now: r.now}, nil
	}
	client, err := oktaclient.New(oktaclient.Config{
		Host: t.Provider.Tenant, App: t.Provider.Client, Scopes: []string{okta.Scope}, HTTP: r.Run.Client(), Now: r.now, Budget: budget,
		Key: func(ctx context.Context) (signing.Key, error) { return r.Run.vaultKey(ctx, t.Provider.Key) },
	})
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", t, err)
	}
	if r.orgs == nil {
		r.orgs = map[string]*oktaclient.Client{}
	}
	r.orgs[t.Provider.Name] = client
	return okta.Source{Client: client, Now: r.now}, nil
}

// ErrNoProviderKey is returned for a provider without a key.
var ErrNoProviderKey = errors.New("no key of the provider")

// ProviderKey returns the public key that identifies roster to a provider, as a JWK
// (RFC 7517). Errors: ErrNoProviderKey, those of the vault.
func (r *Run) ProviderKey(ctx context.Context, p *manifest.Provider) ([]byte, error) {
	if p.Spec.Key.Value == "" {
		return nil, fmt.Errorf("%w %s: add its address in Key Vault, as key: https://VAULT.vault.azure.net/keys/NAME", ErrNoProviderKey, p.Meta.Name.Value)
	}
	key, err := r.vaultKey(ctx, p.Spec.Key.Value)
	if err != nil {
		return nil, err
	}
	public, err := oktaclient.JWK(key.Public())
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(public)
	if err != nil {
		return nil, fmt.Errorf("encode the key: %w", err)
	}
	return text, nil
}

func (r *Rotations) cosmosKey(t rotate.Target) (rotate.Source, error) {
	if t.Provider.Type != cosmoskey.Kind || t.Provider.Account == "" {
		return nil, fmt.Errorf("credential %s: %w: declare kind: Provider, type: cosmos, with account, and name it as provider of the credential", t, ErrNoRotation)
	}
	arm, err := r.Run.resourceManager(cosmoskey.APIVersion)
	if err != nil {
		return nil, err
	}
	return cosmoskey.Source{ARM: arm, Now: r.now, Sleep: retry.Sleep, Prove: func(ctx context.Context, endpoint string, key redact.Secret) error {
		err := cosmos.ProveKey(ctx, endpoint, key, r.Run.Client())
		if errors.Is(err, cosmos.ErrKey) {
			return fmt.Errorf("%w: %w", rotate.ErrNotYet, err)
		}
		return err
	}}, nil
}

// Sink returns the sink of a destination. Errors: those of Run.Identity.
func (r *Rotations) Sink(place registration.Sink) (rotate.Sink, error) {
	switch {
	case place.File != "":
		return file.Sink{Folder: r.Folder, Local: ci.Detect(r.Run.world.Getenv) != ci.Terminal}, nil
	case place.KeyVault != "":
		who, err := r.Run.Identity()
		if err != nil {
			return nil, err
		}
		return keyvault.Sink{Credential: who, Transport: r.Run.Client(), Suffix: vaultSuffix, Now: r.now}, nil
	}
	client, err := githubclient.New(githubclient.Config{
		API: ci.GitHubAPI(r.Run.world.Getenv), Token: redact.New(r.Run.world.Getenv(gitHubToken)), HTTP: r.Run.Client(),
		Budget: budget,
	})
	if err != nil {
		return nil, fmt.Errorf("GITHUB_API_URL: %w", err)
	}
	return github.Sink{Client: client}, nil
}

// gitHubToken is the variable with the token of a GitHub App that may write secrets.
// The token is short-lived; the pipeline gets it for this run.
const gitHubToken = "ROSTER_GITHUB_TOKEN" //nolint:gosec // a variable's name

func (r *Rotations) now() time.Time { return r.Run.world.Now() }
