// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// controls adds that somebody else answers, approves, is trusted or is called.
func (c *comparison) controls(level, change string, reaches []string, at Cause) {
	c.v.NewControl = append(c.v.NewControl, Headroom{Level: level, Change: change, Reaches: reaches, Causes: []Cause{at}})
}

// insteadOf says what is there, and what was.
func insteadOf(now, was string) string {
	return fmt.Sprintf("%s instead of %s", orNone(now), orNone(was))
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return finding.Quote(text)
}

// eachNode compares a part of every node that base and head have.
func eachNode(compare func(c *comparison, n, was *manifest.Node)) func(*comparison) {
	return func(c *comparison) {
		for _, n := range c.head.registry.Nodes {
			if was := c.renames[n]; was != nil {
				compare(c, n, was)
			}
		}
	}
}

// compareOwners finds nodes that have another owner. A group that has another name and
// nobody else in it is the same.
func compareOwners(c *comparison, n, was *manifest.Node) {
	now, before := n.Owner(), was.Owner().Value
	if c.sameOwner(before, now.Value) || inherits(n, was, (*manifest.Node).Owner) {
		return
	}
	c.controls("app "+n.Path, "has owner "+insteadOf(now.Value, before), ownersReach(n),
		causeAt(n.App.File, cmp.Or(now.Pos, n.Position()), "owner of "+n.Path))
}

// inherits reports whether an environment has a value from its app on both sides: then
// the change is named at the app.
func inherits(n, was *manifest.Node, value func(*manifest.Node) manifest.String) bool {
	return n.Environment != nil && was.Environment != nil &&
		value(n).Value == value(n.AppNode()).Value && value(was).Value == value(was.AppNode()).Value
}

func ownersReach(n *manifest.Node) []string { return []string{n.Domain.Meta.Name.Value} }

// sameOwner reports whether head's owner is base's: by name or, for groups that list
// their people, because it has nobody whom the former had not.
func (c *comparison) sameOwner(was, now string) bool {
	if names.Same(was, now) {
		return true
	}
	before, after := c.base.groups[names.Principal(was)], c.head.groups[names.Principal(now)]
	return len(after) > 0 && len(missing(textsOf(after), textsOf(before))) == 0
}

func textsOf(texts []string) manifest.Strings {
	list := make(manifest.Strings, len(texts))
	for i, text := range texts {
		list[i] = manifest.String{Value: text}
	}
	return list
}

const groupPrefix = "group:"

// groupsOf returns the people of each group that a registry lists, as SYSTEM ID, by the
// name of the group in manifests as it is compared.
func groupsOf(r *manifest.Registry) map[string][]string {
	groups := map[string][]string{}
	for i := range r.Root.Spec.Groups {
		g := &r.Root.Spec.Groups[i]
		name := names.Principal(groupPrefix + g.Name.Value)
		groups[name] = append(groups[name], []string{}...) // a group without people is listed too
		for system, members := range g.Members() {
			for _, m := range members {
				groups[name] = append(groups[name], system+" "+strings.ToLower(m.ID.Value))
			}
		}
		slices.Sort(groups[name])
	}
	return groups
}

// compareGroups finds people who are in a group and were not. A group that is new
// gives its people what names it, which is compared there, unless base and head both
// name it.
func compareGroups(c *comparison) {
	root := c.head.registry.Root
	said := map[string]bool{}
	was, is := c.base.mentioned(), c.head.mentioned()
	for i := range root.Spec.Groups {
		g := &root.Spec.Groups[i]
		name := groupPrefix + g.Name.Value
		form := names.Principal(name)
		before, listed := c.base.groups[form]
		if said[form] || !listed && (!was[form] || !is[form]) {
			continue
		}
		said[form] = true
		for _, who := range missing(textsOf(c.head.groups[form]), textsOf(before)) {
			c.controls("the root", "adds "+who+" to "+name, []string{}, causeAt(root.File, g.Name.Pos, name))
		}
	}
}

// mentioned returns the people and groups that a registry names anywhere, as they are
// compared.
func (s *side) mentioned() map[string]bool {
	r := s.registry
	all := map[string]bool{}
	add := func(list ...manifest.String) {
		for _, text := range list {
			all[names.Principal(text.Value)] = true
		}
	}
	add(r.Root.Spec.Waivers.Approvers...)
	for _, d := range r.Domains {
		add(d.Spec.Owner)
	}
	for _, t := range r.Templates {
		add(t.Spec.Waivers.Approvers...)
	}
	for _, n := range r.Nodes {
		add(n.Owner(), n.App.Spec.Sponsor)
		add(n.App.Spec.OnBehalfOf...)
	}
	return all
}

// compareSource finds nodes whose code comes from another repository that the sources
// of base's domain do not list.
func compareSource(c *comparison, n, was *manifest.Node) {
	now, before := n.Source(), was.Source().Value
	if now.Value == "" || sameRepository(now.Value, before) || inherits(n, was, (*manifest.Node).Source) {
		return
	}
	if d := c.base.registry.Domain(n.Domain.Meta.Name.Value); d != nil && slices.ContainsFunc(d.Spec.Sources, func(text manifest.String) bool {
		return sameRepository(text.Value, now.Value)
	}) {
		return
	}
	c.controls("app "+n.Path, "has source "+insteadOf(now.Value, before), ownersReach(n), causeAt(n.App.File, now.Pos, "source of "+n.Path))
}

func sameRepository(a, b string) bool { return names.Source(a) == names.Source(b) }

// compareAgents finds agents for whom somebody else answers, who act for more people
// or for longer, and those that are agents no more.
func compareAgents(c *comparison, n, was *manifest.Node) {
	if was.App.Kind != manifest.KindAgent || n.Environment != nil {
		return
	}
	level, reaches := "app "+n.Path, ownersReach(n)
	gain := func(change string, at manifest.Pos, what string) {
		c.controls(level, change, reaches, causeAt(n.App.File, cmp.Or(at, n.Position()), what+" of "+n.Path))
	}
	if n.App.Kind != manifest.KindAgent {
		gain("is no longer an agent: it has no sponsor, no end and may read secrets", n.Position(), "kind")
		return
	}
	now, before := &n.App.Spec, &was.App.Spec
	if !c.sameOwner(before.Sponsor.Value, now.Sponsor.Value) {
		gain("has sponsor "+insteadOf(now.Sponsor.Value, before.Sponsor.Value), now.Sponsor.Pos, "sponsor")
	}
	for _, who := range now.OnBehalfOf {
		if !slices.ContainsFunc(before.OnBehalfOf, func(text manifest.String) bool { return c.sameOwner(text.Value, who.Value) }) {
			gain("acts on behalf of "+finding.Quote(who.Value)+", too", who.Pos, "onBehalfOf")
		}
	}
	if now.TokenLife.Exceeds(before.TokenLife) {
		gain("has tokens that live "+insteadOf(now.TokenLife.Text, before.TokenLife.Text), now.TokenLife.Pos, "tokenLife")
	}
	if before.Until.Value != "" && (now.Until.Value == "" || now.Until.Value > before.Until.Value) {
		gain("lasts until "+insteadOf(now.Until.Value, before.Until.Value), now.Until.Pos, "until")
	}
}

// compareRootControl finds other systems and keys that the root names.
func compareRootControl(c *comparison) {
	root, was := c.head.registry.Root, c.base.registry.Root
	gain := func(change string, at manifest.Pos, what string) {
		c.controls("the root", change, []string{}, causeAt(root.File, cmp.Or(at, root.Meta.Name.Pos), what+" of the root"))
	}
	if was.Meta.Name.Value != "" && root.Meta.Name.Value != was.Meta.Name.Value {
		gain("has name "+insteadOf(root.Meta.Name.Value, was.Meta.Name.Value)+", by which roster knows its own keys and roles", root.Meta.Name.Pos, "name")
	}
	if root.Spec.Store.Value != was.Spec.Store.Value {
		gain("has store "+insteadOf(root.Spec.Store.Value, was.Spec.Store.Value), root.Spec.Store.Pos, "store")
	}
	for _, key := range root.Spec.SnapshotKeys {
		if !was.Spec.SnapshotKeys.Contains(key.Value) {
			gain("trusts snapshots signed with "+finding.Quote(key.Value), key.Pos, "snapshotKeys")
		}
	}
	for _, name := range root.Spec.Propagate {
		if !was.Spec.Propagate.Contains(name.Value) {
			gain("propagates grants to provider "+finding.Quote(name.Value), name.Pos, "propagate")
		}
	}
}

// compareContainers finds domains whose documents go elsewhere, or are kept shorter.
func compareContainers(c *comparison) {
	taken := map[string]string{}
	for _, d := range c.base.registry.Domains {
		taken[d.Container()] = d.Meta.Name.Value
	}
	for _, d := range c.head.registry.Domains {
		name, container := d.Meta.Name.Value, d.Container()
		was := c.base.registry.Domain(name)
		at := func(pos manifest.Pos, what string) Cause {
			return causeAt(d.File, cmp.Or(pos, d.Meta.Name.Pos), what+" of domain "+name)
		}
		if owner := taken[container]; owner != "" && owner != name {
			c.controls("domain "+name, "takes container "+finding.Quote(container)+" of domain "+owner, []string{owner}, at(d.Spec.Container.Pos, "container"))
		} else if was != nil && was.Container() != container {
			c.controls("domain "+name, "has container "+insteadOf(container, was.Container()), []string{name}, at(d.Spec.Container.Pos, "container"))
		}
		if was != nil && was.Spec.Retention.Exceeds(d.Spec.Retention) {
			c.controls("domain "+name, "keeps what was removed for "+insteadOf(d.Spec.Retention.Text, was.Spec.Retention.Text), []string{name},
				at(d.Spec.Retention.Pos, "retention"))
		}
	}
}

// compareProviders finds providers that are another system, or in which roster may do
// more.
func compareProviders(c *comparison) {
	for _, p := range c.head.registry.Providers {
		i := slices.IndexFunc(c.base.registry.Providers, func(was *manifest.Provider) bool { return was.Meta.Name.Value == p.Meta.Name.Value })
		if i < 0 {
			continue
		}
		compareProvider(c, p, c.base.registry.Providers[i])
	}
}

// compareProvider compares one provider. Host names, GUIDs and resource ids do not differ
// in case: these fields are folded.
func compareProvider(c *comparison, p, before *manifest.Provider) {
	level := "provider " + p.Meta.Name.Value
	gain := func(change string, at manifest.Pos, what string) {
		c.controls(level, change, []string{}, causeAt(p.File, cmp.Or(at, p.Meta.Name.Pos), what+" of "+level))
	}
	now, was := &p.Spec, &before.Spec
	for _, f := range []struct {
		name     string
		now, was manifest.String
		fold     bool
	}{
		{"type", now.Type, was.Type, false},
		{"tenant", now.Tenant, was.Tenant, true},
		{"account", now.Account, was.Account, true},
		{"client", now.Client, was.Client, false},
		{"key", now.Key, was.Key, true},
	} {
		if f.now.Value != f.was.Value && (!f.fold || !strings.EqualFold(f.now.Value, f.was.Value)) {
			gain("has "+f.name+" "+insteadOf(f.now.Value, f.was.Value), f.now.Pos, f.name)
		}
	}
	for _, text := range now.Owns {
		if !was.Owns.Contains(text.Value) {
			gain("manages "+finding.Quote(text.Value)+", too", text.Pos, "owns")
		}
	}
	if now.Unmanaged.Value == "prune" && was.Unmanaged.Value != "prune" {
		gain("removes grants that no manifest declares", now.Unmanaged.Pos, "unmanaged")
	}
	if word, more := c.beyond(c.head.tree.Union(now.Excess.Values()), c.base.tree.Union(was.Excess.Values())); more {
		gain("accepts more than nodes declare, for example "+word, now.Excess.Pos(), "excess")
	}
}
