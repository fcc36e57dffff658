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
	r.placeApps()
	r.expandEnvironments()
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
	}
}

func (r *resolver) sortLists() {
	slices.SortFunc(r.registry.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortFunc(r.apps, func(a, b *App) int { return cmp.Compare(a.File, b.File) })
	reg := r.registry
	reg.Domains = unique(r, "domain", reg.Domains, func(v *Domain) (string, String) { return v.File, v.Meta.Name })
	reg.Templates = unique(r, "policy template", reg.Templates, func(v *PolicyTemplate) (string, String) { return v.File, v.Meta.Name })
	reg.Providers = unique(r, "provider", reg.Providers, func(v *Provider) (string, String) { return v.File, v.Meta.Name })
	reg.Waivers = unique(r, "waiver", reg.Waivers, func(v *Waiver) (string, String) { return v.File, v.Meta.Name })
}

// unique sorts manifests by name and file, and reports and drops all but the
// first of a name.
func unique[T any](r *resolver, what string, list []T, key func(T) (file string, name String)) []T {
	slices.SortFunc(list, func(a, b T) int {
		fileA, nameA := key(a)
		fileB, nameB := key(b)
		return cmp.Or(cmp.Compare(nameA.Value, nameB.Value), cmp.Compare(fileA, fileB))
	})
	var kept []T
	for _, next := range list {
		if len(kept) > 0 {
			file, name := key(next)
			firstFile, first := key(kept[len(kept)-1])
			if name.Value == first.Value && name.Value != "" { // no name at all is the schema's matter
				r.twice(what, name.Value, file, name.Pos, firstFile, first.Pos)
				continue
			}
		}
		kept = append(kept, next)
	}
	return kept
}

func (r *resolver) twice(what, name, file string, at Pos, firstFile string, first Pos) {
	r.object(file, at, ruleDuplicateName,
		fmt.Sprintf("%s %s is declared twice, first in %s:%d", what, finding.Quote(name), firstFile, first.Line),
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
