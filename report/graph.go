// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// GraphOptions say what a drawing shows.
type GraphOptions struct {
	Access bool // which app needs scopes of which
}

// Graph writes a drawing of the tree.
func Graph(options GraphOptions) Result[*manifest.Registry] {
	draw := func(write func(io.Writer, drawing) error) func(io.Writer, *manifest.Registry, TextOptions) error {
		return func(w io.Writer, registry *manifest.Registry, _ TextOptions) error {
			return write(w, newDrawing(registry, options))
		}
	}
	return Result[*manifest.Registry]{{formatMermaid, draw(mermaid)}, {formatDOT, draw(dot)}}
}

// drawing is a registry as boxes and arrows, in the order in which they are
// drawn. Names of boxes are made up, so that nothing of a manifest is syntax.
type drawing struct {
	title   string
	flat    bool // from left to right, as a part of the tree fits a page best
	frames  []frame
	arrows  []arrow
	classes [][2]string // names and styles of those that boxes have
}

// frame is a domain.
type frame struct {
	name  string
	label string
	boxes []box
}

// shape tells apart what a box represents.
type shape int

const (
	appShape shape = iota
	agentShape
	environmentShape
)

// box is a node.
type box struct {
	name  string
	label []string // line by line
	shape shape
	class string // how it is painted, see picture; "" for plainly
}

// arrow leads from a node down to what belongs to it or, dashed, from a node to
// the app that provides what it needs.
type arrow struct {
	from, to string
	dashed   bool
	label    string
}

func newDrawing(registry *manifest.Registry, options GraphOptions) drawing {
	d := drawing{title: registry.Root.Meta.Name.Value}
	names := map[*manifest.Node]string{}
	for i, n := range registry.Nodes {
		names[n] = nameOf(i)
	}
	for i, domain := range registry.Domains {
		f := frameOf(i, frameLabel(domain))
		for _, n := range registry.Nodes {
			if n.Domain == domain {
				f.boxes = append(f.boxes, newBox(n, names[n]))
			}
		}
		d.frames = append(d.frames, f)
	}
	for _, n := range registry.Nodes {
		if n.Parent != nil {
			d.arrows = append(d.arrows, arrow{from: names[n.Parent], to: names[n]})
		}
	}
	if options.Access {
		d.arrows = append(d.arrows, needs(registry, names)...)
	}
	return d
}

// nameOf is the made-up name of a box.
func nameOf(i int) string { return fmt.Sprintf("n%d", i) }

func frameOf(i int, label string) frame {
	return frame{name: fmt.Sprintf("d%d", i), label: safe(label)}
}

// frameLabel is one line: Mermaid lays no more room out for it.
func frameLabel(d *manifest.Domain) string {
	if d.Spec.Owner.Value == "" {
		return d.Meta.Name.Value
	}
	return d.Meta.Name.Value + " (" + d.Spec.Owner.Value + ")"
}

func newBox(n *manifest.Node, name string) box {
	if n.Environment != nil {
		return box{name: name, label: lines("@"+n.Environment.Name.Value, n.Version().Value), shape: environmentShape}
	}
	s := appShape
	if n.App.Kind == manifest.KindAgent {
		s = agentShape
	}
	return box{name: name, label: lines(n.App.Meta.Name.Value, n.Owner().Value), shape: s}
}

// lines are the texts that there are, each safe.
func lines(texts ...string) []string {
	var list []string
	for _, text := range texts {
		if text != "" {
			list = append(list, safe(text))
		}
	}
	return list
}

// needs returns an arrow for every node and app of which it needs scopes,
// other than its own.
func needs(registry *manifest.Registry, names map[*manifest.Node]string) []arrow {
	providers := providersOf(registry)
	var arrows []arrow
	for _, n := range registry.Nodes {
		if !n.Holder() {
			continue
		}
		verbs := map[*manifest.Node][]string{}
		for _, scope := range n.Scopes().Values() {
			_, list, _ := strings.Cut(scope, ":")
			for _, app := range providers.of(scope) {
				verbs[app] = append(verbs[app], strings.Split(list, ",")...)
			}
		}
		for _, p := range providers.all {
			if list := verbs[p.app]; len(list) > 0 && p.app != n.AppNode() {
				slices.Sort(list)
				arrows = append(arrows, arrow{names[n], names[p.app], true, safe(strings.Join(slices.Compact(list), ","))})
			}
		}
	}
	return arrows
}

// providers answers who provides what meets a scope: once for each text, since
// many nodes need the same.
type providers struct {
	all      []provider
	answered map[string][]*manifest.Node
	budget   *access.Budget
}

// provider is an app with what it provides.
type provider struct {
	app *manifest.Node
	set access.Set
}

func providersOf(registry *manifest.Registry) *providers {
	p := &providers{answered: map[string][]*manifest.Node{}, budget: access.NewBudget(0)}
	for _, n := range registry.Nodes {
		if n.Environment == nil && len(n.App.Spec.Provides) > 0 {
			p.all = append(p.all, provider{n, scopeSet(n.App.Spec.Provides.Values()...)})
		}
	}
	return p
}

func (p *providers) of(scope string) []*manifest.Node {
	apps, known := p.answered[scope]
	if known {
		return apps
	}
	set := scopeSet(scope)
	for _, candidate := range p.all {
		if answer := p.budget.Overlap(set, candidate.set); answer.Holds || !answer.Complete {
			apps = append(apps, candidate.app)
		}
	}
	p.answered[scope] = apps
	return apps
}

func scopeSet(texts ...string) access.Set {
	var scopes []access.Scope
	for _, text := range texts {
		if scope, err := access.Parse(text); err == nil {
			scopes = append(scopes, scope)
		}
	}
	return access.Union(scopes...)
}
