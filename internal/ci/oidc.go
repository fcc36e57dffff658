// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/sethvargo/go-githubactions"

	"github.com/appofapps/roster/internal/redact"
	"github.com/appofapps/roster/internal/retry"
)

// The variables of a job that may request an ID token: docs.github.com,
// "OpenID Connect reference", Methods for requesting the OIDC token.
const (
	envRequestURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	envRequestToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// ErrNoIDToken is returned if GitHub issues no ID token.
var ErrNoIDToken = errors.New("no ID token from GitHub")

// requestLife bounds one request. GitHub's own toolkit gives up later, but then
// the job has waited for three.
const requestLife = 10 * time.Second

// budget of one ID token. Neither GitHub nor its SDK repeats a request; the
// endpoint is known to answer 5xx for seconds at a time.
func budget() retry.Budget {
	return retry.Budget{Attempts: 3, Wait: 10 * time.Second, Base: time.Second, Cap: 4 * time.Second}
}

// IDToken returns a function that requests an ID token of this job for an audience. It
// returns nil if the job may not: outside of GitHub Actions, and without the permission
// `id-token: write`. Each call requests a new token and masks it first, by a workflow
// command on out, which the runner reads. A nil client is the default one.
//
// The function may be called concurrently. Its errors: ErrNoIDToken, that of its
// context.
func IDToken(getenv func(string) string, client *http.Client, out io.Writer) func(ctx context.Context, audience string) (string, error) {
	if Detect(getenv) != GitHub || getenv(envRequestURL) == "" || getenv(envRequestToken) == "" {
		return nil
	}
	o := &oidc{getenv: getenv, client: straight(client), out: out}
	return o.token
}

// oidc requests ID tokens from GitHub.
type oidc struct {
	getenv func(string) string
	client *http.Client
	mu     sync.Mutex // one workflow command at a time
	out    io.Writer
}

// straight returns a client that follows no redirect: the request carries a token that
// can request tokens.
func straight(client *http.Client) *http.Client {
	var own http.Client
	if client != nil {
		own = *client
	}
	if own.Timeout == 0 {
		own.Timeout = requestLife
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// token requests one token and masks it.
func (o *oidc) token(ctx context.Context, audience string) (string, error) {
	if u, err := url.Parse(o.getenv(envRequestURL)); err != nil || u.Scheme != "https" {
		return "", fmt.Errorf("%w: %s is not an https URL", ErrNoIDToken, envRequestURL)
	}
	var token redact.Secret
	err := retry.Do(ctx, budget(), func(ctx context.Context) error {
		value, err := o.ask(ctx, audience)
		token = redact.New(value)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("%w: %w", ErrNoIDToken, ctx.Err())
	case err != nil:
		return "", err
	case !isToken(token.Reveal()):
		return "", fmt.Errorf("%w: the answer is not a JSON Web Token", ErrNoIDToken)
	}
	if err := o.mask(token); err != nil {
		return "", err
	}
	return token.Reveal(), nil
}

// ask sends one request. It replaces the SDK's errors, which quote the answer and the
// address.
func (o *oidc) ask(ctx context.Context, audience string) (string, error) {
	action := githubactions.New(
		githubactions.WithGetenv(o.getenv),
		githubactions.WithHTTPClient(o.client),
		githubactions.WithWriter(io.Discard), // it writes nothing here; it may not begin to, on the process's own stdout
	)
	token, err := action.GetIDToken(ctx, audience)
	var refused *githubactions.RequestFailedError
	var cut *url.Error
	switch {
	case err == nil:
		return token, nil
	case errors.As(err, &refused):
		return "", refusal(refused.StatusCode)
	case errors.As(err, &cut):
		return "", retry.Later(fmt.Errorf("%w: %w", ErrNoIDToken, cut.Err), 0)
	}
	return "", retry.Later(fmt.Errorf("%w: truncated or undocumented answer", ErrNoIDToken), 0)
}

func refusal(status int) error {
	err := fmt.Errorf("%w: status %d", ErrNoIDToken, status)
	switch {
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return retry.Later(err, 0)
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fmt.Errorf("%w; the job needs `permissions: {id-token: write}` and must still be running", err)
	}
	return err
}

// isToken reports whether a text has three base64url parts. Other text must not reach
// the stream of workflow commands, where a line break begins a new command.
func isToken(text string) bool {
	foreign := func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' && r != '.'
	}
	parts := strings.Split(text, ".")
	return len(parts) == 3 && parts[0] != "" && parts[1] != "" && parts[2] != "" && !strings.ContainsFunc(text, foreign)
}

// mask makes the runner hide the token in the output of the job.
func (o *oidc) mask(token redact.Secret) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := &remembering{w: o.out}
	githubactions.New(githubactions.WithGetenv(o.getenv), githubactions.WithWriter(out)).AddMask(token.Reveal())
	if out.err != nil {
		return fmt.Errorf("mask the ID token: %w", out.err)
	}
	return nil
}

// remembering keeps an error of a writer, because the SDK would panic.
type remembering struct {
	w   io.Writer
	err error
}

func (r *remembering) Write(text []byte) (int, error) {
	if r.err == nil {
		_, r.err = r.w.Write(text)
	}
	return len(text), nil
}
