// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// permits adds that a policy permits more.
func (c *comparison) permits(level, change, witness string, at Cause) {
	c.v.NewHeadroom = append(c.v.NewHeadroom, Headroom{
		Level: level, Change: change, Witness: witness, Reaches: []string{}, Causes: []Cause{at},
	})
}

// listChanges lists the declarations that judge and were added, changed or removed.
func listChanges(c *comparison) {
	type id struct {
		kind manifest.Kind
		name string
	}
	before := map[id]manifest.Declaration{}
	for _, d := range c.base.registry.Judging() {
		before[id{d.Kind, d.Name}] = d
	}
	for _, d := range c.head.registry.Judging() {
		was, known := before[id{d.Kind, d.Name}]
		delete(before, id{d.Kind, d.Name})
		switch {
		case !known:
			c.v.Policy = append(c.v.Policy, Change{d.File, d.Kind, d.Name, "added"})
			c.judging = append(c.judging, "+"+normalise(d.Spec))
		case normalise(was.Spec) != normalise(d.Spec):
			c.v.Policy = append(c.v.Policy, Change{d.File, d.Kind, d.Name, "changed"})
			c.judging = append(c.judging, "-"+normalise(was.Spec), "+"+normalise(d.Spec))
		}
	}
	for _, d := range before {
		c.v.Policy = append(c.v.Policy, Change{d.File, d.Kind, d.Name, "removed"})
		c.judging = append(c.judging, "-"+normalise(d.Spec))
	}
	slices.Sort(c.judging)
}

// compareBinding finds places that no longer name a template. A template that a higher
// place names binds still.
func compareBinding(c *comparison) {
	root := c.head.registry.Root
	for _, name := range missing(c.base.registry.Root.Spec.Policies, root.Spec.Policies) {
		c.unbound("the root", name, causeAt(root.File, root.Meta.Name.Pos, "policies of the root"))
	}
	for _, d := range c.head.registry.Domains {
		was := c.base.registry.Domain(d.Meta.Name.Value)
		if was == nil {
			continue
		}
		for _, name := range missing(was.Spec.Policies, d.Spec.Policies) {
			if !root.Spec.Policies.Contains(name) {
				level := "domain " + d.Meta.Name.Value
				c.unbound(level, name, causeAt(d.File, d.Meta.Name.Pos, "policies of "+level))
			}
		}
	}
	for _, n := range c.head.registry.Nodes {
		if was := c.renames[n]; was != nil && n.Environment == nil {
			compareBindingOf(c, n, was)
		}
	}
}

// compareBindingOf finds templates that bound an app by its own list, or by
// where it stood, and bind it no more.
func compareBindingOf(c *comparison, n, was *manifest.Node) {
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
			c.unbound("app "+n.Path, name, causeAt(n.App.File, n.Position(), "policies of app "+n.Path))
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

func (c *comparison) unbound(level, template string, at Cause) {
	c.permits(level, unboundBy(template), "", at)
}

func unboundBy(template string) string { return "is no longer bound by policy template " + template }

// missing returns the texts of before that are not in after.
func missing(before, after manifest.Strings) []string {
	still := make(map[string]bool, len(after))
	for _, text := range after {
		still[text.Value] = true
	}
	var gone []string
	for _, text := range before {
		if !still[text.Value] {
			gone = append(gone, text.Value)
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
