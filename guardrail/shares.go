// SPDX-License-Identifier: Apache-2.0

package guardrail

import (
	"fmt"
	"slices"
)

// A rail limits one kind of change to a share of the nodes.
type rail struct {
	rule, done, override string
	counts               func(Change) bool
	percent              int
}

func (l Limits) rails() []rail {
	return []rail{
		{"guardrail-update", "updated", "updates", Change.updates, l.UpdatePercent},
		{"guardrail-delete", "deleted", "deletes", Change.deletes, l.DeletePercent},
	}
}

// A share is a group of nodes of which only a part may be changed.
type share struct {
	of   string // "nodes", "nodes with access", "nodes of domain orders"
	part func(domain string, access bool) bool
}

// sharesOf returns the groups that are judged: all nodes, those with access, and those
// of each domain. Nodes that hold nothing, or of other domains, would make a part
// small.
func sharesOf(registered []Node) []share {
	list := []share{
		{"nodes", func(string, bool) bool { return true }},
		{"nodes with access", func(_ string, access bool) bool { return access }},
	}
	var domains []string
	for _, n := range registered {
		domains = append(domains, n.Domain)
	}
	slices.Sort(domains)
	for _, name := range slices.Compact(domains) {
		list = append(list, share{"nodes of domain " + name, func(domain string, _ bool) bool { return domain == name }})
	}
	return list
}

// A tally counts the changes of one rail in one share.
type tally struct {
	size    int // nodes before the changes of the day
	planned int // changed by the plan
	fresh   int // of these, other than descriptive
	earlier int // changed by earlier runs, and not by the plan
}

func (s share) tally(r rail, registered []Node, changes []Change, recent []Recent) tally {
	var t tally
	changed, there := map[string]bool{}, map[string]bool{}
	for _, n := range registered {
		if there[n.Path] = true; s.part(n.Domain, n.Access) {
			t.size++
		}
	}
	for _, c := range changes {
		if !r.counts(c) || !s.part(c.Before.Domain, c.Before.Access) {
			continue
		}
		t.planned++
		if !c.Descriptive {
			t.fresh++
			changed[c.Path] = true
		}
	}
	for _, e := range recent {
		nodes := slices.DeleteFunc(slices.Clone(e.Nodes), func(node string) bool { return !s.part(domainOf(node), e.Access) })
		if e.Limit == r.override {
			t.earlier += len(slices.DeleteFunc(slices.Clone(nodes), func(node string) bool { return changed[node] }))
		}
		if e.Limit == "deletes" { // they were nodes when the day began
			t.size += len(slices.DeleteFunc(nodes, func(node string) bool { return there[node] }))
		}
	}
	return t
}

// over reports whether the plan alone, or the whole day, changes more than a percentage.
func (t tally) over(percent int) (plan, day bool) {
	return t.planned*100 > percent*t.size, t.fresh > 0 && (t.fresh+t.earlier)*100 > percent*t.size
}

// shares refuses a plan that updates or deletes too large a part of a group, by itself
// or together with earlier runs of the day. The first group that objects is named: an
// override accepts the number of all changed nodes, so it accepts them in every group.
func (l Limits) shares(registered []Node, changes []Change, recent []Recent) []Refusal {
	var refusals []Refusal
	for _, r := range l.rails() {
		groups := sharesOf(registered)
		all := groups[0].tally(r, registered, changes, recent)
		for _, group := range groups {
			t := group.tally(r, registered, changes, recent)
			plan, day := t.over(r.percent)
			if t.size < max(l.From, 1) || !plan && !day {
				continue
			}
			refusals = append(refusals, Refusal{
				Rule:     r.rule,
				Message:  t.message(group, r, plan),
				Override: fmt.Sprintf("%s=%d", r.override, all.planned+all.earlier),
			})
			break
		}
	}
	return refusals
}

func (t tally) message(group share, r rail, plan bool) string {
	n, when := t.planned, ""
	if !plan {
		n, when = t.fresh+t.earlier, fmt.Sprintf(" within a day, %d of them by earlier runs", t.earlier)
	}
	return fmt.Sprintf("%d of %d %s would be %s%s (%d %%); the limit is %d %%", n, t.size, group.of, r.done, when, n*100/t.size, r.percent)
}
