// SPDX-License-Identifier: Apache-2.0

// Package github serves credentials as secrets of GitHub Actions, of a repository,
// of one of its environments, or of an organisation (docs.github.com, "REST API
// endpoints for GitHub Actions secrets"). A secret is sealed for a public key of its
// place before it leaves, and nobody can read it back, so that a new value must be
// staged elsewhere. Writing the same again is harmless.
//
// Which repositories may read an organisation's secret is decided by whoever made
// it, and stays as it is.
//
// A job's own token may not write secrets; this needs that of a GitHub App with the
// permission Secrets, or Environments, or the organisation's Secrets, to write.
package github

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/nacl/box"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/remote"
	"github.com/appofapps/roster/internal/retry"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

// maxSecret is the longest secret that GitHub keeps: docs.github.com, "Using
// secrets in GitHub Actions", Limits for secrets.
const maxSecret = 48 << 10

// maxAnswer is more than any answer here has.
const maxAnswer = 1 << 20

// Sink writes secrets. API is the address of GitHub's REST API, an https URL.
type Sink struct {
	API    string
	Token  redact.Secret
	Client *http.Client // follows no redirect
	Budget retry.Budget
}

var _ rotate.Sink = Sink{}

// Errors of what a sink is asked to do.
var (
	ErrToken  = errors.New("there is no token that may write secrets of GitHub: set ROSTER_GITHUB_TOKEN to that of a GitHub App with the permission Secrets")
	ErrPlace  = errors.New("is no secret of GitHub: name owner/repo, or an organisation without an environment, and the secret")
	ErrAnswer = errors.New("GitHub's answer is not what is documented")
)

// Deliver seals a value and writes the secret. Errors: ErrToken, ErrPlace.
func (s Sink) Deliver(ctx context.Context, place registration.Sink, _ string, value redact.Secret) error {
	if s.Token.Reveal() == "" {
		return ErrToken
	}
	path, err := pathOf(place)
	if err != nil {
		return err
	}
	if len(value.Reveal()) > maxSecret {
		return fmt.Errorf("secret %s of %s: the value has more than %d bytes", place.Name, place.GitHubSecret, maxSecret)
	}
	var public struct {
		ID  string `json:"key_id"`
		Key string `json:"key"`
	}
	if err := s.call(ctx, http.MethodGet, path+"/public-key", nil, &public); err != nil {
		return fmt.Errorf("read the public key of %s: %w", place.GitHubSecret, err)
	}
	sealed, err := seal(public.Key, value)
	if err != nil || public.ID == "" {
		return fmt.Errorf("read the public key of %s: %w", place.GitHubSecret, errors.Join(ErrAnswer, err))
	}
	in := map[string]any{"encrypted_value": sealed, "key_id": public.ID}
	if ofOrganisation(place) {
		if err := s.readers(ctx, path, place, in); err != nil {
			return err
		}
	}
	if err := s.call(ctx, http.MethodPut, path+"/"+url.PathEscape(place.Name), in, nil); err != nil {
		return fmt.Errorf("write secret %s of %s: %w", place.Name, place.GitHubSecret, err)
	}
	return nil
}

// pathOf returns where the secrets of a place are.
func pathOf(place registration.Sink) (string, error) {
	owner, repo, found := strings.Cut(place.GitHubSecret, "/")
	// The ids that may stand behind the names are not part of an address.
	owner, _, _ = strings.Cut(owner, "@")
	repo, _, _ = strings.Cut(repo, "@")
	for _, segment := range []string{owner, repo, place.Environment, place.Name} {
		if segment == "." || segment == ".." { // RFC 3986 section 5.2.4: leads elsewhere
			found, owner = false, ""
		}
	}
	switch base := "/repos/" + url.PathEscape(owner) + "/" + url.PathEscape(repo); {
	case owner == "" || found && repo == "" || strings.Contains(repo, "/") || place.Name == "" || !found && place.Environment != "":
		return "", fmt.Errorf("%q %w", place.GitHubSecret+" "+place.Name, ErrPlace)
	case !found:
		return "/orgs/" + url.PathEscape(owner) + "/actions/secrets", nil
	case place.Environment != "":
		return base + "/environments/" + url.PathEscape(place.Environment) + "/secrets", nil
	default:
		return base + "/actions/secrets", nil
	}
}

// seal encrypts a value so that only the owner of the key can read it: libsodium's
// sealed box, as GitHub asks for ("Encrypting secrets for the REST API").
func seal(key string, value redact.Secret) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 32 {
		return "", errors.New("the public key is none")
	}
	sealed, err := box.SealAnonymous(nil, []byte(value.Reveal()), (*[32]byte)(raw), rand.Reader)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// call sends one request, again within the budget: all of them may be repeated.
func (s Sink) call(ctx context.Context, method, path string, in, out any) error {
	if u, err := url.Parse(s.API); err != nil || u.Scheme != "https" {
		return errors.New("the address of GitHub's API is not an https URL")
	}
	content, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	return retry.Do(ctx, s.Budget, func(ctx context.Context) error { return s.once(ctx, method, path, content, out) })
}

func (s Sink) once(ctx context.Context, method, path string, content []byte, out any) (err error) {
	var body io.Reader
	if method != http.MethodGet {
		body = bytes.NewReader(content)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.API+path, body)
	if err != nil {
		return fmt.Errorf("make a request: %w", err)
	}
	// docs.github.com, "Getting started with the REST API", Headers.
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("User-Agent", "roster")
	req.Header.Set("Authorization", "Bearer "+s.Token.Reveal())
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.Client.Do(req)
	if err != nil {
		return retry.Later(remote.Bare(err), 0)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError:
		return retry.Later(fmt.Errorf("status %d", resp.StatusCode), after(resp))
	case resp.StatusCode/100 != 2:
		return refusal(resp.StatusCode)
	case err != nil:
		return retry.Later(errors.New("the answer is cut off"), 0)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return ErrAnswer
	}
	return nil
}

// refusal is the status of an answer that is none.
type refusal int

func (r refusal) Error() string { return fmt.Sprintf("status %d", int(r)) }

// after is what GitHub asks to wait, 0 if it does not say.
func after(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
