// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"slices"

	"github.com/appofapps/roster/provider"
	"github.com/appofapps/roster/provider/azure"
	"github.com/appofapps/roster/provider/cosmos"
	"github.com/appofapps/roster/provider/entra"
	"github.com/appofapps/roster/provider/github"
	"github.com/appofapps/roster/provider/okta"
	"github.com/appofapps/roster/provider/token"
	"github.com/appofapps/roster/rotate"
)

// system is one system of the program: what manifests can say about it, and what
// opens its source of credentials.
type system struct {
	provider.Descriptor
	source func(*Rotations, rotate.Target) (rotate.Source, error) // nil if it issues none
}

// systems returns all systems of the program. A new one is a folder below provider
// and a line here.
func systems() []system {
	return []system{
		{azure.Descriptor(), nil},
		{cosmos.Descriptor(), (*Rotations).cosmosKey},
		{entra.Descriptor(), (*Rotations).entra},
		{github.Descriptor(), nil},
		{okta.Descriptor(), (*Rotations).okta},
		{token.Descriptor(), (*Rotations).token},
	}
}

// Systems returns the descriptors of all systems of the program.
func Systems() provider.Set {
	var set provider.Set
	for _, s := range systems() {
		set = append(set, s.Descriptor)
	}
	return set
}

// issues reports whether the system issues a type of credentials.
func (s system) issues(credential string) bool {
	return slices.ContainsFunc(s.Credentials, func(c provider.Credential) bool { return c.Type == credential })
}
