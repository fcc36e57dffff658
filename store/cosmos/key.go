// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/azcosmos"

	"github.com/appofapps/roster/internal/redact"
)

// ErrKey is returned for a key that an account does not take.
var ErrKey = errors.New("the account does not take the key")

// ProveKey uses a key of an account for real: it reads from it. The key is not
// sent; each request is signed with it (learn.microsoft.com, "Access control on
// Azure Cosmos DB resources"). Errors: ErrKey, ErrAddress for an endpoint that is no
// account's.
func ProveKey(ctx context.Context, endpoint string, key redact.Secret, transport policy.Transporter) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Hostname(), ".documents.azure.com") || u.User != nil {
		return fmt.Errorf("%w: %q is no endpoint of an account", ErrAddress, endpoint)
	}
	credential, err := azcosmos.NewKeyCredential(key.Reveal())
	if err != nil {
		return fmt.Errorf("%w: it is not in base64", ErrKey)
	}
	client, err := azcosmos.NewClientWithKey(endpoint, credential, &azcosmos.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: transport, Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		return fmt.Errorf("make a client for %s: %w", u.Host, err)
	}
	_, err = client.NewQueryDatabasesPager("SELECT * FROM root", nil).NextPage(ctx)
	if refused, ok := errors.AsType[*azcore.ResponseError](err); ok && refused.StatusCode == http.StatusUnauthorized {
		return fmt.Errorf("%w at %s", ErrKey, u.Host)
	}
	if err != nil {
		return fmt.Errorf("read from %s: %w", u.Host, err)
	}
	return nil
}
