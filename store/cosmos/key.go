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

// ErrKey is returned for a key that an account does not accept.
var ErrKey = errors.New("account key not accepted")

// ProveKey checks a key of an account by reading from the account. The key is not
// sent; it signs each request (learn.microsoft.com, "Access control on Azure Cosmos
// DB resources"). Errors: ErrKey, and ErrAddress for an endpoint that is not of an
// account.
func ProveKey(ctx context.Context, endpoint string, key redact.Secret, transport policy.Transporter) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Hostname(), ".documents.azure.com") || u.User != nil {
		return fmt.Errorf("%w: %q is not the endpoint of an account", ErrAddress, endpoint)
	}
	credential, err := azcosmos.NewKeyCredential(key.Reveal())
	if err != nil {
		return fmt.Errorf("%w: not in base64", ErrKey)
	}
	client, err := azcosmos.NewClientWithKey(endpoint, credential, &azcosmos.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: transport, Retry: policy.RetryOptions{MaxRetries: -1},
	}})
	if err != nil {
		return fmt.Errorf("create a client for %s: %w", u.Host, err)
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
