// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/provider"
	"github.com/appofapps/roster/registration"
)

// owner is a renewed credential and its node.
type owner struct {
	node       *manifest.Node
	credential *manifest.Credential
}

func (o owner) String() string {
	return fmt.Sprintf("%s of %s", finding.Quote(o.credential.Name.Value), o.node.Path)
}

// checkSharedKeys objects to each renewed credential that is the same key at its
// provider as another renewed one.
func checkSharedKeys(v *validator) {
	owners := map[string][]owner{}
	eachRenewed(v, func(o owner, issue provider.Issue) {
		if issue.Key != "" {
			owners[issue.Key] = append(owners[issue.Key], o)
		}
	})
	for _, list := range owners {
		if len(list) == 1 {
			continue
		}
		for i, o := range list {
			objectSharedKey(v, o, slices.Concat(list[:i], list[i+1:]))
		}
	}
}

func objectSharedKey(v *validator, o owner, others []owner) {
	names := make([]string, len(others))
	for i, other := range others {
		names[i] = other.String()
	}
	slices.Sort(names)
	v.object(o.node.App.File, o.credential.Name.Pos, finding.Finding{
		Rule: RuleSharedKey, Node: o.node.Path,
		Message: fmt.Sprintf("credential %s is the same key at its provider as %s: renewing one revokes the other", o, shorten(names)),
		Hint:    "renew it in one place and deliver it to all sinks, or give each node its own application or account",
	})
}

// renewed reports whether a credential has a schedule.
func renewed(c manifest.Credential) bool { return !c.Rotate.Every.IsZero() }

// eachRenewed visits each credential that has a schedule, with how it is issued.
func eachRenewed(v *validator, visit func(o owner, issue provider.Issue)) {
	for _, n := range v.registry.Nodes {
		credentials := n.Credentials()
		if !n.Holder() || !slices.ContainsFunc(credentials, renewed) {
			continue
		}
		r := registration.Of(n)
		for i := range credentials {
			c := &credentials[i]
			at := slices.IndexFunc(r.Credentials, func(of registration.Credential) bool { return of.Name == c.Name.Value })
			if at >= 0 && renewed(*c) {
				visit(owner{n, c}, v.config.Systems.Issue(r, r.Credentials[at], v.registry.Providers))
			}
		}
	}
}
