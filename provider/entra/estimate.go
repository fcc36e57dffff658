// SPDX-License-Identifier: Apache-2.0

package entra

import (
	"context"
	"net/http"
	"slices"

	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SourceEstimator = Source{}

// loginURL is the endpoint that proves a secret ("OAuth 2.0 client credentials flow on the
// Microsoft identity platform").
const loginURL = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"

// The app roles that allow adding secrets ("application: addPassword", Permissions).
const (
	leastRole = "Application.ReadWrite.OwnedBy"
	moreRole  = "Application.ReadWrite.All"
)

// granted reports whether this run has one of the roles.
func (s Source) granted(ctx context.Context) rotate.Granted {
	if s.Roles == nil {
		return rotate.Unknown
	}
	roles := s.Roles(ctx)
	if len(roles) == 0 {
		return rotate.Unknown
	}
	return rotate.GrantedIf(slices.Contains(roles, leastRole) || slices.Contains(roles, moreRole))
}

// Estimate returns the calls and permissions that a renewal needs.
func (s Source) Estimate(ctx context.Context, t rotate.Target, old []string) (rotate.Estimate, error) {
	f := rotate.Estimate{
		Verify: []rotate.Call{{Method: http.MethodPost, URL: loginURL}},
		Needs: []rotate.Need{
			{Permission: leastRole + " of Microsoft Graph", Granted: s.granted(ctx)},
			{Permission: "to be an owner of application " + t.Application + " in Entra ID", Granted: rotate.Unknown},
		},
	}
	a, err := s.find(ctx, t)
	if err != nil {
		return f, err
	}
	call := func(action string) rotate.Call {
		return rotate.Call{Method: http.MethodPost, URL: s.Graph.URL("/applications" + rest.Path(a.ID, action))}
	}
	f.Create = []rotate.Call{call("addPassword")}
	for range old {
		f.Revoke = append(f.Revoke, call("removePassword"))
	}
	return f, nil
}
