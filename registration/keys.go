// SPDX-License-Identifier: Apache-2.0

package registration

import (
	"fmt"
	"strings"

	"github.com/appofapps/roster/manifest"
)

// ProviderOf returns the provider that a credential names or, if it names none, the
// only one of the kind that issues its type; nil if there is none, or more.
func ProviderOf(c Credential, providers []*manifest.Provider) *manifest.Provider {
	var fitting *manifest.Provider
	kind, _, _ := strings.Cut(c.Type, "-")
	for _, p := range providers {
		if c.Provider != p.Meta.Name.Value && (c.Provider != "" || p.Spec.Type.Value != kind) {
			continue
		}
		if fitting != nil {
			return nil
		}
		fitting = p
	}
	return fitting
}

// Application returns the node's application at the provider of a type of
// credentials, "" if there is none.
func (r Record) Application(kind string) string {
	switch {
	case r.Identity == nil:
	case strings.HasPrefix(kind, "entra-") && r.Identity.Entra != nil:
		return r.Identity.Entra.Application
	case strings.HasPrefix(kind, "okta-") && r.Identity.Okta != nil:
		return r.Identity.Okta.Application
	}
	return ""
}

// KeyAt names the key that a node's credential is at its provider, where the provider
// keeps no marker that tells keys apart: credentials of which it is the same are one
// key, and each would end what the other one serves. It is "" where there is a marker,
// or nothing is known that could be shared.
func (r Record) KeyAt(c Credential, providers []*manifest.Provider) string {
	p, application := ProviderOf(c, providers), r.Application(c.Type)
	switch kind, _, _ := strings.Cut(c.Type, "-"); {
	case kind == "okta" && application != "":
		tenant := ""
		if p != nil {
			tenant = p.Spec.Tenant.Value
		}
		return fmt.Sprintf("%q %q %q", c.Type, tenant, application)
	case kind == "cosmos" && p != nil && p.Spec.Account.Value != "":
		return fmt.Sprintf("%q %q", c.Type, strings.ToLower(p.Spec.Account.Value))
	}
	return ""
}
