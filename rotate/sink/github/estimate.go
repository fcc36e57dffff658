// SPDX-License-Identifier: Apache-2.0

package github

import (
	"context"
	"errors"
	"net/http"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SinkEstimator = Sink{}

// Estimate returns the requests of a delivery, and the permission that they need. Whether
// the token may write is known only when it writes.
func (s Sink) Estimate(ctx context.Context, place registration.Sink) (rotate.Estimate, error) {
	var f rotate.Estimate
	path, err := pathOf(place)
	if err != nil {
		return f, err
	}
	f.Deliver = []rotate.Call{{Method: http.MethodPut, URL: s.Client.URL(path + rest.Path(place.Name))}}
	f.Needs = []rotate.Need{{Permission: permissionOf(place), Granted: rotate.Unknown}}
	if _, err := s.publicKey(ctx, path, place); err != nil {
		if errors.Is(err, ErrToken) || rest.IsStatus(err, http.StatusForbidden) || rest.IsStatus(err, http.StatusNotFound) {
			f.Needs[0].Granted = rotate.No
		}
		return f, err
	}
	if ofOrganisation(place) {
		return f, s.readers(ctx, path, place, map[string]any{})
	}
	return f, nil
}

// permissionOf names the permission that a GitHub App needs for a destination
// (docs.github.com, "Permissions required for GitHub Apps").
func permissionOf(place registration.Sink) string {
	switch {
	case ofOrganisation(place):
		return "the organisation's permission Secrets: write on " + place.GitHubSecret
	case place.Environment != "":
		return "Environments: write on " + place.GitHubSecret
	default:
		return "Secrets: write on " + place.GitHubSecret
	}
}
