// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"encoding/json"
	"slices"
)

// namedAt returns the templates that the root, a domain and a line of apps name.
func (s *state) namedAt(n *point) powers {
	p := powers{}
	p.add(textsAt(s.root, "policies")...)
	p.add(textsAt(s.domains[n.domain], "policies")...)
	for app := n.app; app != nil; app = app.above {
		p.add(textsAt(app.spec, "policies")...)
	}
	return p
}

// matches reports whether a template is about a node.
func matches(template object, n *point) bool {
	m := objectAt(template, "match")
	for name, value := range map[string]string{"kinds": n.kind, "domains": n.domain, "environments": n.environment} {
		if list := textsAt(m, name); list != nil && !slices.Contains(list, value) {
			return false
		}
	}
	for label, value := range objectAt(m, "labels") {
		if n.labels[label] != value {
			return false
		}
	}
	return true
}

// boundAt returns the templates that bind a node.
func (s *state) boundAt(n *point) powers {
	p := powers{}
	for name := range s.namedAt(n) {
		if matches(s.templates[name], n) {
			p.add(name)
		}
	}
	return p
}

// binding finds levels that no longer name a template, and nodes that one no longer
// binds. What a higher level lost is said there, and can be said below as well.
func (o *oracle) binding() {
	rootWas, rootNow := powers{}, powers{}
	rootWas.add(textsAt(o.base.root, "policies")...)
	rootNow.add(textsAt(o.head.root, "policies")...)
	free := func(level, template string, said bool) {
		g := gain{listHeadroom, level, "bound by " + template}
		if said {
			o.may[g] = "said at a higher level"
		} else {
			o.must[g] = "not bound"
		}
	}
	for name := range rootWas {
		if !rootNow[name] {
			free("the root", name, false)
		}
	}
	for domain, now := range o.head.domains {
		for _, name := range textsAt(o.base.domains[domain], "policies") {
			if !rootNow[name] && !slices.Contains(textsAt(now, "policies"), name) {
				free("domain "+domain, name, rootWas[name])
			}
		}
	}
	for _, path := range o.head.paths {
		n := o.head.nodes[path]
		if n.was != nil && n.environment == "" {
			o.unnamed(n, free)
		}
		if n.holder {
			o.freed(n, free)
		}
	}
}

// unnamed finds templates that were named at or above an app and are not named there.
func (o *oracle) unnamed(n *point, free func(level, template string, said bool)) {
	now := o.head.namedAt(n)
	for name := range o.base.namedAt(n.was) {
		if now[name] {
			continue
		}
		said := slices.Contains(textsAt(o.base.root, "policies"), name) // lost at the root
		if n.domain == n.was.domain {
			said = said || slices.Contains(textsAt(o.base.domains[n.domain], "policies"), name)
		}
		if n.above != nil && n.above.was != nil && n.above.was == n.was.above {
			said = said || o.base.namedAt(n.was.above)[name]
		}
		free("app "+n.path, name, said)
	}
}

// freed finds templates that bound what a holder was and do not match what it is. A new
// node may have been any node of its file that is gone, and any whose callers it has.
func (o *oracle) freed(n *point, free func(level, template string, said bool)) {
	before := []*point{n.was}
	continued := n.was != nil && n.was.holder
	if !continued {
		before = o.kin(n)
	}
	now := o.head.boundAt(n)
	for _, was := range before {
		for name := range o.base.boundAt(was) {
			if o.head.templates[name] == nil || now[name] {
				continue // it is gone, which is said of the template, or it binds still
			}
			// A template that matches less, or that a level no longer names, is said there.
			said := continued && matches(o.base.templates[name], n)
			free("app "+n.path, name, said)
		}
	}
}

// kin returns the holders of base that a new node may have been.
func (o *oracle) kin(n *point) []*point {
	still := map[*point]bool{}
	o.head.eachHolder(func(other *point) { still[other.was] = true })
	var list []*point
	o.base.eachHolder(func(was *point) {
		if was.file == n.file && !still[was] || shareCaller(was, n) {
			list = append(list, was)
		}
	})
	return list
}

func shareCaller(a, b *point) bool {
	for _, x := range subjectsOf(a) {
		for _, y := range subjectsOf(b) {
			for caller := range x.callers {
				if y.callers[caller] {
					return true
				}
			}
		}
	}
	return false
}

// A templatePart is one field of a template: what its rule permits, reports and
// refusals alike.
type templatePart struct {
	what   string
	passes func(template object) powers
}

// templateRules compares what every template of base permits with what it does in head.
func (o *oracle) templateRules() {
	for name, was := range o.base.templates {
		level, now := "policy template "+name, o.head.templates[name]
		if now == nil {
			o.must[gain{listHeadroom, level, "removed"}] = "everything"
			continue
		}
		all := o.everything()
		o.compareWords(listHeadroom, level, "mustNever", all.minus(o.of(textsAt(was, "mustNever"))), all.minus(o.of(textsAt(now, "mustNever"))))
		for _, part := range templateParts() {
			o.compare(listHeadroom, level, part.what, part.passes(was), part.passes(now))
		}
		o.templateApprovers(level, was, now)
		o.opaque(level, was, now)
	}
}

func templateParts() []templatePart {
	match := func(name string, all ...string) templatePart {
		return templatePart{"match." + name, func(t object) powers { return unlisted(textsAt(objectAt(t, "match"), name), all...) }}
	}
	duration := func(above, name string) templatePart {
		return templatePart{name, func(t object) powers { return upTo(name, textAt(objectAt(t, above), name)) }}
	}
	count := func(name string) templatePart {
		return templatePart{name, func(t object) powers { return atMost(name, objectAt(t, "limits")[name], ever) }}
	}
	trust := func(name string, all ...string) templatePart {
		return templatePart{name, func(t object) powers { return listed(textsAt(objectAt(t, "trust"), name), all...) }}
	}
	return []templatePart{
		match("kinds", "App", "Agent"), match("domains", "a", "b"), match("environments", "", "prod", "dev"),
		{"match.labels", func(t object) powers { return otherLabels(objectAt(objectAt(t, "match"), "labels")) }},
		{"mode", func(t object) powers { return powers{"what it objects to": textAt(t, "mode") == "audit"}.held() }},
		duration("limits", "credentialAge"), duration("limits", "tokenLife"), duration("waivers", "longest"), count("wildcards"), count("privileged"),
		{"required", func(t object) powers { return powers{"no identity": objectAt(t, "trust")["required"] != true}.held() }},
		trust("issuers", "github", "entra", "okta"), trust("repositories", "acme/one", "acme/two"),
		{"pin", func(t object) powers {
			pins := textsAt(objectAt(t, "trust"), "pin")
			return powers{"any environment": !slices.Contains(pins, "environment"), "any ids": !slices.Contains(pins, "ids")}.held()
		}},
	}
}

// held leaves out what is false.
func (p powers) held() powers {
	for what, can := range p {
		if !can {
			delete(p, what)
		}
	}
	return p
}

// otherLabels are the labels of nodes that a template does not match.
func otherLabels(asked object) powers {
	p := powers{}
	for label, want := range asked {
		for _, value := range []any{"", "core", "lab", "x", anyOther} { // "" is a node without the label
			if want != value {
				p.add(label + " " + value.(string))
			}
		}
	}
	return p
}

// templateApprovers compares who approves a waiver of a template. One that lists nobody on
// both sides has those of the root, where the gain is said.
func (o *oracle) templateApprovers(level string, was, now object) {
	lists := func(template object) bool { return objectAt(template, "waivers")["approvers"] != nil }
	if lists(was) || lists(now) {
		o.compare(listHeadroom, level, "approvers", o.base.approvers(was), o.head.approvers(now))
	}
}

// approvers is who approves a waiver of a template: those of its list, else the root's.
func (s *state) approvers(template object) powers {
	if list := textsAt(objectAt(template, "waivers"), "approvers"); list != nil {
		return approversOf(list)
	}
	return rootApprovers(s.root)
}

// opaque compares what only whole texts can be compared of: a schema, expressions and
// their params. What another text permits cannot be told, so it counts as more.
func (o *oracle) opaque(level string, was, now object) {
	if schema := was["schema"]; schema != nil && text(schema) != text(now["schema"]) {
		o.must[gain{listHeadroom, level, "schema"}] = "what the former one refused"
	}
	refuses, accepts := rulesOf(was)
	refusesNow, acceptsNow := rulesOf(now)
	o.compare(listHeadroom, level, "rules", refusesNow, refuses) // a rule that is gone
	o.compare(listHeadroom, level, "accepts", accepts, acceptsNow)
	if len(objectsAt(was, "rules")) > 0 && text(was["params"]) != text(now["params"]) {
		o.must[gain{listHeadroom, level, "params"}] = "what the former ones refused"
	}
}

// rulesOf returns the rules of a template: those that refuse, and those that accept.
func rulesOf(template object) (refuses, accepts powers) {
	refuses, accepts = powers{}, powers{}
	for _, r := range objectsAt(template, "rules") {
		rule := textAt(r, "name") + ": " + textAt(r, "expression")
		if what := textAt(r, "accepts"); what != "" {
			accepts.add(what + " by " + rule)
		} else {
			refuses.add(rule)
		}
	}
	return refuses, accepts
}

func text(value any) string {
	all, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(all)
}
