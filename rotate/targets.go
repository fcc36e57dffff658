// SPDX-License-Identifier: Apache-2.0

package rotate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/provider"
	"github.com/appofapps/roster/registration"
)

// defaultOverlap is how long an old key stays valid where nothing is said: as long
// as GitHub may keep a secret of the repository in a run that is queued.
const defaultOverlap = 24 * time.Hour

// Targets returns the credentials of nodes that declare how often they are renewed,
// sorted by node and name. systems say how each is issued; containers are the
// domains', by name; declared are the registry's providers; folder is the registry's.
func Targets(systems provider.Set, nodes []registration.Record, containers map[string]string, declared []*manifest.Provider, folder string) ([]Target, error) {
	var list []Target
	served := servedBy(nodes, folder)
	for _, r := range nodes {
		for _, c := range r.Credentials {
			if c.Rotate == nil || c.Rotate.Every.IsZero() {
				continue
			}
			issue := systems.Issue(r, c, declared)
			t := Target{
				Container: containers[r.Domain], Partition: r.Partition(), Domain: r.Domain, Node: r.Path, Owner: r.Owner,
				ID: credentialID(r, c.Name), Name: c.Name, Type: c.Type, Sinks: c.Sinks, Consumers: c.Rotate.Consumers,
				Application: issue.Application, Provider: providerOf(issue.Provider), Secretless: issue.Secretless, key: issue.Key,
			}
			t.Overwrites = overwrites(t, served, folder)
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

// times sets how often and how long. An absent field has its default.
func (t *Target) times(r registration.Rotation) error {
	t.Overlap = defaultOverlap
	for _, field := range []struct {
		declared manifest.Duration
		into     *time.Duration
	}{{r.Every, &t.Every}, {r.Overlap, &t.Overlap}, {r.AckTimeout, &t.AckTimeout}} {
		switch {
		case field.declared.IsZero():
		case !field.declared.Set:
			return fmt.Errorf("%q is not a duration; write for example 30d", field.declared.Text)
		default:
			*field.into = field.declared.Length
		}
	}
	return nil
}

// providerOf returns what a manifest says about a provider.
func providerOf(p *manifest.Provider) Provider {
	if p == nil {
		return Provider{}
	}
	spec := p.Spec
	return Provider{
		Name: p.Meta.Name.Value, Type: spec.Type.Value, Tenant: spec.Tenant.Value, Account: spec.Account.Value,
		Client: spec.Client.Value, Key: spec.Key.Value,
	}
}

// servedBy returns the credentials that each place serves, renewed or not.
func servedBy(nodes []registration.Record, folder string) map[registration.Sink][]string {
	served := map[registration.Sink][]string{}
	for _, r := range nodes {
		for _, c := range r.Credentials {
			for _, s := range c.Sinks {
				place := s.Place(folder)
				served[place] = append(served[place], r.Path+" "+c.Name)
			}
		}
	}
	return served
}

// overwrites returns another credential that is delivered to a place of t, "" if
// there is none.
func overwrites(t Target, served map[registration.Sink][]string, folder string) string {
	for _, s := range t.Sinks {
		for _, other := range served[s.Place(folder)] {
			if other != t.String() {
				return other
			}
		}
	}
	return ""
}

// conflict says why a credential cannot be renewed beside the others of the
// registry, "" if it can.
func (t Target) conflict() string {
	switch {
	case t.Shared != "":
		return fmt.Sprintf("it is the same key at the provider as %s; each renewal would revoke the other's key", t.Shared)
	case t.Overwrites != "":
		return fmt.Sprintf("it is delivered to the same place as %s; each renewal would overwrite the other's value", t.Overwrites)
	}
	return ""
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
