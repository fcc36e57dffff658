// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/manifest"
)

// compareWaivers finds waivers that lift more than they did, or for longer.
func (c *comparison) compareWaivers() {
	for _, w := range c.head.registry.Waivers {
		name := "waiver " + w.Meta.Name.Value
		at := through(w.File, w.Meta.Name.Pos, name)
		i := slices.IndexFunc(c.base.registry.Waivers, func(was *manifest.Waiver) bool { return was.Meta.Name.Value == w.Meta.Name.Value })
		if i < 0 {
			c.permits(name, "is new", "", at)
			continue
		}
		was, now := c.base.registry.Waivers[i].Spec, w.Spec
		word, more := c.beyond(c.head.tree.Union(now.Scopes.Values()), c.base.tree.Union(was.Scopes.Values()))
		switch {
		case more:
			c.permits(name, "lifts more", word, at)
		case now.For.Value != was.For.Value:
			c.permits(name, "is for another node", "", at)
		case now.Policy.Value != was.Policy.Value, now.Rule.Value != was.Rule.Value && was.Rule.Value != "":
			c.permits(name, "waives another rule", "", at)
		case now.ApprovedBy.Value != was.ApprovedBy.Value:
			c.permits(name, "is approved by somebody else", "", at)
		case now.Until.Value > was.Until.Value, now.From.Value < was.From.Value:
			c.permits(name, "lasts longer", "", at)
		}
	}
}

// compareRoot finds what the root permits beside its ceiling.
func (c *comparison) compareRoot() {
	was, now := c.base.registry.Root, c.head.registry.Root
	at := func(list manifest.Strings, text string) Through {
		return through(now.File, cmp.Or(firstOf(list), now.Meta.Name.Pos), text)
	}
	for _, list := range []struct {
		name       string
		was, now   []string
		declared   manifest.Strings
		meaningful string
	}{
		{"secretScopes", was.SecretScopes(), now.SecretScopes(), now.Spec.SecretScopes, "counts less as reading a secret"},
		{"privilegedScopes", was.PrivilegedScopes(), now.PrivilegedScopes(), now.Spec.PrivilegedScopes, "counts less as privileged"},
	} {
		if word, found := c.beyond(c.base.tree.Union(list.was), c.head.tree.Union(list.now)); found {
			c.permits("the root", list.meaningful, word, at(list.declared, list.name+" of the root"))
		}
	}
	c.compareSinks("the root", was.Spec.Sinks, now.Spec.Sinks, now.File)
	before, after := guardrail.Of(was), guardrail.Of(now)
	for _, rail := range []struct {
		name     string
		was, now int
	}{
		{"update", before.UpdatePercent, after.UpdatePercent},
		{"delete", before.DeletePercent, after.DeletePercent},
		{"from", before.From, after.From},
		{"privileged", before.Privileged, after.Privileged},
	} {
		if rail.now > rail.was {
			change := fmt.Sprintf("has a wider guardrail %s: %d instead of %d", rail.name, rail.now, rail.was)
			c.permits("the root", change, "", at(nil, "guardrails of the root"))
		}
	}
}

// compareDomains finds what domains permit beside their ceilings.
func (c *comparison) compareDomains() {
	for _, d := range c.head.registry.Domains {
		was := c.base.registry.Domain(d.Meta.Name.Value)
		if was == nil {
			continue
		}
		level := "domain " + d.Meta.Name.Value
		if text, found := wider(was.Spec.Sources, d.Spec.Sources); found {
			at := cmp.Or(firstOf(d.Spec.Sources), d.Meta.Name.Pos)
			c.permits(level, "lets more repositories register"+example(text), "",
				through(d.File, at, "sources of "+level))
		}
		if d.Spec.Owner.Value != was.Spec.Owner.Value {
			c.permits(level, "has another owner, who approves waivers", "", through(d.File, d.Spec.Owner.Pos, "owner of "+level))
		}
		c.compareSinks(level, was.Spec.Sinks, d.Spec.Sinks, d.File)
	}
}

// compareSinks finds places that credentials may be delivered to.
func (c *comparison) compareSinks(level string, was, now []manifest.Sink, file string) {
	for _, s := range now {
		text := sinkText(s)
		if !slices.ContainsFunc(was, func(before manifest.Sink) bool { return sinkText(before) == text }) {
			c.permits(level, "lets credentials go to "+text, "", through(file, s.Pos, "sinks of "+level))
		}
	}
}

// compareProtection finds nodes that a plan may now delete.
func (c *comparison) compareProtection() {
	for _, n := range c.head.registry.Nodes {
		if was := c.former[n]; was != nil && was.Protect() && !n.Protect() && n.Holder() {
			c.permits(n.Path, "is no longer protected", "", through(n.App.File, n.Position(), "protect of "+n.Path))
		}
	}
}
