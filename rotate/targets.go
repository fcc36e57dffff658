// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// defaultOverlap is how long an old key stays valid where nothing is said: as long
// as GitHub may keep a secret of the repository in a run that is queued.
const defaultOverlap = 24 * time.Hour

// Targets returns the credentials that are to be renewed, by node and name: those
// that say how often. containers are the domains'.
func Targets(registrations []registration.Record, containers map[string]string, providers []*manifest.Provider) ([]Target, error) {
	var list []Target
	for _, r := range registrations {
		for _, c := range r.Credentials {
			if c.Rotate == nil || c.Rotate.Every == "" {
				continue
			}
			t := Target{
				Container: containers[r.Domain], Partition: r.Partition(), Domain: r.Domain, Node: r.Path, Owner: r.Owner,
				ID: CredentialID(r, c.Name), Name: c.Name, Type: c.Type, Sinks: c.Sinks, Consumers: c.Rotate.Consumers,
				Application: r.Application(c.Type), Provider: providerOf(c, providers), key: r.KeyAt(c, providers),
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
func (t *Target) times(r registration.Rotation) error {
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

// providerOf is what a manifest says of a credential's provider.
func providerOf(c registration.Credential, providers []*manifest.Provider) Provider {
	p := registration.ProviderOf(c, providers)
	if p == nil {
		return Provider{}
	}
	spec := p.Spec
	return Provider{
		Name: p.Meta.Name.Value, Type: spec.Type.Value, Tenant: spec.Tenant.Value, Account: spec.Account.Value,
		Client: spec.Client.Value, Key: spec.Key.Value,
	}
}

// shared finds credentials that are one and the same key at their provider.
func shared(list []Target) {
	first := map[string]int{}
	for i, t := range list {
		at, there := first[t.key]
		switch {
		case t.key == "":
		case !there:
			first[t.key] = i
		default:
			list[i].Shared = list[at].String()
			if list[at].Shared == "" {
				list[at].Shared = t.String()
			}
		}
	}
}

// Secretless says how to do without a credential of a type, "" if nothing better is
// known: "Workload identity federation" and "Managed identities" of Microsoft Entra,
// Okta's "Client authentication methods", and "Connect to Azure Cosmos DB for NoSQL using
// role-based access control".
func Secretless(kind string) string {
	const role = "a role on the data plane needs no key: az cosmosdb sql role assignment create, then disableLocalAuth on the account"
	return map[string]string{ //nolint:gosec // advice, and no secret
		"entra-client-secret": "a federated credential of the application needs no secret: az ad app federated-credential create, or a managed identity",
		"okta-client-secret":  "private_key_jwt needs no shared secret: a key in Key Vault, its public half with the application, and its client authentication set to public key",
		"cosmos-key":          role,
		"cosmos-readonly-key": role,
		"self-issued-token":   "a service with workload identity needs no token: have it show its own, and the other side verify that",
	}[kind]
}
