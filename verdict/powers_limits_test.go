// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"strings"
)

// A stage is one level above a node: its name in head, its name in base, and what it lets
// through by itself.
type stage struct {
	name, known string
	own         words
}

// own returns what a level lets through by itself.
func (o *oracle) own(spec object) words {
	set := o.everything()
	if ceiling := textsAt(spec, "ceiling"); ceiling != nil {
		set = o.of(ceiling)
	}
	return set.minus(o.of(textsAt(spec, "deny")))
}

// stages returns the levels above an app and its own, from the root.
func (o *oracle) stages(s *state, n *point) []stage {
	if n == nil {
		return []stage{{"the root", "the root", o.own(s.root)}}
	}
	if n.above == nil {
		domain := "domain " + n.domain
		return append(o.stages(s, nil), stage{domain, domain, o.own(s.domains[n.domain])}, stage{"app " + n.path, "app " + n.known(), o.own(n.spec)})
	}
	return append(o.stages(s, n.above), stage{"app " + n.path, "app " + n.known(), o.own(n.spec)})
}

func handedDown(list []stage) words {
	all := list[0].own
	for _, l := range list[1:] {
		all = all.and(l.own)
	}
	return all
}

// bounds finds levels that allow what they stopped, and apps that left levels which
// stopped something.
func (o *oracle) bounds() {
	root := o.stages(o.head, nil)
	o.compareWords(listHeadroom, "the root", "bounds", o.own(o.base.root), handedDown(root))
	for name, spec := range o.head.domains {
		if was := o.base.domains[name]; was != nil {
			o.compareWords(listHeadroom, "domain "+name, "bounds", o.own(was), o.own(spec).and(root[0].own))
		}
	}
	for _, n := range o.head.nodes {
		if n.environment != "" || n.was == nil {
			continue
		}
		was, level := n.was, "app "+n.path
		line := o.stages(o.head, n)
		o.compareWords(listHeadroom, level, "bounds", o.own(was.spec), handedDown(line))
		if n.path == was.path || n.above != nil && was.above != nil && n.above.was == was.above {
			continue // it did not move, or along with the app above it
		}
		for _, left := range o.stages(o.base, was) {
			if !slices.ContainsFunc(line, func(l stage) bool { return l.known == left.known }) {
				o.compareWords(listHeadroom, level, "moved", left.own, handedDown(line))
			}
		}
	}
}

// rootLimits compares what the root limits beside access.
func (o *oracle) rootLimits() {
	was, now := o.base.root, o.head.root
	counted := func(name, absent string) {
		list := func(root object) words {
			if texts := textsAt(root, name); texts != nil {
				return o.of(texts)
			}
			return o.of([]string{absent})
		}
		all := o.everything()
		o.compareWords(listHeadroom, "the root", name, all.minus(list(was)), all.minus(list(now)))
	}
	counted("secretScopes", "keyvault/**:get")
	counted("privilegedScopes", "**:admin")
	for name, absent := range map[string]int{"update": 30, "delete": 10, "from": 10, "privileged": 5} {
		of := func(root object) powers { return atMost(name, objectAt(root, "guardrails")[name], absent) }
		o.compare(listHeadroom, "the root", "guardrail "+name, of(was), of(now))
	}
	environments := func(root object) powers { return listed(textsAt(root, "environments"), "dev", "prod", "production") }
	o.compare(listHeadroom, "the root", "environments", environments(was), environments(now))
	o.compare(listHeadroom, "the root", "approvers", rootApprovers(was), rootApprovers(now))
	longest := func(root object) powers { return upTo("a waiver", textAt(objectAt(root, "waivers"), "longest")) }
	o.compare(listHeadroom, "the root", "longest", longest(was), longest(now))
	permitted := placesOf(objectsAt(was, "sinks"))
	for place := range placesOf(objectsAt(now, "sinks")) {
		o.compare(listHeadroom, "the root", "sink", permitted, powers{place: true})
	}
}

// rootApprovers is who approves a waiver whose template lists nobody: the owner of its
// domain is an office, held by one person or another.
func rootApprovers(root object) powers {
	return approversOf(textsAt(objectAt(root, "waivers"), "approvers"))
}

func approversOf(list []string) powers {
	if list == nil {
		return powers{"the owner of the domain": true}
	}
	p := powers{}
	for _, who := range list {
		p.add(strings.ToLower(who))
	}
	return p
}

// domainLimits compares what domains limit beside access, and their owners, who approve
// waivers.
func (o *oracle) domainLimits() {
	for name, now := range o.head.domains {
		level, was := "domain "+name, o.base.domains[name]
		permitted := placesOf(objectsAt(o.base.root, "sinks"))
		for place := range placesOf(objectsAt(was, "sinks")) {
			permitted.add(place)
		}
		for place := range placesOf(objectsAt(now, "sinks")) {
			o.compare(listHeadroom, level, "sink", permitted, powers{place: true})
		}
		if was == nil {
			continue
		}
		sources := func(spec object) powers {
			return listed(textsAt(spec, "sources"), "github.com/acme/one", "github.com/acme/two")
		}
		o.compare(listHeadroom, level, "sources", sources(was), sources(now))
		if before, after := textAt(was, "owner"), textAt(now, "owner"); !strings.EqualFold(before, after) {
			o.compare(listHeadroom, level, "owner", o.base.people(before), o.head.people(after))
		}
	}
}

// people is who answers as a person or a group: everybody in a group that lists its
// people, else the name itself.
func (s *state) people(name string) powers {
	name = strings.ToLower(name)
	if people := s.groups[name]; len(people) > 0 {
		return people
	}
	return powers{name: true}
}

// waivers finds waivers that are new, waive more, for another node or for longer, or that
// somebody else approved.
func (o *oracle) waivers() {
	for name, now := range o.head.waivers {
		was, there := o.base.waivers[name]
		if !there {
			o.must[gain{listHeadroom, "waiver " + name, "waiver"}] = "it is new"
			continue
		}
		before := o.waived(was, o.everything())
		o.compare(listHeadroom, "waiver "+name, "waiver", before, o.waived(now, o.counted))
		// A waiver that lasts longer is said in catalogue mode too, of whatever permissions.
		if example, found := o.waived(now, o.everything()).beyond(before); found {
			o.may[gain{listHeadroom, "waiver " + name, "waiver"}] = example
		}
	}
}

// waived is what a waiver lets its node do, on each day and by whose approval. Of
// permissions only some count.
func (o *oracle) waived(spec object, counted words) powers {
	var what []string
	if policy := textAt(spec, "policy"); policy != "" {
		for _, rule := range []string{"limits.wildcards", "one", anyOther} {
			if only := textAt(spec, "rule"); only == "" || only == rule {
				what = append(what, policy+"."+rule)
			}
		}
	}
	what = append(what, o.texts(o.of(textsAt(spec, "scopes")).and(counted))...)
	p := powers{"approval of " + strings.ToLower(textAt(spec, "approvedBy")): true}
	for _, day := range []string{"2025-01-01", "2026-01-15", "2026-03-15", "2026-06-30", "2026-07-01", "2026-10-01", "2027-01-01"} {
		if day < textAt(spec, "from") || day > textAt(spec, "until") {
			continue
		}
		for _, text := range what {
			p.add(textAt(spec, "for") + " " + text + " on " + day)
		}
	}
	return p
}
