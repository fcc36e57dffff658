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
	ruleUnknownDomain   = "unknown-domain"
	ruleUnknownParent   = "unknown-parent"
	ruleAmbiguousParent = "ambiguous-parent"
	ruleParentCycle     = "parent-cycle"
	ruleParentDomain    = "parent-domain"
	ruleOrphan          = "orphan"
	ruleTreeDepth       = "tree-depth"
)

// maxLevels is how many apps may be above each other: enough for any company
// (a path of 16 names stays below the 1,023 bytes of a Cosmos id), and little
// enough that paths stay short.
const maxLevels = 16

// A treeBuilder finds the place of each app from the domains downwards: an app is
// placed when its parent is. A parent is named by its path, or by its bare name
// if only one app of the domain has it. An app that is left at the end has no place,
// and a finding says why. All of it takes time linear in the number of apps.
type treeBuilder struct {
	*resolver
	named    map[appName][]*App // by file
	children map[*App][]*App    // by the one app that a bare parent name means
	below    map[string][]*App  // by the path that is named as parent
	queue    []seat
	placed   map[*App]*Node // nil: refused, and reported
}

// appName identifies apps by what a bare parent name states.
type appName struct{ domain, name string }

// seat is an app with the node that it goes below, nil for its domain.
type seat struct {
	app    *App
	parent *Node
}

func (r *resolver) buildTree() {
	b := &treeBuilder{
		resolver: r,
		named:    map[appName][]*App{},
		children: map[*App][]*App{},
		below:    map[string][]*App{},
		placed:   map[*App]*Node{},
	}
	for _, app := range r.apps {
		key := appName{app.Spec.Domain.Value, app.Meta.Name.Value}
		b.named[key] = append(b.named[key], app)
	}
	var waiting []*App
	for _, app := range r.apps {
		if r.domainOf(app) != nil && app.Meta.Name.Value != "" && b.await(app) {
			waiting = append(waiting, app)
		}
	}
	for ; len(b.queue) > 0; b.queue = b.queue[1:] {
		b.put(b.queue[0])
	}
	b.explain(waiting)
	b.dropTwins()
}

// await puts an app where placing its parent will find it, and reports whether
// it waits there.
func (b *treeBuilder) await(app *App) bool {
	parent := app.Spec.Parent
	domain, _, isPath := strings.Cut(parent.Value, "/")
	switch {
	case parent.Value == "":
		b.queue = append(b.queue, seat{app, nil})
		return false
	case isPath && domain != app.Spec.Domain.Value:
		b.object(app.File, parent.Pos, ruleParentDomain,
			fmt.Sprintf("parent %s is not in the app's domain %s", finding.Quote(parent.Value), finding.Quote(app.Spec.Domain.Value)),
			"name a parent of the same domain")
		return false
	case isPath:
		b.below[parent.Value] = append(b.below[parent.Value], app)
	default:
		if meant := b.meant(app); len(meant) == 1 {
			b.children[meant[0]] = append(b.children[meant[0]], app)
		}
	}
	return true
}

// meant returns apps that an app's bare parent name can mean: none, the one, or
// two of several. No app is its own parent, but if no other is named so, the
// manifest names itself.
func (b *treeBuilder) meant(app *App) []*App {
	all := b.named[appName{app.Spec.Domain.Value, app.Spec.Parent.Value}]
	var others []*App
	for _, other := range all {
		if other != app {
			others = append(others, other)
		}
		if len(others) == 2 {
			break
		}
	}
	if len(others) == 0 {
		return all
	}
	return others
}

// put gives an app its node. Apps that name its path as their parent go below
// the first app of that path; others of the same path are reported as twins.
func (b *treeBuilder) put(s seat) {
	name := s.app.Meta.Name.Value
	node := &Node{App: s.app, Domain: b.registry.Domain(s.app.Spec.Domain.Value), Parent: s.parent}
	if s.parent != nil {
		node.Path = s.parent.Path + "/" + name
	} else {
		node.Path = node.Domain.Meta.Name.Value + "/" + name
	}
	if strings.Count(node.Path, "/") > maxLevels {
		b.object(s.app.File, s.app.Spec.Parent.Pos, ruleTreeDepth,
			fmt.Sprintf("app has more than %d levels of apps above it", maxLevels), "choose a parent that is higher in the tree")
		b.placed[s.app] = nil
		return
	}
	b.placed[s.app] = node
	for _, child := range slices.Concat(b.children[s.app], b.below[node.Path]) {
		b.queue = append(b.queue, seat{child, node})
	}
	delete(b.below, node.Path)
}

// mostNames is how many names a message lists as allowed.
const mostNames = 20

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

// domainNames returns the names of all domains, none if they are too many to
// help.
func (r *resolver) domainNames() []string {
	if len(r.registry.Domains) > mostNames {
		return nil
	}
	var names []string
	for _, d := range r.registry.Domains {
		names = append(names, d.Meta.Name.Value)
	}
	return names
}

// dropTwins reports apps that claim the path of an earlier one, and makes the
// others the nodes of the registry.
func (b *treeBuilder) dropTwins() {
	var nodes []*Node
	for _, app := range b.apps {
		if node := b.placed[app]; node != nil {
			nodes = append(nodes, node)
		}
	}
	slices.SortStableFunc(nodes, func(a, b *Node) int { return cmp.Compare(a.Path, b.Path) })
	var first *Node
	for _, next := range nodes {
		if first != nil && next.Path == first.Path {
			b.twice("app", declared{next.App.File, String{next.Path, next.App.Meta.Name.Pos}},
				declared{first.App.File, first.App.Meta.Name})
			continue
		}
		first = next
		b.registry.Nodes = append(b.registry.Nodes, next)
	}
}
