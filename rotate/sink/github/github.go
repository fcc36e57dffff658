// SPDX-License-Identifier: Apache-2.0

// Package github delivers credentials as secrets of GitHub Actions: of a repository, of
// one of its environments, or of an organisation (docs.github.com, "REST API endpoints
// for GitHub Actions secrets"). Start with a [Sink].
//
// A secret is encrypted for a public key of its destination before it is sent. Nobody
// can read it back, so a new value must be staged elsewhere. Delivering the same value
// twice is harmless.
//
// The repositories that may read an organisation's secret stay as they are.
//
// The token of a job cannot write secrets. The sink needs the token of a GitHub App with
// the permission Secrets, Environments or the organisation's Secrets, to write.
package github

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/nacl/box"

	githubclient "github.com/appofapps/roster/internal/cloud/github"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// maxSecret is the size of the longest secret that GitHub accepts, in bytes:
// docs.github.com, "Using secrets in GitHub Actions", Limits for secrets.
const maxSecret = 48 << 10

// Sink delivers credentials as secrets of GitHub Actions.
type Sink struct{ Client *githubclient.Client }

var _ rotate.Sink = Sink{}

// Errors of a delivery.
var (
	// ErrToken is returned by a sink whose client has no token.
	ErrToken = errors.New("no token for GitHub secrets: set ROSTER_GITHUB_TOKEN to the token of a GitHub App with the permission Secrets: write")
	// ErrPlace is returned for a destination that GitHub cannot have.
	ErrPlace = errors.New("invalid GitHub secret: name owner/repo, or an organisation without an environment, and the secret")

	errKey = errors.New("invalid public key")
)

// Deliver encrypts value and writes it to place. It is idempotent. Errors: ErrToken,
// ErrPlace, ErrReaders.
func (s Sink) Deliver(ctx context.Context, place registration.Sink, _ string, value redact.Secret) error {
	path, err := pathOf(place)
	if err != nil {
		return err
	}
	if len(value.Reveal()) > maxSecret {
		return fmt.Errorf("secret %s of %s: value is longer than %d bytes", place.Name, place.GitHubSecret, maxSecret)
	}
	public, err := s.publicKey(ctx, path, place)
	if err != nil {
		return err
	}
	sealed, err := seal(public.Key, value)
	if err != nil {
		return fmt.Errorf("encrypt for the public key of %s: %w", place.GitHubSecret, err)
	}
	in := map[string]any{"encrypted_value": sealed, "key_id": public.ID}
	if ofOrganisation(place) {
		if err := s.readers(ctx, path, place, in); err != nil {
			return err
		}
	}
	if err := s.Client.Put(ctx, path+rest.Path(place.Name), in, nil); err != nil {
		return fmt.Errorf("write secret %s of %s: %w", place.Name, place.GitHubSecret, err)
	}
	return nil
}

// publicKey is the key that secrets of a destination are encrypted for.
type publicKey struct {
	ID  string `json:"key_id"`
	Key string `json:"key"`
}

// publicKey reads the public key of a destination. Errors: ErrToken, rest.ErrAnswer.
func (s Sink) publicKey(ctx context.Context, path string, place registration.Sink) (key publicKey, err error) {
	err = s.Client.Get(ctx, path+"/public-key", nil, &key)
	switch {
	case errors.Is(err, githubclient.ErrToken):
		return key, ErrToken
	case err == nil && key.ID == "":
		err = rest.ErrAnswer
	}
	if err != nil {
		return key, fmt.Errorf("read the public key of %s: %w", place.GitHubSecret, err)
	}
	return key, nil
}

// pathOf returns the path of the secrets of a destination. Errors: ErrPlace.
func pathOf(place registration.Sink) (string, error) {
	owner, repo, found := strings.Cut(place.GitHubSecret, "/")
	// An id after a name is not part of the address.
	owner, _, _ = strings.Cut(owner, "@")
	repo, _, _ = strings.Cut(repo, "@")
	for _, segment := range []string{owner, repo, place.Environment, place.Name} {
		if segment == "." || segment == ".." { // leaves the path (RFC 3986, section 5.2.4)
			found, owner = false, ""
		}
	}
	switch base := "/repos" + rest.Path(owner, repo); {
	case owner == "" || found && repo == "" || strings.Contains(repo, "/") || place.Name == "" || !found && place.Environment != "":
		return "", fmt.Errorf("%q: %w", place.GitHubSecret+" "+place.Name, ErrPlace)
	case !found:
		return "/orgs" + rest.Path(owner) + "/actions/secrets", nil
	case place.Environment != "":
		return base + "/environments" + rest.Path(place.Environment) + "/secrets", nil
	default:
		return base + "/actions/secrets", nil
	}
}

// seal encrypts a value so that only the owner of the key can read it: in libsodium's
// sealed box, as GitHub requires ("Encrypting secrets for the REST API").
func seal(key string, value redact.Secret) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 32 {
		return "", errKey
	}
	sealed, err := box.SealAnonymous(nil, []byte(value.Reveal()), (*[32]byte)(raw), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}
