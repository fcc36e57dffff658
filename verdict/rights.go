// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// compareWaivers finds waivers that allow more than before, or for longer.
func compareWaivers(c *comparison) {
	for _, w := range c.head.registry.Waivers {
		name := "waiver " + w.Meta.Name.Value
		at := causeAt(w.File, w.Meta.Name.Pos, name)
		i := slices.IndexFunc(c.base.registry.Waivers, func(was *manifest.Waiver) bool { return was.Meta.Name.Value == w.Meta.Name.Value })
		if i < 0 {
			c.permits(name, "is new", "", at)
			continue
		}
		was, now := c.base.registry.Waivers[i].Spec, w.Spec
		word, more := c.beyond(c.head.tree.Union(now.Scopes.Values()), c.base.tree.Union(was.Scopes.Values()))
		switch {
		case more:
			c.permits(name, "allows more", word, at)
		case now.For.Value != was.For.Value:
			c.permits(name, "applies to a different node", "", at)
		case waivesOther(now, was):
			c.permits(name, "waives a different rule", "", at)
		case !names.Same(was.ApprovedBy.Value, now.ApprovedBy.Value):
			c.permits(name, "is approved by a different person", "", at)
		case now.Until.Value > was.Until.Value, now.From.Value < was.From.Value:
			c.permits(name, "lasts longer", "", at)
		}
	}
}

// waivesOther reports whether a waiver waives a rule that it did not waive. One without
// a policy waives ceilings alone, one without a rule the whole policy.
func waivesOther(now, was manifest.WaiverSpec) bool {
	if now.Policy.Value == "" {
		return false
	}
	return now.Policy.Value != was.Policy.Value || was.Rule.Value != "" && now.Rule.Value != was.Rule.Value
}

// countedScopes compares a list of the root that says which scopes count as
// something.
func countedScopes(name, change string, list func(*manifest.Root) []string, declared func(*manifest.RootSpec) manifest.Strings) func(*comparison) {
	return func(c *comparison) {
		was, now := c.base.registry.Root, c.head.registry.Root
		if word, found := c.beyond(c.base.tree.Union(list(was)), c.head.tree.Union(list(now))); found {
			at := cmp.Or(declared(&now.Spec).Pos(), now.Meta.Name.Pos)
			c.permits("the root", change, word, causeAt(now.File, at, name+" of the root"))
		}
	}
}

func compareRootSinks(c *comparison) {
	was, now := c.base.registry.Root, c.head.registry.Root
	compareSinks(c, "the root", was.Spec.Sinks, now.Spec.Sinks, now.File)
}

// guardrailStep compares one guardrail, with the default where it is absent.
func guardrailStep(name string, value func(guardrail.Limits) int) func(*comparison) {
	return func(c *comparison) {
		root := c.head.registry.Root
		was, now := value(guardrail.Of(c.base.registry.Root)), value(guardrail.Of(root))
		if now > was {
			change := fmt.Sprintf("raises guardrail %s from %d to %d", name, was, now)
			c.permits("the root", change, "", causeAt(root.File, root.Meta.Name.Pos, "guardrails of the root"))
		}
	}
}

// A domainChange is one domain in base and head.
type domainChange struct {
	was, now *manifest.Domain
	level    string
}

// compareDomainSinks compares the sinks of every domain, a new one's too.
func compareDomainSinks(c *comparison) {
	for _, now := range c.head.registry.Domains {
		before := slices.Clone(c.base.registry.Root.Spec.Sinks)
		if was := c.base.registry.Domain(now.Meta.Name.Value); was != nil {
			before = append(before, was.Spec.Sinks...)
		}
		compareSinks(c, "domain "+now.Meta.Name.Value, before, now.Spec.Sinks, now.File)
	}
}

// eachDomain compares a part of every domain that base and head have.
func eachDomain(compare func(*comparison, domainChange)) func(*comparison) {
	return func(c *comparison) {
		for _, now := range c.head.registry.Domains {
			if was := c.base.registry.Domain(now.Meta.Name.Value); was != nil {
				compare(c, domainChange{was, now, "domain " + now.Meta.Name.Value})
			}
		}
	}
}

func compareSources(c *comparison, d domainChange) {
	sources := d.now.Spec.Sources
	if text, found := wider(d.was.Spec.Sources, sources); found {
		at := cmp.Or(sources.Pos(), d.now.Meta.Name.Pos)
		c.permits(d.level, "allows more repositories to register"+example(text), "", causeAt(d.now.File, at, "sources of "+d.level))
	}
}

func compareOwner(c *comparison, d domainChange) {
	if owner := d.now.Spec.Owner; !c.sameOwner(d.was.Spec.Owner.Value, owner.Value) {
		c.permits(d.level, "has a different owner, who approves waivers", "", causeAt(d.now.File, owner.Pos, "owner of "+d.level))
	}
}

// compareSinks finds new destinations that credentials may be delivered to.
func compareSinks(c *comparison, level string, was, now []manifest.Sink, file string) {
	for _, listed := range now {
		for _, s := range formsOf(listed) {
			if !slices.ContainsFunc(was, func(before manifest.Sink) bool { return before.Permits(s) }) {
				c.permits(level, "allows credentials to be delivered to "+sinkText(s), "", causeAt(file, s.Pos, "sinks of "+level))
			}
		}
	}
}

// formsOf returns the vault, the repository and the file of a listed sink, each alone: a
// sink that names more than one permits all of them.
func formsOf(s manifest.Sink) []manifest.Sink {
	var list []manifest.Sink
	for _, form := range []manifest.Sink{
		{Pos: s.Pos, KeyVault: s.KeyVault, Secret: s.Secret},
		{Pos: s.Pos, GitHubSecret: s.GitHubSecret, Environment: s.Environment, Name: s.Name},
		{Pos: s.Pos, File: s.File},
	} {
		if form.Permits(form) {
			list = append(list, form)
		}
	}
	return list
}

// compareProtection finds nodes that are no longer protected from deletion.
func compareProtection(c *comparison) {
	for _, n := range c.head.registry.Nodes {
		if was := c.renames[n]; was != nil && was.Protect() && !n.Protect() && n.Holder() {
			c.permits(n.Path, "is no longer protected", "", causeAt(n.App.File, n.Position(), "protect of "+n.Path))
		}
	}
}
