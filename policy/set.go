// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/cel"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// A Set is the templates and waivers of one registry, compiled. It is not for
// several goroutines.
type Set struct {
	registry   *manifest.Registry
	tree       *bounds.Tree
	templates  map[string]*Template
	waivers    []*waiver
	privileged access.Set
	views      map[*manifest.Node]*view
	meter      *Meter
	env        *cel.Env // nil until the first expression: making it takes a millisecond
	findings   []finding.Finding
}

// New compiles the templates of a tree's registry. The findings, sorted, are about
// templates that cannot be applied, contradict each other or add nothing. A
// template that cannot be applied is in the set too, and rejects every node that
// it matches. All sets of a run share a meter; nil is one of the set's own.
func New(tree *bounds.Tree, meter *Meter) (*Set, []finding.Finding) {
	registry := tree.Registry()
	b := &Set{
		registry:  registry,
		tree:      tree,
		templates: map[string]*Template{},
		views:     map[*manifest.Node]*view{},
		meter:     meter,
	}
	if meter == nil {
		b.meter = NewMeter(len(registry.Nodes))
	}
	b.privileged = b.tree.Union(registry.Root.PrivilegedScopes())
	for _, declared := range registry.Templates {
		t, findings := b.compile(declared)
		b.templates[t.Name()] = t
		b.findings = append(b.findings, findings...)
	}
	for _, w := range registry.Waivers {
		b.waivers = append(b.waivers, b.readWaiver(w))
	}
	b.checkConflicts()
	return b, finding.Sort(b.findings)
}

// language returns the language of expressions.
func (b *Set) language() (*cel.Env, error) {
	if b.env != nil {
		return b.env, nil
	}
	var err error
	b.env, err = environment(b.tree.Budget())
	return b.env, err
}

// Template returns a template by its name, nil if no template has it.
func (b *Set) Template(name string) *Template { return b.templates[name] }

// A Binding is a template that binds a node, and who says so.
type Binding struct {
	Template *Template // nil: it is named, and not declared
	Name     string
	Level    string // "the root", "domain orders", "app orders/checkout"
	File     string
	Pos      manifest.Pos
}

// Named returns the templates that are named at a node's app or above it, each
// once with the highest place that names it, sorted by name. Whether a template
// matches the node is another question.
func (b *Set) Named(n *manifest.Node) []Binding {
	named := map[string]bool{}
	var list []Binding
	add := func(level, file string, names manifest.Strings) {
		for _, name := range names {
			if !named[name.Value] {
				named[name.Value] = true
				list = append(list, Binding{b.templates[name.Value], name.Value, level, file, name.Pos})
			}
		}
	}
	root := b.registry.Root
	add("the root", root.File, root.Spec.Policies)
	add("domain "+n.Domain.Meta.Name.Value, n.Domain.File, n.Domain.Spec.Policies)
	var apps []*manifest.Node
	for app := n.AppNode(); app != nil; app = app.Parent {
		apps = append(apps, app)
	}
	for _, app := range slices.Backward(apps) {
		add("app "+app.Path, app.App.File, app.App.Spec.Policies)
	}
	slices.SortFunc(list, func(a, b Binding) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Bound returns the templates that bind a node: those named at it or above it
// that match it.
func (b *Set) Bound(n *manifest.Node) []Binding {
	return slices.DeleteFunc(b.Named(n), func(binding Binding) bool {
		return binding.Template == nil || !binding.Template.Matches(n)
	})
}
