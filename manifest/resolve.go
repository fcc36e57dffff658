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
	ruleDuplicateName = "duplicate-name"
	ruleSecondRoot    = "second-root"
)

// resolver joins manifests into a tree. Apps whose place cannot be found are
// reported and left out; everything else goes on.
type resolver struct {
	registry *Registry
	apps     []*App // sorted by file
	builtIn  func() []*PolicyTemplate
	findings []finding.Finding
}

func resolve(root *Root, all []loaded, builtIn func() []*PolicyTemplate) (*Registry, []finding.Finding) {
	r := &resolver{registry: &Registry{Root: root}, builtIn: builtIn}
	for _, f := range all {
		r.add(f)
	}
	r.sortLists()
	r.addBuiltIn()
	r.buildTree()
	r.expandEnvironments()
	r.checkLists()
	r.checkReferences()
	return r.registry, r.findings
}

func (r *resolver) object(file string, at Pos, rule, message, hint string) {
	r.findings = append(r.findings, finding.Finding{
		Rule: rule, Severity: finding.Error, File: file, Line: int(at.Line), Column: int(at.Column),
		Message: message, Hint: hint,
	})
}

func (r *resolver) add(f loaded) {
	r.registry.Files = append(r.registry.Files, f.file)
	switch v := f.value.(type) {
	case nil: // unreadable, which is reported
	case *Root:
		if v != r.registry.Root {
			r.object(v.File, v.Meta.Name.Pos, ruleSecondRoot, "registry has a second Root", "keep the one in "+RootFile)
		}
	case *Domain:
		r.registry.Domains = append(r.registry.Domains, v)
	case *App:
		r.apps = append(r.apps, v)
	case *PolicyTemplate:
		r.registry.Templates = append(r.registry.Templates, v)
	case *Provider:
		r.registry.Providers = append(r.registry.Providers, v)
	case *Waiver:
		r.registry.Waivers = append(r.registry.Waivers, v)
	default:
		panic(fmt.Sprintf("manifest: no list of the registry for %T", v)) // a test adds one of each kind
	}
}

func (r *resolver) sortLists() {
	slices.SortFunc(r.registry.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(r.apps, func(a, b *App) int { return cmp.Compare(a.File, b.File) })
	reg := r.registry
	reg.Domains = unique(r, "domain", reg.Domains, func(v *Domain) declared { return declared{v.File, v.Meta.Name} })
	reg.Templates = unique(r, "policy template", reg.Templates, func(v *PolicyTemplate) declared { return declared{v.File, v.Meta.Name} })
	reg.Providers = unique(r, "provider", reg.Providers, func(v *Provider) declared { return declared{v.File, v.Meta.Name} })
	reg.Waivers = unique(r, "waiver", reg.Waivers, func(v *Waiver) declared { return declared{v.File, v.Meta.Name} })
}

// unique sorts manifests by name and file, and reports and drops all but the
// first of a name.
func unique[T any](r *resolver, what string, list []T, key func(T) declared) []T {
	slices.SortFunc(list, func(a, b T) int {
		x, y := key(a), key(b)
		return cmp.Or(cmp.Compare(x.name.Value, y.name.Value), cmp.Compare(x.file, y.file))
	})
	var kept []T
	for _, next := range list {
		if len(kept) > 0 {
			again, first := key(next), key(kept[len(kept)-1])
			if again.name.Value == first.name.Value && again.name.Value != "" { // the schema reports an absent name
				r.twice(what, again, first)
				continue
			}
		}
		kept = append(kept, next)
	}
	return kept
}

// declared is a name, and the file that declares it.
type declared struct {
	file string
	name String
}

func (r *resolver) twice(what string, again, first declared) {
	r.object(again.file, again.name.Pos, ruleDuplicateName,
		fmt.Sprintf("%s %s is declared twice, first in %s:%d", what, finding.Quote(again.name.Value), first.file, first.name.Pos.Line),
		"give it another name or remove one")
}

func (r *resolver) expandEnvironments() {
	apps := r.registry.Nodes
	nodes := make([]*Node, 0, 3*len(apps))
	for _, app := range apps {
		nodes = append(nodes, app)
		environments := app.App.Spec.Environments
		for i := range environments {
			env := &environments[i]
			if !CheckName(env.Name.Value) {
				r.object(app.App.File, env.Name.Pos, ruleName,
					"environment "+finding.Quote(env.Name.Value)+" is not a name", "use "+NameRule)
				continue
			}
			nodes = append(nodes, &Node{
				Path: app.Path + "@" + env.Name.Value, App: app.App, Domain: app.Domain, Parent: app, Environment: env,
			})
		}
	}
	slices.SortFunc(nodes, func(a, b *Node) int { return cmp.Compare(a.Path, b.Path) })
	r.registry.Nodes = nodes
}
