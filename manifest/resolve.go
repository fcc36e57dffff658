// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleDuplicateName   = "duplicate-name"
	ruleSecondRoot      = "second-root"
	ruleUnknownDomain   = "unknown-domain"
	ruleUnknownParent   = "unknown-parent"
	ruleAmbiguousParent = "ambiguous-parent"
	ruleParentCycle     = "parent-cycle"
	ruleParentDomain    = "parent-domain"
	ruleOrphan          = "orphan"
	ruleTreeDepth       = "tree-depth"
	ruleUnknownPolicy   = "unknown-policy"
	ruleUnknownProvider = "unknown-provider"
	ruleUnknownNode     = "unknown-node"
	ruleSharedContainer = "shared-container"
)

// maxLevels is how many apps may stand above each other: enough for any company
// (a path of 16 names stays below the 1,023 bytes of a Cosmos id), and little
// enough that paths stay short.
const maxLevels = 16

// systemContainer is kept for the registry's own documents.
const systemContainer = "roster"

// resolver joins manifests into a tree. Apps whose place cannot be found are
// reported and left out; everything else goes on.
type resolver struct {
	registry *Registry
	apps     []*App
	byName   map[string][]*App // "domain/name" -> apps of that bare name
	placed   map[*App]*Node    // nil: being placed, or without a place
	stack    []*App            // apps being placed, each waiting for the next
	waiting  map[*App]bool     // the members of stack
	findings []finding.Finding
}

func resolve(root *Root, all []loaded) (*Registry, []finding.Finding) {
	r := &resolver{
		registry: &Registry{Root: root},
		byName:   map[string][]*App{},
		placed:   map[*App]*Node{},
		waiting:  map[*App]bool{},
	}
	for _, f := range all {
		r.add(f)
	}
	r.sortLists()
	r.placeApps()
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
	return slices.CompactFunc(list, func(first, next T) bool {
		fileA, nameA := key(first)
		fileB, nameB := key(next)
		if nameA.Value != nameB.Value {
			return false
		}
		r.twice(what, nameB.Value, fileB, nameB.Pos, fileA, nameA.Pos)
		return true
	})
}

func (r *resolver) twice(what, name, file string, at Pos, firstFile string, first Pos) {
	r.object(file, at, ruleDuplicateName,
		fmt.Sprintf("%s %s is declared twice, first in %s:%d", what, finding.Quote(name), firstFile, first.Line),
		"give it another name or remove one")
}

func (r *resolver) placeApps() {
	slices.SortFunc(r.apps, func(a, b *App) int { return cmp.Compare(a.File, b.File) })
	for _, app := range r.apps {
		key := app.Spec.Domain.Value + "/" + app.Meta.Name.Value
		r.byName[key] = append(r.byName[key], app)
	}
	for _, app := range r.apps {
		r.place(app)
	}
	r.dropTwins()
	r.expandEnvironments()
}

// place returns the node of an app, placing its ancestors first; nil when it
// has no place.
func (r *resolver) place(app *App) *Node {
	if node, known := r.placed[app]; known {
		return node
	}
	r.placed[app] = nil
	r.stack = append(r.stack, app)
	r.waiting[app] = true
	defer func() {
		r.stack = r.stack[:len(r.stack)-1]
		delete(r.waiting, app)
	}()

	domain := r.domainOf(app)
	if domain == nil || app.Meta.Name.Value == "" {
		return nil
	}
	node := &Node{App: app, Domain: domain, Path: domain.Meta.Name.Value + "/" + app.Meta.Name.Value}
	if app.Spec.Parent.Value != "" {
		if node.Parent = r.parentOf(app); node.Parent == nil {
			return nil
		}
		node.Path = node.Parent.Path + "/" + app.Meta.Name.Value
	}
	if strings.Count(node.Path, "/") > maxLevels {
		r.object(app.File, app.Spec.Parent.Pos, ruleTreeDepth,
			fmt.Sprintf("more than %d apps stand above each other", maxLevels), "attach it further up")
		return nil
	}
	r.placed[app] = node
	return node
}

func (r *resolver) domainOf(app *App) *Domain {
	name := app.Spec.Domain
	if name.Value == "" {
		return nil // the schema says that it is missing
	}
	if domain := r.registry.Domain(name.Value); domain != nil {
		return domain
	}
	r.findings = append(r.findings, finding.Finding{
		Rule: ruleUnknownDomain, Severity: finding.Error, File: app.File,
		Line: int(name.Pos.Line), Column: int(name.Pos.Column),
		Message: "domain " + finding.Quote(name.Value) + " is not declared",
		Allowed: r.domainNames(),
		Hint:    "declare it with kind: Domain",
	})
	return nil
}

func (r *resolver) domainNames() []string {
	var names []string
	for _, d := range r.registry.Domains {
		names = append(names, d.Meta.Name.Value)
	}
	return names
}

// parentOf places the parent of an app. A parent is named by its bare name in
// the app's own domain, or by its path.
func (r *resolver) parentOf(app *App) *Node {
	ref := app.Spec.Parent
	domain, name := app.Spec.Domain.Value, ref.Value
	if head, rest, isPath := strings.Cut(ref.Value, "/"); isPath {
		if head != domain {
			r.object(app.File, ref.Pos, ruleParentDomain,
				fmt.Sprintf("parent %s is not in the app's domain %s", finding.Quote(ref.Value), finding.Quote(domain)),
				"name a parent of the same domain")
			return nil
		}
		name = rest[strings.LastIndexByte(rest, '/')+1:]
	}
	var places []*Node
	known := r.byName[domain+"/"+name]
	for _, other := range known {
		if r.waiting[other] {
			r.cycle(app, other)
			return nil
		}
		if node := r.place(other); node != nil && (name == ref.Value || node.Path == ref.Value) {
			places = append(places, node)
		}
	}
	return r.choose(app, len(known) > 0, places)
}

// choose returns the one place that a parent reference leads to, or reports
// why there is none.
func (r *resolver) choose(app *App, declared bool, places []*Node) *Node {
	ref := app.Spec.Parent
	switch {
	case len(places) == 1:
		return places[0]
	case len(places) > 1:
		r.object(app.File, ref.Pos, ruleAmbiguousParent,
			fmt.Sprintf("parent %s could be %s or %s", finding.Quote(ref.Value), places[0].Path, places[1].Path),
			"write its path")
	case declared:
		r.object(app.File, ref.Pos, ruleOrphan,
			fmt.Sprintf("parent %s has no place in the tree itself", finding.Quote(ref.Value)), "mend the parent first")
	default:
		r.object(app.File, ref.Pos, ruleUnknownParent,
			fmt.Sprintf("parent %s is no app of domain %s", finding.Quote(ref.Value), finding.Quote(app.Spec.Domain.Value)),
			"write the name of an app of the domain, or its path")
	}
	return nil
}

// cycle reports that app closes a cycle which begins at first.
func (r *resolver) cycle(app, first *App) {
	const shown = 8
	var names []string
	for _, member := range r.stack[slices.Index(r.stack, first):] {
		names = append(names, member.Meta.Name.Value)
	}
	if len(names) > shown {
		names = append(names[:shown], "...")
	}
	r.object(app.File, app.Spec.Parent.Pos, ruleParentCycle,
		fmt.Sprintf("parent %s closes a cycle: %s -> %s", finding.Quote(app.Spec.Parent.Value),
			strings.Join(names, " -> "), first.Meta.Name.Value),
		"let one app of the cycle have no parent")
}

// dropTwins reports apps that claim the path of an earlier one.
func (r *resolver) dropTwins() {
	var nodes []*Node
	for _, app := range r.apps {
		if node := r.placed[app]; node != nil {
			nodes = append(nodes, node)
		}
	}
	slices.SortStableFunc(nodes, func(a, b *Node) int { return cmp.Compare(a.Path, b.Path) })
	r.registry.Nodes = slices.CompactFunc(nodes, func(first, next *Node) bool {
		if first.Path != next.Path {
			return false
		}
		r.twice("app", next.Path, next.App.File, next.App.Meta.Name.Pos, first.App.File, first.App.Meta.Name.Pos)
		return true
	})
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
