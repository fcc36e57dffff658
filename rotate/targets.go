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
func Targets(registrations []plan.Registration, containers map[string]string, providers []*manifest.Provider) ([]Target, error) {
	var list []Target
	for _, r := range registrations {
		for _, c := range r.Credentials {
			if c.Rotate == nil || c.Rotate.Every == "" {
				continue
			}
			t := Target{
				Container: containers[r.Domain], Partition: r.Partition(), Domain: r.Domain, Node: r.Path, Owner: r.Owner,
				ID: CredentialID(r, c.Name), Name: c.Name, Type: c.Type, Sinks: c.Sinks, Consumers: c.Rotate.Consumers,
				Application: applicationOf(r, c.Type), Provider: providerOf(c, providers),
			}
			if err := t.times(*c.Rotate); err != nil {
				return nil, fmt.Errorf("credential %s of %s: %w", c.Name, r.Path, err)
			}
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b Target) int { return strings.Compare(a.String(), b.String()) })
	shared(list)
	return list, nil
}

// String names a credential as its node and its name.
func (t Target) String() string { return t.Node + " " + t.Name }

// times reads how often and how long.
func (t *Target) times(r plan.Rotation) error {
	t.Overlap = defaultOverlap
	for _, field := range []struct {
		text string
		into *time.Duration
	}{{r.Every, &t.Every}, {r.Overlap, &t.Overlap}, {r.AckTimeout, &t.AckTimeout}} {
		if field.text == "" {
			continue
		}
		d, known := manifest.Duration(field.text)
		if !known {
			return fmt.Errorf("%q is no time", field.text)
		}
		*field.into = d
	}
	return nil
}

// providerOf returns the provider that a credential names or, if it names none, the
// only one of the kind that issues its type.
func providerOf(c plan.Credential, providers []*manifest.Provider) Provider {
	var fitting []*manifest.Provider
	kind, _, _ := strings.Cut(c.Type, "-")
	for _, p := range providers {
		if c.Provider == p.Meta.Name.Value || c.Provider == "" && p.Spec.Type.Value == kind {
			fitting = append(fitting, p)
		}
	}
	if len(fitting) != 1 {
		return Provider{}
	}
	spec := fitting[0].Spec
	return Provider{
		Name: fitting[0].Meta.Name.Value, Type: spec.Type.Value, Tenant: spec.Tenant.Value, Account: spec.Account.Value,
		Client: spec.Client.Value, Key: spec.Key.Value,
	}
}

// shared finds credentials that are one and the same key where a provider keeps no
// marker that would tell them apart: each of them would end what the other serves.
func shared(list []Target) {
	first := map[string]int{}
	for i, t := range list {
		var key string
		switch kind, _, _ := strings.Cut(t.Type, "-"); {
		case kind == "okta" && t.Application != "":
			key = fmt.Sprintf("%q %q %q", t.Type, t.Provider.Tenant, t.Application)
		case kind == "cosmos" && t.Provider.Account != "":
			key = fmt.Sprintf("%q %q", t.Type, strings.ToLower(t.Provider.Account))
		default: // told apart by a marker, or nothing is known that could be shared
			continue
		}
		at, there := first[key]
		if !there {
			first[key] = i
			continue
		}
		list[i].Shared = list[at].String()
		if list[at].Shared == "" {
			list[at].Shared = t.String()
		}
	}
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
		"cosmos-readonly-key": "a role on the data plane needs no key; then turn local authentication off",
		"self-issued-token":   "a service with workload identity needs no token",
	}[kind]
}
