// SPDX-License-Identifier: Apache-2.0

package keyvault

import (
	"context"
	"net/http"

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
		if status(err) == http.StatusForbidden {
			f.Needs[0].Granted = rotate.No
		}
		return f, err
	}
	return f, nil
}
