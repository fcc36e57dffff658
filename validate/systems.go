// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkSystems objects to domains that take a system's name, and to credentials
// that no system renews.
func checkSystems(v *validator) {
	namespaces, types := v.config.Systems.Namespaces(), v.config.Systems.CredentialTypes()
	for _, d := range v.registry.Domains {
		checkDomainName(v, d, namespaces)
	}
	for _, n := range v.registry.Nodes {
		declared := n.App.Spec.Credentials
		if n.Environment != nil {
			declared = n.Environment.Credentials
		}
		for _, c := range declared {
			checkType(v, n, c, types)
		}
	}
}

// checkDomainName objects to a domain with the name of a provider or of its
// namespace: a scope could then mean either, and the domain's owner would answer
// for the provider's.
func checkDomainName(v *validator, d *manifest.Domain, namespaces []string) {
	name := d.Meta.Name
	message := "domain " + finding.Quote(name.Value)
	at := slices.IndexFunc(v.registry.Providers, func(p *manifest.Provider) bool { return p.Meta.Name.Value == name.Value })
	switch {
	case slices.Contains(namespaces, name.Value):
		message += " has the name of a provider's namespace"
	case at >= 0:
		p := v.registry.Providers[at]
		message += fmt.Sprintf(" has the name of the provider at %s:%d", p.File, p.Meta.Name.Pos.Line)
	default:
		return
	}
	v.object(d.File, name.Pos, finding.Finding{
		Rule: RuleNamespaceDomain, Message: message,
		Hint: "rename the domain: scopes that begin with " + finding.Quote(name.Value) + " belong to the provider",
	})
}

// checkType objects to a credential that is to be renewed and is of a type that no
// system issues. A credential without a schedule may be of any type: something else
// renews it.
func checkType(v *validator, n *manifest.Node, c manifest.Credential, types []string) {
	if !renewed(c) || slices.Contains(types, c.Type.Value) {
		return
	}
	hint := "correct the type, or remove rotate if something else renews the credential"
	if meant := finding.Nearest(c.Type.Value, types); meant != "" {
		hint = "did you mean " + meant + "?"
	}
	v.object(n.App.File, c.Type.Pos, finding.Finding{
		Rule: RuleUnknownCredentialType, Node: n.Path,
		Message: fmt.Sprintf("credential %s cannot be renewed: its type %s is unknown", finding.Quote(c.Name.Value), finding.Quote(c.Type.Value)),
		Allowed: types, Hint: hint,
	})
}
