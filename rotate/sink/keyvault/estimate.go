// SPDX-License-Identifier: Apache-2.0

package keyvault

import (
	"context"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SinkEstimator = Sink{}

// Estimate returns the requests that a rotation sends to the vault. Whether this run
// may write is unknown until it does.
func (s Sink) Estimate(ctx context.Context, place registration.Sink) (rotate.Estimate, error) {
	at := "https://" + place.KeyVault + "." + s.Suffix + "/secrets/" + place.Secret
	f := rotate.Estimate{
		Stage:   []rotate.Call{{Method: http.MethodPut, URL: at + next}},
		Deliver: []rotate.Call{{Method: http.MethodPut, URL: at}},
		Unstage: []rotate.Call{{Method: http.MethodPatch, URL: at + next + "/{version}"}},
		Needs: []rotate.Need{
			{Permission: "Key Vault Secrets Officer on " + place.Secret + " and " + place.Secret + next + " of vault " + place.KeyVault, Granted: rotate.Unknown},
		},
	}
	c, err := s.client(place)
	if err != nil {
		return f, err
	}
	if _, err := versions(ctx, c, place, func(string) bool { return true }); err != nil {
		if status(err) == http.StatusForbidden && !byFirewall(err) {
			f.Needs[0].Granted = rotate.No
		}
		return f, err
	}
	for _, at := range []registration.Sink{place, stagedPlace(place)} {
		if err := taken(ctx, c, at); err != nil {
			return f, err
		}
	}
	return f, nil
}

// taken returns an error if a deleted secret that can be recovered keeps the name of a
// secret. Whoever may not look learns nothing.
func taken(ctx context.Context, c *azsecrets.Client, place registration.Sink) error {
	_, err := c.GetDeletedSecret(ctx, place.Secret, nil)
	if err != nil {
		return nil //nolint:nilerr // no such secret, or no permission to see it
	}
	return fmt.Errorf("secret %s of vault %s: %s", place.Secret, place.KeyVault, deletedText(place))
}
