// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/plan"
)

// defaultOverlap is how long an old key stays valid where nothing is said: as long
// as GitHub may keep a secret of the repository in a run that is queued.
const defaultOverlap = 24 * time.Hour

// Targets returns the credentials that are to be renewed, by node and name: those
// that say how often. containers are the domains'.
func Targets(registrations []plan.Registration, containers map[string]string) ([]Target, error) {
	var list []Target
	for _, r := range registrations {
		for _, c := range r.Credentials {
			if c.Rotate == nil || c.Rotate.Every == "" {
				continue
			}
			t := Target{
				Container: containers[r.Domain], Partition: r.Partition(), Domain: r.Domain, Node: r.Path, Owner: r.Owner,
				ID: CredentialID(r, c.Name), Name: c.Name, Type: c.Type, Overlap: defaultOverlap, Sinks: c.Sinks,
				Application: applicationOf(r, c.Type),
			}
			var known bool
			if t.Every, known = manifest.Duration(c.Rotate.Every); !known {
				return nil, fmt.Errorf("credential %s of %s: %q is no time", c.Name, r.Path, c.Rotate.Every)
			}
			if c.Rotate.Overlap != "" {
				if t.Overlap, known = manifest.Duration(c.Rotate.Overlap); !known {
					return nil, fmt.Errorf("credential %s of %s: %q is no time", c.Name, r.Path, c.Rotate.Overlap)
				}
			}
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b Target) int { return strings.Compare(a.Node+"\x00"+a.Name, b.Node+"\x00"+b.Name) })
	return list, nil
}

// applicationOf returns the node's application at the provider of a type of
// credentials, "" if there is none.
func applicationOf(r plan.Registration, kind string) string {
	switch {
	case r.Identity == nil:
	case strings.HasPrefix(kind, "entra-") && r.Identity.Entra != nil:
		return r.Identity.Entra.Application
	case strings.HasPrefix(kind, "okta-") && r.Identity.Okta != nil:
		return r.Identity.Okta.Application
	}
	return ""
}

// Secretless says how to do without a credential of a type, "" if nothing better
// is known.
func Secretless(kind string) string {
	return map[string]string{ //nolint:gosec // advice, and no secret
		"entra-client-secret": "a federated credential of the application needs no secret",
		"okta-client-secret":  "private_key_jwt with a key in Key Vault needs no shared secret",
		"cosmos-key":          "a role on the data plane needs no key; then turn local authentication off",
		"self-issued-token":   "a service with workload identity needs no token",
	}[kind]
}
