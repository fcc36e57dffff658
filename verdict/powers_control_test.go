// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"strings"
)

// rootControl compares the systems and keys that the root names, and where domains keep
// their documents.
func (o *oracle) rootControl() {
	was, now := o.base.root, o.head.root
	o.compare(listControl, "the root", "name", powers{o.base.name: true}, powers{o.head.name: true})
	o.compare(listControl, "the root", "store", powers{textAt(was, "store"): true}, powers{textAt(now, "store"): true})
	for name, what := range map[string]string{"snapshotKeys": "trusts", "propagate": "propagates to"} {
		before, after := powers{}, powers{}
		before.add(textsAt(was, name)...)
		after.add(textsAt(now, name)...)
		o.compare(listControl, "the root", what, before, after)
	}
	container := func(name string, spec object) string {
		if text := textAt(spec, "container"); text != "" {
			return text
		}
		return name
	}
	taken := powers{}
	for name, spec := range o.base.domains {
		taken.add(container(name, spec))
	}
	for name, spec := range o.head.domains {
		level, before := "domain "+name, o.base.domains[name]
		into := container(name, spec)
		if before == nil { // a new domain brings its own container
			if taken[into] {
				o.must[gain{listControl, level, "container"}] = into
			}
			continue
		}
		o.compare(listControl, level, "container", powers{container(name, before): true}, powers{into: true})
		// What was removed is forgotten once it is older than the retention.
		o.compare(listControl, level, "retention", upTo("kept for", textAt(spec, "retention")), upTo("kept for", textAt(before, "retention")))
	}
}

// groups finds people who are in a group and were not. A group that base does not list
// gives its people what names it, which is said there, unless base names it as well.
func (o *oracle) groups() {
	for name, now := range o.head.groups {
		was, listed := o.base.groups[name]
		for who := range now {
			if was[who] {
				continue
			}
			g := gain{listControl, "the root", "adds " + who + " to " + name}
			switch {
			case o.head.named[name] && (listed || o.base.named[name]):
				o.must[g] = who
			case listed: // nothing names the group
				o.may[g] = who
			}
		}
	}
}

// providers compares which systems providers are, and what roster may do in them.
func (o *oracle) providers() {
	for name, now := range o.head.providers {
		was, there := o.base.providers[name]
		if !there {
			continue
		}
		level := "provider " + name
		for _, field := range []string{"type", "tenant", "account", "client", "key"} {
			form := strings.ToLower
			if field == "client" { // ids of clients are compared as they are written
				form = func(text string) string { return text }
			}
			o.compare(listControl, level, field, powers{form(textAt(was, field)): true}, powers{form(textAt(now, field)): true})
		}
		before, after := powers{}, powers{}
		before.add(textsAt(was, "owns")...)
		after.add(textsAt(now, "owns")...)
		o.compare(listControl, level, "owns", before, after)
		prunes := func(spec object) powers { return powers{"removes": textAt(spec, "unmanaged") == "prune"}.held() }
		o.compare(listControl, level, "unmanaged", prunes(was), prunes(now))
		o.compareWords(listControl, level, "excess", o.of(textsAt(was, "excess")), o.of(textsAt(now, "excess")))
	}
}

// nodeControl compares who answers for the nodes that base and head have, how their
// credentials are renewed, and whether they are protected.
func (o *oracle) nodeControl() {
	for _, path := range o.head.paths {
		n := o.head.nodes[path]
		if n.was == nil {
			continue
		}
		o.owner(n)
		o.source(n)
		if n.was.kind == "Agent" && n.environment == "" {
			o.agent(n)
		}
		if n.holder {
			deleted := func(n *point) powers { return powers{"deleted": n.value("protect") != true}.held() }
			o.compare(listHeadroom, n.path, "protect", deleted(n.was), deleted(n))
			if n.was.holder {
				o.rotation(n)
			}
		}
	}
}

// inApp reports whether an environment says of a field what its app says, on both
// sides: then a gain is said of the app.
func inApp(n *point, field string) bool {
	return n.environment != "" && n.was.environment != "" &&
		n.value(field) == n.app.spec[field] && n.was.value(field) == n.was.app.spec[field]
}

// enter enters a gain of a node, which may be said of its app.
func (o *oracle) enter(n *point, field string, was, now powers) {
	example, found := now.beyond(was)
	g := gain{listControl, "app " + n.path, field}
	switch {
	case !found:
	case inApp(n, field):
		o.may[g] = example
	default:
		o.must[g] = example
	}
}

func (o *oracle) owner(n *point) {
	now, _ := n.value("owner").(string)
	was, _ := n.was.value("owner").(string)
	if !strings.EqualFold(now, was) { // who is in a group is said of the group
		o.enter(n, "owner", o.base.people(was), o.head.people(now))
	}
}

// source compares the repositories that may register a node: its own, and those that its
// domain listed already.
func (o *oracle) source(n *point) {
	now, _ := n.value("source").(string)
	was, _ := n.was.value("source").(string)
	if now == "" {
		return // a node without one is registered by nobody else
	}
	may := powers{strings.ToLower(was): true}
	for _, listed := range textsAt(o.base.domains[n.domain], "sources") {
		may.add(strings.ToLower(listed))
	}
	o.enter(n, "source", may, powers{strings.ToLower(now): true})
}

// agent compares who answers for an agent, for whom it acts and for how long.
func (o *oracle) agent(n *point) {
	level, was, now := "app "+n.path, n.was.spec, n.spec
	if n.kind != "Agent" {
		o.must[gain{listControl, level, "agent"}] = "acts without a sponsor"
		return
	}
	if before, after := textAt(was, "sponsor"), textAt(now, "sponsor"); !strings.EqualFold(before, after) {
		o.compare(listControl, level, "sponsor", o.base.people(before), o.head.people(after))
	}
	for _, who := range textsAt(now, "onBehalfOf") {
		as := o.head.people(who)
		same := false
		for _, before := range textsAt(was, "onBehalfOf") {
			_, more := as.beyond(o.base.people(before))
			same = same || !more || strings.EqualFold(who, before)
		}
		if !same {
			o.must[gain{listControl, level, "onBehalfOf"}] = who
		}
	}
	o.compare(listControl, level, "tokenLife", upTo("a token", textAt(was, "tokenLife")), upTo("a token", textAt(now, "tokenLife")))
	acts := func(spec object) powers {
		p := powers{}
		for _, day := range []string{"2026-06-30", "2026-10-01", "2027-01-01"} {
			if until := textAt(spec, "until"); until == "" || day <= until {
				p.add(day)
			}
		}
		return p
	}
	o.compare(listControl, level, "until", acts(was), acts(now))
}

// rotation compares how the credentials of a node are renewed with how those of the same
// name were or, for a new name, those that opened the same.
func (o *oracle) rotation(n *point) {
	for _, now := range credentialsOf(n) {
		name := textAt(now, "name")
		var before []object
		for _, was := range credentialsOf(n.was) {
			if textAt(was, "name") == name {
				before = []object{was}
				break
			}
			if o.opens(o.base, n.was, was).lock == o.opens(o.head, n, now).lock {
				before = append(before, was)
			}
		}
		for _, was := range before {
			for _, field := range []string{"every", "overlap", "ackTimeout"} {
				length := func(c object) powers { return upTo(field, textAt(objectAt(c, "rotate"), field)) }
				o.compare(listHeadroom, "app "+n.path, field+" of "+name, length(was), length(now))
			}
			o.compare(listControl, "app "+n.path, "consumers of "+name, acknowledges(was), acknowledges(now))
		}
	}
}

// acknowledges is whose answer a rotation waits for, and whose it does not.
func acknowledges(credential object) powers {
	p := powers{}
	consumers := textsAt(objectAt(credential, "rotate"), "consumers")
	for _, name := range []string{"one", "two"} {
		word := "is not waited for"
		for _, listed := range consumers {
			if listed == name {
				word = "is waited for"
			}
		}
		p.add(name + " " + word)
	}
	return p
}
