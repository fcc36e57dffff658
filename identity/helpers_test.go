// SPDX-License-Identifier: Apache-2.0

package identity_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/appofapps/roster/identity"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/internal/test/cloudtest"
)

const scope = "https://acme.documents.azure.com/.default"

// getenv reads a list of NAME=value; the last one of a name counts.
func getenv(env []string) func(string) string {
	values := map[string]string{}
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		values[name] = value
	}
	return func(name string) string { return values[name] }
}

// masks is the stream of workflow commands.
type masks struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (m *masks) Write(text []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.Write(text)
}

func (m *masks) String() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.text.String()
}

// config returns the configuration of an identity in a cloud's job.
func config(cloud *cloudtest.Cloud, env []string) (identity.Config, *masks) {
	client, out := &http.Client{Transport: cloud.Transport()}, &masks{}
	return identity.Config{
		Getenv: getenv(env), IDToken: ci.IDToken(getenv(env), client, out),
		CI: true, Transport: client, Now: time.Now,
	}, out
}

func newIdentity(t *testing.T, c identity.Config) *identity.Identity {
	t.Helper()
	i, err := identity.New(c)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return i
}

func get(ctx context.Context, i *identity.Identity, scopes ...string) (string, error) {
	if scopes == nil {
		scopes = []string{scope}
	}
	token, err := i.GetToken(ctx, policy.TokenRequestOptions{Scopes: scopes})
	return token.Token, err
}

// count counts the requests of a kind.
func count(cloud *cloudtest.Cloud, kind cloudtest.Kind) int {
	n := 0
	for _, x := range cloud.Log() {
		if x.Kind == kind {
			n++
		}
	}
	return n
}

// leak returns a secret that an error contains in any format, "" for a safe error.
func leak(err error, secrets []string) string {
	var text strings.Builder
	for ; err != nil; err = errors.Unwrap(err) {
		fmt.Fprintf(&text, "%v\n%+v\n%#v\n%q\n", err, err, err, err)
	}
	for _, secret := range secrets {
		for _, part := range append(strings.Split(secret, "."), secret) {
			// The header of a token is the same for all of an issuer's, and no secret.
			if len(part) > 16 && strings.Contains(text.String(), part) && !strings.HasPrefix(part, "eyJhbGciOi") {
				return part
			}
		}
	}
	return ""
}
