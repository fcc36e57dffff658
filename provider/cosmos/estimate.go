// SPDX-License-Identifier: Apache-2.0

package cosmos

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/appofapps/roster/internal/cloud/azure"
	"github.com/appofapps/roster/rotate"
)

var _ rotate.SourceEstimator = Source{}

// permissionsVersion is of Microsoft.Authorization: "Permissions - List For Resource".
const permissionsVersion = "2022-04-01"

// permission is what an identity may do at a scope: actions with stars, less others.
type permission struct {
	Actions    []string `json:"actions"`
	NotActions []string `json:"notActions"`
}

// Estimate returns the calls and permissions that a renewal needs. Azure reports the
// permissions of this run on the account.
func (s Source) Estimate(ctx context.Context, t rotate.Target, old []string) (rotate.Estimate, error) {
	var f rotate.Estimate
	path, a, err := s.read(ctx, t)
	if err != nil {
		return f, err
	}
	regenerate := rotate.Call{Method: http.MethodPost, URL: s.ARM.URL(path + "/regenerateKey")}
	f.Create = []rotate.Call{regenerate}
	f.Verify = []rotate.Call{{Method: http.MethodPost, URL: strings.TrimSuffix(a.Properties.Endpoint, "/") + "/dbs"}}
	for range old {
		f.Revoke = append(f.Revoke, regenerate)
	}
	f.Needs = s.needs(ctx, path, t.Type)
	return f, nil
}

// needs returns the actions that a rotation uses, and whether they are granted.
func (s Source) needs(ctx context.Context, path, kind string) []rotate.Need {
	list := "listKeys"
	if kind == TypeReadOnly {
		list = "readonlykeys"
	}
	held, err := azure.List[permission](ctx, s.ARM, path+"/providers/Microsoft.Authorization/permissions", url.Values{"api-version": {permissionsVersion}})
	var needs []rotate.Need
	for _, action := range []string{"read", "regenerateKey/action", list + "/action"} {
		n := rotate.Need{Permission: "Microsoft.DocumentDB/databaseAccounts/" + action, Granted: rotate.Unknown}
		if err == nil {
			n.Granted = rotate.GrantedIf(allowed(held, n.Permission))
		}
		n.Permission += " on " + path[strings.LastIndex(path, "/")+1:]
		needs = append(needs, n)
	}
	return needs
}

// allowed reports whether one of the permissions has the action and does not take it
// away ("Understand Azure role definitions", Actions and NotActions).
func allowed(held []permission, action string) bool {
	for _, p := range held {
		if matches(p.Actions, action) && !matches(p.NotActions, action) {
			return true
		}
	}
	return false
}

func matches(patterns []string, action string) bool {
	for _, p := range patterns {
		text := "(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(p), `\*`, ".*") + "$"
		if regexp.MustCompile(text).MatchString(action) {
			return true
		}
	}
	return false
}
