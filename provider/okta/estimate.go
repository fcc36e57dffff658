// SPDX-License-Identifier: Apache-2.0

package okta

import (
	"context"
	"errors"
	"net/http"
	"slices"

	oktaclient "github.com/appofapps/roster/internal/cloud/okta"
	"github.com/appofapps/roster/internal/cloud/rest"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SourceEstimator = Source{}

// grantedBy reports whether the scope is granted: Okta issues no token without it.
func grantedBy(granted, refused bool) rotate.Granted {
	if granted || refused {
		return rotate.GrantedIf(granted)
	}
	return rotate.Unknown
}

// Estimate returns the calls and permissions that a renewal needs, and whether there
// is room for another secret.
func (s Source) Estimate(ctx context.Context, t rotate.Target, old []string) (rotate.Estimate, error) {
	call := func(method, path string) rotate.Call { return rotate.Call{Method: method, URL: s.Client.URL(path)} }
	f := rotate.Estimate{Needs: []rotate.Need{
		{Permission: "scope " + Scope + " in Okta", Granted: rotate.Unknown},
		{Permission: "an admin role in Okta that manages application " + t.Application, Granted: rotate.Unknown},
	}}
	a, list, err := s.secrets(ctx, t)
	refused, isRefusal := errors.AsType[*rest.Error](err)
	f.Needs[0].Granted = grantedBy(err == nil || isRefusal && refused.Status == http.StatusForbidden, isRefusal && refused.Code == "invalid_scope")
	if err != nil {
		return f, err
	}
	f.Create = []rotate.Call{call(http.MethodPost, below(a, ""))}
	f.Verify = []rotate.Call{call(http.MethodPost, oktaclient.PathIntrospect)}
	for _, known := range list {
		if !slices.Contains(old, known.ID) {
			continue
		}
		if known.Status != inactive {
			f.Revoke = append(f.Revoke, call(http.MethodPost, below(a, "/"+known.ID+"/lifecycle/deactivate")))
		}
		f.Revoke = append(f.Revoke, call(http.MethodDelete, below(a, "/"+known.ID)))
	}
	if len(list) >= mostSecrets {
		f.Full = full(a, list, old).Error()
	}
	return f, nil
}
