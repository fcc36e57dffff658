// SPDX-License-Identifier: Apache-2.0

package access

import (
	"maps"
	"math"
	"slices"
)

// A search looks for the least word of a goal.
type search struct {
	goal  *node
	meter meter
	best  string // the least word found so far, or empty
}

// leastWord returns the least word of a goal, or "" if it has none, and the
// rest of the budget. If that is negative the budget ended first: the word is
// then the least one found.
func leastWord(goal *node, budget int) (word string, left int) {
	s := search{goal: goal, meter: meter{left: budget}}
	s.through(goal)
	return s.best, s.meter.left
}

// through tries scopes that together hold every word of n.
func (s *search) through(n *node) {
	if n == nil || !s.meter.spend(visitCost) {
		return
	}
	switch n.op {
	case opUnion:
		for _, g := range n.union.scopes {
			if s.meter.spent() {
				return
			}
			s.try(g)
		}
	case opOr:
		s.through(n.l)
		s.through(n.r)
	case opAnd:
		if n.r.cover.less(n.l.cover) {
			s.through(n.r)
		} else {
			s.through(n.l)
		}
	default:
		s.through(n.l)
	}
}

// try looks for a word of the goal in g.
func (s *search) try(g Scope) {
	if s.best != "" && g.whole().leastLength() > len(s.best) {
		return
	}
	switch s.goal.share(g.whole(), &s.meter) {
	case none:
	case all:
		s.offerLeast(part{g, leastVerb(g.verbs())})
	case some:
		for _, verb := range s.verbs(g) {
			s.explore(part{g, verb})
		}
	}
}

// offerLeast offers the least word of a part with one verb, all of which is in
// the goal.
func (s *search) offerLeast(q part) {
	if !q.wild() && q.only == q.verbs() {
		s.offer(q.text) // which is the word
		return
	}
	s.offer(leastResource(q.resource()) + ":" + q.only)
}

func (s *search) offer(word string) {
	if s.best == "" || less(word, s.best) {
		s.best = word
	}
}

// explore looks for a word of the goal in a part that has one verb.
func (s *search) explore(q part) {
	if s.meter.spent() || s.best != "" && q.leastLength() > len(s.best) {
		return
	}
	problem := problem{part: q, meter: &s.meter}
	switch held := problem.reduce(s.goal); {
	case s.meter.spent(): // and held may be wrong
	case held == all:
		s.offerLeast(q)
	case held == some:
		if resource := problem.solve(s.resourceLimit(q.only)); resource != "" {
			s.offer(resource + ":" + q.only)
		}
	}
}

// resourceLimit returns the length beyond which a resource makes, with a verb,
// a word longer than the best.
func (s *search) resourceLimit(verb string) int {
	if s.best == "" {
		return math.MaxInt
	}
	return len(s.best) - len(":") - len(verb)
}

// verbs returns the verbs of g that need to be told apart, least first: those
// that it lists, or else those that scopes which meet it list and one that none
// of them lists.
func (s *search) verbs(g Scope) []string {
	named := map[string]bool{}
	if g.verbs() == anyVerb {
		s.goal.verbs(g.whole(), &s.meter, named)
		named[unnamedVerb(named)] = true
	} else {
		for verb := range eachVerb(g.verbs()) {
			named[verb] = true
		}
	}
	return slices.SortedFunc(maps.Keys(named), compareWords)
}

// verbs adds the verbs that the scopes of n which meet q list.
func (n *node) verbs(q part, m *meter, named map[string]bool) {
	switch {
	case n == nil || !m.spend(visitCost):
	case n.op == opUnion:
		n.union.meeting(q, m, func(p Scope, _ share) bool {
			for verb := range eachVerb(p.verbs()) {
				if verb != anyVerb {
					named[verb] = true
				}
			}
			return true
		})
	default:
		n.l.verbs(q, m, named)
		n.r.verbs(q, m, named)
	}
}
