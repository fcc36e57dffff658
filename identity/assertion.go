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

// maxAssertion limits the size of a token file, in bytes. Entra documents no limit;
// an HTTP header, which carries such tokens elsewhere, rarely holds more.
const maxAssertion = 64 << 10

// assert requests an assertion from the source.
type assert func(ctx context.Context) (redact.Secret, error)

// assertion returns the function that requests an assertion from a source. It is
// called for every exchange: an assertion of GitHub is valid for 5 minutes, one of
// Azure DevOps for 10, one in a file until it is replaced.
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
		panic("identity: source " + string(source) + " has no assertion")
	}
}

// readToken reads the current content of a token file.
func readToken(path string) (redact.Secret, error) {
	// An administrator chose the path. A projected volume of Kubernetes is a chain
	// of links, so links are followed.
	info, err := os.Stat(path)
	if err != nil {
		return redact.Secret{}, fmt.Errorf("read %s: %w", envTokenFile, err)
	}
	if !info.Mode().IsRegular() {
		return redact.Secret{}, fmt.Errorf("read %s: %q is not a regular file", envTokenFile, path)
	}
	file, err := os.Open(path) //nolint:gosec // the path comes from the environment
	if err != nil {
		return redact.Secret{}, fmt.Errorf("read %s: %w", envTokenFile, err)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxAssertion+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return redact.Secret{}, fmt.Errorf("read %s: %w", envTokenFile, err)
	}
	if len(text) > maxAssertion {
		return redact.Secret{}, fmt.Errorf("read %s: %q has more than %d bytes, the limit", envTokenFile, path, maxAssertion)
	}
	return redact.New(strings.TrimSpace(string(text))), nil
}

// mint requests an assertion and parses its claims.
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

// assertionError carries an error through azidentity, which keeps only the text of
// an error unless azidentity's own type marks it.
type assertionError struct{ error }

func unavailable(err error) error {
	return errors.Join(&assertionError{err}, azidentity.NewCredentialUnavailableError("no assertion"))
}

func (e *assertionError) Unwrap() error { return e.error }
