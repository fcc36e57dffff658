// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/appofapps/roster/finding"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleUnknownPolicy   = "unknown-policy"
	ruleUnknownProvider = "unknown-provider"
	ruleUnknownNode     = "unknown-node"
	ruleSharedContainer = "shared-container"
)

// SystemContainer is kept for the registry's own documents; no domain may have it.
const SystemContainer = "roster"

// checkReferences objects to names that lead nowhere: policies, providers, the
// nodes of waivers, and containers that two domains claim.
func (r *resolver) checkReferences() {
	reg := r.registry
	r.checkPolicies(reg.Root.File, reg.Root.Spec.Policies)
	for _, name := range reg.Root.Spec.Propagate {
		r.checkProvider(reg.Root.File, name)
	}
	for _, d := range reg.Domains {
		r.checkPolicies(d.File, d.Spec.Policies)
	}
	for _, app := range r.apps {
		r.checkPolicies(app.File, app.Spec.Policies)
	}
	for _, n := range reg.Nodes {
		r.checkIssuers(n)
	}
	for _, w := range reg.Waivers {
		if target := w.Spec.For; target.Value != "" && reg.Node(target.Value) == nil {
			r.object(w.File, target.Pos, ruleUnknownNode,
				"waiver is for "+finding.Quote(target.Value)+", which is not a node of the tree", "write a path such as orders/checkout@prod")
		}
		r.checkPolicies(w.File, policyOf(w))
	}
	r.checkContainers()
}

func policyOf(w *Waiver) Strings {
	if w.Spec.Policy.Value == "" {
		return nil
	}
	return Strings{w.Spec.Policy}
}

func (r *resolver) checkPolicies(file string, names Strings) {
	for _, name := range names {
		if !r.hasTemplate(name.Value) {
			r.object(file, name.Pos, ruleUnknownPolicy,
				"policy "+finding.Quote(name.Value)+" is not declared", "declare it with kind: PolicyTemplate; roster policy list shows the built-in templates")
		}
	}
}

// checkIssuers objects to credentials of a node whose provider is not declared.
func (r *resolver) checkIssuers(n *Node) {
	if !n.Holder() {
		return
	}
	for _, c := range n.Credentials() {
		if c.Provider.Value != "" {
			r.checkProvider(n.App.File, c.Provider)
		}
	}
}

func (r *resolver) checkProvider(file string, name String) {
	if !r.hasProvider(name.Value) {
		r.object(file, name.Pos, ruleUnknownProvider,
			"provider "+finding.Quote(name.Value)+" is not declared", "declare it with kind: Provider")
	}
}

func (r *resolver) hasTemplate(name string) bool {
	_, found := slices.BinarySearchFunc(r.registry.Templates, name, func(t *PolicyTemplate, name string) int {
		return cmp.Compare(t.Meta.Name.Value, name)
	})
	return found
}

func (r *resolver) hasProvider(name string) bool {
	_, found := slices.BinarySearchFunc(r.registry.Providers, name, func(p *Provider, name string) int {
		return cmp.Compare(p.Meta.Name.Value, name)
	})
	return found
}

// checkContainers objects to a container that is the system's or another
// domain's: what commits in it would be owned twice.
func (r *resolver) checkContainers() {
	owner := map[string]*Domain{}
	for _, d := range r.registry.Domains {
		name := d.Container()
		at := d.Spec.Container.Pos
		if at.Line == 0 {
			at = d.Meta.Name.Pos
		}
		switch first := owner[name]; {
		case name == SystemContainer:
			r.object(d.File, at, ruleSharedContainer, "container "+finding.Quote(name)+" is reserved for the registry",
				"name another one in spec.container")
		case first != nil:
			r.object(d.File, at, ruleSharedContainer,
				fmt.Sprintf("container %s already belongs to domain %s, %s", finding.Quote(name), first.Meta.Name.Value, first.File),
				"give each domain its own container")
		default:
			owner[name] = d
		}
	}
}
