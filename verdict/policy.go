// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// comparePolicy lists what judges others and was changed, and finds what it
// permits that it did not. Where it cannot be told whether a change permits
// more, as of an expression, it does.
func (c *comparison) comparePolicy() {
	c.listChanges()
	c.compareTemplates()
	c.compareBinding()
	c.compareWaivers()
	c.compareRoot()
	c.compareDomains()
	c.compareProtection()
}

// permits adds that a policy permits more.
func (c *comparison) permits(level, change, witness string, at Through) {
	c.v.NewHeadroom = append(c.v.NewHeadroom, Headroom{
		Level: level, Change: change, Witness: witness, Reaches: []string{}, Through: []Through{at},
	})
}

// A declaration is one that judges others.
type declaration struct {
	file    string
	kind    manifest.Kind
	name    string
	meaning string
}

func declarations(r *manifest.Registry) []declaration {
	all := []declaration{{r.Root.File, manifest.KindRoot, r.Root.Meta.Name.Value, meaning(r.Root.Spec)}}
	for _, d := range r.Domains {
		all = append(all, declaration{d.File, manifest.KindDomain, d.Meta.Name.Value, meaning(d.Spec)})
	}
	for _, t := range r.Templates {
		all = append(all, declaration{t.File, manifest.KindPolicyTemplate, t.Meta.Name.Value, meaning(t.Spec)})
	}
	for _, p := range r.Providers {
		all = append(all, declaration{p.File, manifest.KindProvider, p.Meta.Name.Value, meaning(p.Spec)})
	}
	for _, w := range r.Waivers {
		all = append(all, declaration{w.File, manifest.KindWaiver, w.Meta.Name.Value, meaning(w.Spec)})
	}
	return all
}

func (c *comparison) listChanges() {
	type id struct {
		kind manifest.Kind
		name string
	}
	before := map[id]declaration{}
	for _, d := range declarations(c.base.registry) {
		before[id{d.kind, d.name}] = d
	}
	for _, d := range declarations(c.head.registry) {
		was, known := before[id{d.kind, d.name}]
		delete(before, id{d.kind, d.name})
		switch {
		case !known:
			c.v.Policy = append(c.v.Policy, Change{d.file, d.kind, d.name, "added"})
		case was.meaning != d.meaning:
			c.v.Policy = append(c.v.Policy, Change{d.file, d.kind, d.name, "changed"})
		}
	}
	for _, d := range before {
		c.v.Policy = append(c.v.Policy, Change{d.file, d.kind, d.name, "removed"})
	}
}

// compareBinding finds places that no longer name a template. What is named
// higher up binds still.
func (c *comparison) compareBinding() {
	root := c.head.registry.Root
	for _, name := range missing(c.base.registry.Root.Spec.Policies, root.Spec.Policies) {
		c.unbound("the root", name, through(root.File, root.Meta.Name.Pos, "policies of the root"))
	}
	for _, d := range c.head.registry.Domains {
		was := c.base.registry.Domain(d.Meta.Name.Value)
		if was == nil {
			continue
		}
		for _, name := range missing(was.Spec.Policies, d.Spec.Policies) {
			if !root.Spec.Policies.Contains(name) {
				level := "domain " + d.Meta.Name.Value
				c.unbound(level, name, through(d.File, d.Meta.Name.Pos, "policies of "+level))
			}
		}
	}
	for _, n := range c.head.registry.Nodes {
		if was := c.former[n]; was != nil && n.Environment == nil {
			c.compareBindingOf(n, was)
		}
	}
}

// compareBindingOf finds templates that bound an app by its own list, or by
// where it stood, and bind it no more.
func (c *comparison) compareBindingOf(n, was *manifest.Node) {
	bound := map[string]bool{}
	for _, list := range bindings(c.head.registry, n) {
		for _, name := range list.Values() {
			bound[name] = true
		}
	}
	lists := []manifest.Strings{was.App.Spec.Policies}
	if n.Path != was.Path && !c.movedAlong(n, was) {
		lists = bindings(c.base.registry, was)
	}
	stillRoot := c.base.registry.Root.Spec.Policies // named there when they are lost there
	for _, list := range lists {
		for _, name := range list.Values() {
			if bound[name] || stillRoot.Contains(name) {
				continue
			}
			bound[name] = true
			c.unbound("app "+n.Path, name, through(n.App.File, n.Position(), "policies of app "+n.Path))
		}
	}
}

// bindings returns the lists of templates in force at an app.
func bindings(r *manifest.Registry, n *manifest.Node) []manifest.Strings {
	lists := []manifest.Strings{r.Root.Spec.Policies, n.Domain.Spec.Policies}
	for app := n.AppNode(); app != nil; app = app.Parent {
		lists = append(lists, app.App.Spec.Policies)
	}
	return lists
}

func (c *comparison) unbound(level, template string, at Through) {
	c.permits(level, "is no longer bound by policy template "+template, "", at)
}

// missing returns the texts of before that are not in after.
func missing(before, after manifest.Strings) []string {
	var gone []string
	for _, text := range before.Values() {
		if !after.Contains(text) {
			gone = append(gone, text)
		}
	}
	return gone
}

// wider returns a text that a list permits and the former one did not, "" if
// that is any. An absent list permits everything.
func wider(before, after manifest.Strings) (text string, found bool) {
	switch {
	case before == nil:
		return "", false
	case after == nil:
		return "", true
	}
	if added := missing(after, before); len(added) > 0 {
		return added[0], true
	}
	return "", false
}

// example is a text that a list permits, as the end of a sentence.
func example(text string) string {
	if text == "" {
		return ": any"
	}
	return ", for example " + finding.Quote(text)
}
