// SPDX-License-Identifier: Apache-2.0

// Package provider describes, as data, the systems in which access is granted and
// credentials are issued: how manifests name them, and what their credentials are
// known by. Each system has one folder below this one, which returns its
// Descriptor; internal/wire collects them in a Set. Start with Set.
//
// Code that needs to know something about a system asks the Set, so that no other
// package has to spell a system's name. A Set contacts nobody.
package provider

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// Descriptor is what manifests can say about one system.
type Descriptor struct {
	Type        string       // spec.type of its providers; "" if no manifest declares any
	Namespaces  []string     // first segments of its scopes
	Identity    string       // field of a node's identity that names the node's application there; "" if no field does
	Credentials []Credential // the types of credentials that it issues

	// ByName reports whether a text names an application in a way that several can share,
	// and is not its id. nil: no application has a name.
	ByName func(application string) bool

	// Words says which scopes a native role gives, as maps of providers name it, at an
	// account; known is false for a role that only its own system knows. nil: none.
	Words func(account, native string) (scopes []string, known bool)
}

// Credential is one type of credentials of a system.
type Credential struct {
	Type       string // as manifests write it
	KeyedBy    []Part // what tells its keys apart; nil if each key has a marker
	Opens      []Part // what it opens for whoever has it, from the widest to the narrowest; nil: its node alone
	Words      string // the scope that the key of an account opens, with {account} for the account's name; "" for another credential
	Secretless string // how to do without it, as advice to a person; "" if nothing better is known
}

// Part is one part of what tells the keys of a system apart that keeps no markers.
type Part int

// The parts. Tenants and accounts are compared without case, as host names, GUIDs
// and resource ids are.
const (
	ByTenant      Part = iota // of the provider
	ByAccount                 // of the provider
	ByApplication             // of the node
)

// Set is the systems that a program knows. The zero value knows none.
type Set []Descriptor

// Words says which scopes a native role of a type of providers gives.
func (s Set) Words(kind, account, native string) (scopes []string, known bool) {
	for _, d := range s {
		if d.Type == kind && d.Words != nil {
			return d.Words(account, native)
		}
	}
	return nil, false
}

// Types returns the types of providers that manifests can declare, sorted.
func (s Set) Types() []string {
	return s.collect(func(d Descriptor) []string { return []string{d.Type} })
}

// Namespaces returns the first segments of scopes that belong to systems, sorted.
func (s Set) Namespaces() []string {
	return s.collect(func(d Descriptor) []string { return d.Namespaces })
}

// CredentialTypes returns the types of credentials that the systems issue, sorted.
func (s Set) CredentialTypes() []string {
	return s.collect(func(d Descriptor) []string {
		types := make([]string, len(d.Credentials))
		for i, c := range d.Credentials {
			types[i] = c.Type
		}
		return types
	})
}

// collect returns the names that descriptors have, sorted, each once.
func (s Set) collect(names func(Descriptor) []string) []string {
	var all []string
	for _, d := range s {
		all = append(all, names(d)...)
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(name string) bool { return name == "" })
}

// issuer returns the system that issues a type of credentials.
func (s Set) issuer(credential string) (d Descriptor, c Credential, known bool) {
	for _, d := range s {
		for _, c := range d.Credentials {
			if c.Type == credential {
				return d, c, true
			}
		}
	}
	return d, c, false
}

// Issue is how one credential of a node is issued.
type Issue struct {
	Known       bool               // some system issues credentials of its type
	Provider    *manifest.Provider // nil if none is declared for it, or more than one
	Application string             // the node's application at the provider; "" if it has none
	ByName      bool               // Application is a name that another application can have too
	Key         string             // equal for two credentials that are the same key; "" if that cannot be
	Opened      Opened             // what it opens
	Secretless  string             // how to do without it; "" if nothing better is known
}

// Opened is what a credential opens for whoever has it: an application, an account,
// or its node where both are empty.
type Opened struct {
	System      string // field of a node's identity that names the application, or the type of an account's provider
	Tenant      string // of the application, as it is compared; "" if no provider is declared
	Application string
	Account     string // as it is compared
	Scope       string // all that the key of an account opens
}

// Issue returns how credential c of node r is issued, where a registry declares
// these providers.
func (s Set) Issue(r registration.Record, c registration.Credential, declared []*manifest.Provider) Issue {
	d, kind, known := s.issuer(c.Type)
	i := Issue{Known: known, Provider: declaredFor(c, d.Type, declared), Secretless: kind.Secretless}
	if r.Identity != nil {
		i.Application = r.Identity.Application(d.Identity)
	}
	i.ByName = i.Application != "" && d.ByName != nil && d.ByName(i.Application)
	i.Key, i.Opened = i.key(kind), i.opened(d, kind)
	return i
}

// opened returns what a credential opens, as far as the manifests tell.
func (i Issue) opened(d Descriptor, c Credential) Opened {
	var o Opened
	for _, part := range c.Opens {
		switch part {
		case ByTenant:
			o.Tenant = i.part(part)
		case ByApplication:
			o.System, o.Application = d.Identity, i.part(part)
		case ByAccount:
			o.System, o.Account = d.Type, i.part(part)
			if o.Account != "" {
				o.Scope = strings.ReplaceAll(c.Words, "{account}", path.Base(o.Account))
			}
		}
	}
	return o
}

// declaredFor returns the provider that a credential names or, if it names none,
// the only one of a type.
func declaredFor(c registration.Credential, of string, declared []*manifest.Provider) *manifest.Provider {
	var fitting *manifest.Provider
	for _, p := range declared {
		named := c.Provider == p.Meta.Name.Value
		if !named && (c.Provider != "" || of == "" || p.Spec.Type.Value != of) {
			continue
		}
		if fitting != nil {
			return nil
		}
		fitting = p
	}
	return fitting
}

// key identifies the key of a credential by its type and parts. The last part is
// the narrowest: without it, nothing is known that could be shared.
func (i Issue) key(c Credential) string {
	parts, last := []string{fmt.Sprintf("%q", c.Type)}, ""
	for _, part := range c.KeyedBy {
		last = i.part(part)
		parts = append(parts, fmt.Sprintf("%q", last))
	}
	if last == "" {
		return ""
	}
	return strings.Join(parts, " ")
}

func (i Issue) part(p Part) string {
	switch {
	case p == ByApplication:
		return names.Application(i.Application)
	case i.Provider == nil:
		return ""
	case p == ByAccount:
		return names.Resource(i.Provider.Spec.Account.Value)
	default:
		return names.Host(i.Provider.Spec.Tenant.Value) // a GUID or a host name
	}
}
