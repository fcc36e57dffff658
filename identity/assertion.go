// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/appofapps/roster/internal/redact"
)

// maxAssertion bounds a token file. Entra's own documents name no limit; an
// HTTP header, in which the same tokens travel elsewhere, rarely holds more.
const maxAssertion = 64 << 10

// assert asks the source to vouch for the run, now.
type assert func(ctx context.Context) (redact.Secret, error)

// assertion returns how a source is asked. It is asked for every exchange: one
// of GitHub lives 5 minutes, one of Azure DevOps 10, one in a file until it is
// replaced.
func assertion(c Config, source Source, audience string, options policy.ClientOptions) (assert, error) {
	switch source {
	case GitHubActions:
		return func(ctx context.Context) (redact.Secret, error) {
			token, err := c.IDToken(ctx, audience)
			return redact.New(token), err
		}, nil
	case AzurePipelines:
		return newPipelines(c.Getenv, options)
	case TokenVariable:
		return func(context.Context) (redact.Secret, error) {
			return redact.New(strings.TrimSpace(c.Getenv(envIDToken))), nil
		}, nil
	case TokenFile:
		path := c.Getenv(envTokenFile)
		return func(context.Context) (redact.Secret, error) { return readToken(path) }, nil
	default:
		panic("identity: source " + string(source) + " asserts nothing")
	}
}

// readToken reads a file as it is now.
func readToken(path string) (redact.Secret, error) {
	// The path is the administrator's; a projected volume of Kubernetes is a
	// chain of links, so links are followed.
	info, err := os.Stat(path)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("read %s: %w", envTokenFile, err)
	}
	if !info.Mode().IsRegular() {
		return redact.Secret{}, fmt.Errorf("read %s: %q is not a regular file", envTokenFile, path)
	}
	file, err := os.Open(path) //nolint:gosec // named by whoever runs us
	if err != nil {
		return redact.Secret{}, fmt.Errorf("read %s: %w", envTokenFile, err)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxAssertion+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return redact.Secret{}, fmt.Errorf("read %s: %w", envTokenFile, err)
	}
	if len(text) > maxAssertion {
		return redact.Secret{}, fmt.Errorf("read %s: %q has more than %d bytes", envTokenFile, path, maxAssertion)
	}
	return redact.New(strings.TrimSpace(string(text))), nil
}

// mint asks the source, and reads what it claims.
func (i *Identity) mint(ctx context.Context) (redact.Secret, Claims, error) {
	secret, err := i.assert(ctx)
	if err != nil {
		return redact.Secret{}, Claims{}, fmt.Errorf("%w from %s: %w", ErrAssertion, i.source, err)
	}
	claims, err := decode(secret.Reveal())
	if err != nil {
		return redact.Secret{}, Claims{}, fmt.Errorf("%w from %s: %w", ErrAssertion, i.source, err)
	}
	return secret, claims, nil
}

// assertionError is an error of ours on its way through azidentity, which would
// keep no more of it than its text, were it not marked in azidentity's own way.
type assertionError struct{ error }

func unavailable(err error) error {
	return errors.Join(&assertionError{err}, azidentity.NewCredentialUnavailableError("no assertion"))
}

func (e *assertionError) Unwrap() error { return e.error }
