// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/internal/signing"
	"github.com/appofapps/roster/manifest"
)

// checkDeclarations parses every scope that any manifest writes, where it is
// written, and collects what apps provide.
func checkDeclarations(v *validator) {
	root := v.registry.Root
	checkSyntax(v, root.File, "", root.Spec.Ceiling, root.Spec.Deny, root.Spec.SecretScopes, root.Spec.PrivilegedScopes)
	checkSnapshotKeys(v, root)
	for _, d := range v.registry.Domains {
		checkSyntax(v, d.File, "", d.Spec.Ceiling, d.Spec.Deny)
	}
	for _, t := range v.registry.Templates {
		checkSyntax(v, t.File, "", t.Spec.MustNever)
	}
	for _, w := range v.registry.Waivers {
		checkSyntax(v, w.File, "", w.Spec.Scopes)
	}
	for _, n := range v.registry.Nodes {
		if n.Environment != nil {
			checkSyntax(v, n.App.File, n.Path, n.Environment.Scopes)
			checkSource(v, n, n.Environment.Source)
			continue
		}
		spec := &n.App.Spec
		checkSyntax(v, n.App.File, n.Path, spec.Scopes, spec.Provides, spec.Ceiling, spec.Deny)
		checkSource(v, n, spec.Source)
		checkProvides(v, n)
	}
}

// checkSnapshotKeys objects to invalid public keys. Otherwise only a later plan from
// a snapshot would fail.
func checkSnapshotKeys(v *validator, root *manifest.Root) {
	for _, key := range root.Spec.SnapshotKeys {
		if err := signing.Check(key.Value); err != nil {
			v.object(root.File, key.Pos, finding.Finding{
				Rule:    RuleSnapshotKey,
				Message: err.Error(),
				Hint:    "copy the line that roster snapshot key prints",
			})
		}
	}
}

func checkSyntax(v *validator, file, node string, lists ...manifest.Strings) {
	for _, list := range lists {
		for _, text := range list {
			if _, err := v.tree.Parse(text.Value); err != nil {
				v.object(file, text.Pos, finding.Finding{
					Rule: RuleScopeSyntax, Node: node,
					Message: err.Error(),
					Hint:    "write resource:verb such as orders/carts:read,write",
				})
			}
		}
	}
}

// checkProvides objects to an app that provides what belongs to another domain:
// references would look resolved, although they are not.
func checkProvides(v *validator, n *manifest.Node) {
	for _, text := range n.App.Spec.Provides {
		set, err := v.tree.Parse(text.Value)
		if err != nil {
			continue
		}
		if domain := n.Domain.Meta.Name.Value; namespace(text.Value) != domain {
			v.object(n.App.File, text.Pos, finding.Finding{
				Rule: RuleForeignProvides, Node: n.Path,
				Message: n.Path + " provides " + finding.Quote(text.Value) + ", which is outside its domain",
				Hint:    "begin the scope with " + domain + "/",
			})
			continue
		}
		v.provided = v.provided.Or(set)
	}
}

// checkSource objects to a repository that the domain does not list.
func checkSource(v *validator, n *manifest.Node, source manifest.String) {
	if source.Value == "" {
		return
	}
	for _, sources := range v.sourcesOf(n.Domain) {
		if slices.ContainsFunc(sources.Values(), func(listed string) bool { return names.Source(listed) == names.Source(source.Value) }) {
			continue
		}
		v.object(n.App.File, source.Pos, finding.Finding{
			Rule: RuleSource, Node: n.Path,
			Message: "source " + finding.Quote(source.Value) + " may not register in domain " + n.Domain.Meta.Name.Value,
			Allowed: slices.Sorted(slices.Values(sources.Values())),
			Hint:    "ask the owner of the domain to add it to sources in " + n.Domain.File,
		})
		return
	}
}
