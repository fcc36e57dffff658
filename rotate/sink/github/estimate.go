// SPDX-License-Identifier: Apache-2.0

package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SinkEstimator = Sink{}

// Estimate says what would be asked of GitHub. Whether the token may write is not known
// before it does.
func (s Sink) Estimate(ctx context.Context, place registration.Sink) (rotate.Estimate, error) {
	var f rotate.Estimate
	path, err := pathOf(place)
	if err != nil {
		return f, err
	}
	f.Deliver = []rotate.Call{{Method: http.MethodPut, URL: s.API + path + "/" + url.PathEscape(place.Name)}}
	f.Needs = []rotate.Need{{Permission: permissionOf(place), Granted: rotate.Unknown}}
	if s.Token.Reveal() == "" {
		f.Needs[0].Granted = rotate.No
		return f, ErrToken
	}
	if err := s.call(ctx, http.MethodGet, path+"/public-key", nil, nil); err != nil {
		if status, refused := errors.AsType[refusal](err); refused && (status == http.StatusForbidden || status == http.StatusNotFound) {
			f.Needs[0].Granted = rotate.No
		}
		return f, fmt.Errorf("read the public key of %s: %w", place.GitHubSecret, err)
	}
	if ofOrganisation(place) {
		return f, s.readers(ctx, path, place, map[string]any{})
	}
	return f, nil
}

// permissionOf is what a GitHub App is granted for a place (docs.github.com,
// "Permissions required for GitHub Apps").
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
