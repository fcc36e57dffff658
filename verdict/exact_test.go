// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/internal/test/universe"
	"github.com/appofapps/roster/verdict"
)

// A principal is one concrete identity: a workflow of one repository in one
// environment or on some branch, an application, or a node. Every kind that a
// pattern can tell apart occurs, and one of each that none names. A repository is
// known by its name and, where a manifest pins them, its ids.
type principal struct{ name, ids, environment, entra, path string }

func principals(nodes []holding) []principal {
	var all []principal
	for _, name := range []string{"acme/one", "acme/two"} {
		for _, ids := range []string{"1/2", "1/3", "9/9"} {
			for _, environment := range []string{"dev", "prod", "(a branch)"} {
				all = append(all, principal{name: name, ids: ids, environment: environment})
			}
		}
	}
	all = append(all, principal{entra: "red"}, principal{entra: "blue"})
	for _, n := range nodes {
		all = append(all, principal{path: n.known})
	}
	return all
}

// A holding is one node that holds access.
type holding struct {
	path, known string // known: the path that it had in base
	scopes      []string
	who         who
}

// is reports whether a principal can become the node by one of its identities:
// text is that identity as a verdict names it.
func (h holding) is(p principal) (text string, ok bool) {
	repository, ids := split(h.who.repository)
	switch {
	case p.entra != "":
		return "entra:" + h.who.entra, p.entra == h.who.entra
	case p.path != "":
		return h.path, h.who == who{} && p.path == h.known
	case h.who.repository == "" || h.who.environment != "" && h.who.environment != p.environment:
		return "", false
	}
	text = "repo:" + h.who.repository + ":*"
	if h.who.environment != "" {
		text = "repo:" + h.who.repository + ":environment:" + h.who.environment
	}
	return text, repository == p.name && (ids == "" || ids == p.ids)
}

func split(text string) (name, ids string) {
	switch strings.ToLower(text) {
	case "acme@1/one@2":
		return "acme/one", "1/2"
	case "acme@1/two@2":
		return "acme/two", "1/2"
	case "acme@1/one@3":
		return "acme/one", "1/3"
	default:
		return strings.ToLower(text), ""
	}
}

// holdings lists the nodes of a tree that hold access; known gives the path in
// base of an app's path.
func (t tree) holdings(known func(path string) string) []holding {
	var all []holding
	for name, a := range t.apps {
		path := t.path(name)
		if a.environments == nil {
			all = append(all, holding{path, known(path), a.scopes, a.who})
			continue
		}
		for suffix, e := range a.environments {
			h := holding{path + "@" + suffix, known(path) + "@" + suffix, a.scopes, a.who}
			if e.scopes != nil {
				h.scopes = e.scopes
			}
			if e.who != (who{}) {
				h.who = e.who
			}
			all = append(all, h)
		}
	}
	return all
}

// grant is what a verdict says of one node and identity.
type grant struct{ node, identity string }

// grants returns, for every holding of one side and each of its identities, the
// words that some principal has by it and did not have on the other side.
func grants(u *universe.Universe, side, other []holding, all []principal) map[grant]universe.Set {
	result := map[grant]universe.Set{}
	for _, p := range all {
		var held universe.Set
		for _, h := range other {
			if _, ok := h.is(p); ok {
				held = held.Or(u.Words(h.scopes))
			}
		}
		for _, h := range side {
			if identity, ok := h.is(p); ok {
				g := grant{h.path, identity}
				result[g] = result[g].Or(u.Words(h.scopes).Minus(held))
			}
		}
	}
	return result
}

// renamedPaths returns the path in base of every app of head that was there: its
// own, the one that it says, or one below that of the app above it.
func renamedPaths(base, head tree) map[string]string {
	before, after, claims := map[string]bool{}, map[string]bool{}, map[string]int{}
	for name := range base.apps {
		before[base.path(name)] = true
	}
	for name, a := range head.apps {
		after[head.path(name)] = true
		if !before[head.path(name)] {
			claims[a.previously]++
		}
	}
	renames := map[string]string{}
	var find func(name string) string
	find = func(name string) string {
		a, path := head.apps[name], head.path(name)
		switch {
		case before[path]:
			return path
		case a.previously != "":
			if before[a.previously] && !after[a.previously] && claims[a.previously] == 1 {
				return a.previously
			}
		case a.parent != "":
			if above := find(a.parent); above != "" && before[above+"/"+name] && !after[above+"/"+name] {
				return above + "/" + name
			}
		}
		return ""
	}
	for name := range head.apps {
		if was := find(name); was != "" {
			renames[head.path(name)] = was
		}
	}
	return renames
}

// TestVerdictAgainstBruteForce draws pairs of trees and holds what is said of
// the change against every principal and every word. A word beyond the universe
// is confirmed from the definition.
func TestVerdictAgainstBruteForce(t *testing.T) {
	t.Parallel()
	pairs := 400
	if text := os.Getenv("ROSTER_P1_VERDICTS"); text != "" {
		var err error
		if pairs, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	u := universe.New()
	counts := map[string]int{}
	for seed := range pairs {
		r := rand.New(rand.NewPCG(uint64(seed), 4))
		base := draw(r)
		p := pair{T: t, u: u, seed: seed, base: base, head: base.change(r), counts: counts}
		p.check()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d pairs of trees, %v, 0 disagreements", pairs, counts)
	for _, kind := range []string{"new access", "removed access", "headroom", "moved", "beyond the universe"} {
		if counts[kind] == 0 && pairs >= 400 {
			t.Errorf("no %s in %d pairs: the trees are too simple", kind, pairs)
		}
	}
}

// A pair is one base and head.
type pair struct {
	*testing.T
	u          *universe.Universe
	seed       int
	base, head tree
	renames    map[string]string
	counts     map[string]int
}

func (p *pair) check() {
	v := verdict.Compare(bounds.New(load(p.T, p.base.files()), nil), bounds.New(load(p.T, p.head.files()), nil), verdict.Config{})
	if !v.Complete || v.Mode != verdict.Open {
		p.fail("the verdict is %s, complete %v", v.Mode, v.Complete)
	}
	p.renames = renamedPaths(p.base, p.head)
	before := p.base.holdings(func(path string) string { return path })
	after := p.head.holdings(func(path string) string {
		if was := p.renames[path]; was != "" {
			return was
		}
		return path
	})
	all := principals(slices.Concat(before, after))
	p.compare("new access", v.NewAccess, grants(p.u, after, before, all))
	p.compare("removed access", v.RemovedAccess, grants(p.u, before, after, all))
	p.compareHeadroom(v.NewHeadroom)
}

func (p *pair) fail(format string, values ...any) {
	p.Helper()
	p.Errorf("pair %d: "+format+"\nbase %v\nhead %v", append([]any{p.seed}, append(values, p.base.files(), p.head.files())...)...)
}

func (p *pair) compare(kind string, got []verdict.Access, want map[grant]universe.Set) {
	said := map[grant]bool{}
	for _, a := range got {
		g := grant{a.Node, a.Identity}
		if said[g] {
			p.fail("%s: %v twice", kind, g)
		}
		said[g] = true
		words, known := want[g]
		p.compareReach(a.Node+" as "+a.Identity, a.Reaches, words)
		switch {
		case !known:
			p.fail("%s: no such node and identity: %v", kind, g)
		case p.u.Has(a.Witness):
			if !p.u.Word(a.Witness).Inside(words) {
				p.fail("%s: %v is not given %s", kind, g, a.Witness)
			}
		default:
			p.counts["beyond the universe"]++
			p.confirm(kind, a)
		}
		p.counts[kind]++
	}
	for g, words := range want {
		if !words.Empty() && !said[g] {
			p.fail("%s: nothing is said of %v", kind, g)
		}
	}
}

// compareReach holds where something new leads against every word: none may lead
// where it is not said to.
func (p *pair) compareReach(what string, reaches []string, words universe.Set) {
	for _, word := range p.u.List(words) {
		first := word[:strings.IndexAny(word, "/:")]
		if !slices.Contains(reaches, first) && (!slices.Contains(reaches, verdict.Elsewhere) || first == "a" || first == "b") {
			p.fail("%s reaches %v, and not %s", what, reaches, word)
			return
		}
	}
}

// confirm holds a witness beyond the universe against the definition: the node
// has it, and no node of the other side that covers the identity.
func (p *pair) confirm(kind string, a verdict.Access) {
	side, other := p.head.holdings(p.knownPath), p.base.holdings(func(path string) string { return path })
	if kind == "removed access" {
		side, other = other, side
	}
	at := slices.IndexFunc(side, func(h holding) bool { return h.path == a.Node })
	if at < 0 || !holds(side[at].scopes, a.Witness) {
		p.fail("%s: %s does not have %s", kind, a.Node, a.Witness)
		return
	}
	all := principals(slices.Concat(side, other))
	if !slices.ContainsFunc(all, func(q principal) bool {
		if text, ok := side[at].is(q); !ok || text != a.Identity {
			return false
		}
		return !slices.ContainsFunc(other, func(h holding) bool {
			_, ok := h.is(q)
			return ok && holds(h.scopes, a.Witness)
		})
	}) {
		p.fail("%s: every principal of %s has %s on the other side", kind, a.Identity, a.Witness)
	}
}

func (p *pair) knownPath(path string) string {
	if was := p.renames[path]; was != "" {
		return was
	}
	return path
}

func holds(scopes []string, word string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return universe.Meaning(s).MatchString(word) })
}

// compareHeadroom holds the places that hand down more against every word, and
// every witness against the definition.
func (p *pair) compareHeadroom(got []verdict.Headroom) {
	want := p.headroom()
	said, reached := map[string]bool{}, map[string][]string{}
	for _, h := range got {
		key := h.Level
		if strings.HasPrefix(h.Change, "is no longer below") {
			key += " moved"
			p.counts["moved"]++
		}
		said[key] = true
		reached[key] = append(reached[key], h.Reaches...)
		p.counts["headroom"]++
		if p.u.Has(h.Witness) && !p.u.Word(h.Witness).Inside(want[key]) {
			p.fail("headroom: %s does not newly hand down %s", key, h.Witness)
		}
		if !p.u.Has(h.Witness) { // then the places alone are known to differ
			said[key] = !want[key].Empty()
		}
	}
	expected := map[string]bool{}
	for key, words := range want {
		p.compareReach(key, reached[key], words)
		if !words.Empty() {
			expected[key] = true
		}
	}
	for key, confirmed := range said {
		if !confirmed {
			delete(said, key)
		}
	}
	if d := cmp.Diff(expected, said); d != "" {
		p.fail("headroom (-brute force +verdict):\n%s", d)
	}
}
