// SPDX-License-Identifier: Apache-2.0

// Package grant says what nodes should hold at providers: which native roles the
// maps of a registry's providers give for the scopes that a node declares. Start
// with MapsOf. It is pure: it reads no file and contacts no provider, so it says
// what should be, never what is.
package grant

import (
	"cmp"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
)

// Role is a native role at one provider.
type Role struct {
	Provider              string // name of its manifest
	Type, Tenant, Account string // of the provider; tenants and accounts as they are compared, in lower case
	Native                string // as the provider names the role
}

// String names the role for people.
func (r Role) String() string { return r.Provider + ": " + r.Native }

// Compare orders roles by provider and native name.
func (r Role) Compare(other Role) int {
	return cmp.Or(
		cmp.Compare(r.Provider, other.Provider), cmp.Compare(r.Native, other.Native), cmp.Compare(r.Type, other.Type),
		cmp.Compare(r.Tenant, other.Tenant), cmp.Compare(r.Account, other.Account),
	)
}

// Mapping is one entry of a provider's maps: it gives the role to every
// holder of a scope that overlaps the pattern.
type Mapping struct {
	Role
	Pattern string
	Excess  []string // scopes that the provider's roles may give beyond what is declared
	File    string   // of the provider's manifest
	At      manifest.Pos

	set access.Set // of Pattern
}

// Maps is the mappings of all providers that a registry propagates to.
type Maps []Mapping

// MapsOf returns the maps of a registry, in the order of its manifests. Patterns
// that cannot be parsed, which validation refuses, give nothing.
func MapsOf(registry *manifest.Registry, tree *bounds.Tree) Maps {
	var all Maps
	for _, p := range registry.Providers {
		if !registry.Root.Spec.Propagate.Contains(p.Meta.Name.Value) {
			continue
		}
		role := Role{
			Provider: p.Meta.Name.Value, Type: p.Spec.Type.Value,
			Tenant: strings.ToLower(p.Spec.Tenant.Value), Account: strings.ToLower(p.Spec.Account.Value),
		}
		for _, entry := range p.Spec.Maps {
			set, err := tree.Parse(entry.Key.Value)
			if err != nil {
				continue
			}
			role.Native = entry.Value.Value
			all = append(all, Mapping{Role: role, Pattern: entry.Key.Value, Excess: p.Spec.Excess.Values(), File: p.File, At: entry.Key.Pos, set: set})
		}
	}
	return all
}

// Equal reports whether two maps have the same patterns and roles in the same
// order.
func (m Maps) Equal(other Maps) bool {
	if len(m) != len(other) {
		return false
	}
	for i := range m {
		if m[i].Role != other[i].Role || m[i].Pattern != other[i].Pattern {
			return false
		}
	}
	return true
}
