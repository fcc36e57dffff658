// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/universe"
	"github.com/appofapps/roster/validate"
)

// The sentences of the two rules, which the test reads back.
var (
	overreach = regexp.MustCompile(`^(\S+) needs "(\S+)", but the ceiling of (.+) \(\S+\) does not allow "(\S+)"$`)
	denied    = regexp.MustCompile(`^(\S+) needs "(\S+)", but (.+) \(\S+\) denies "(\S+)": both cover "(\S+)"$`)
)

// said is what a finding objects to, and its witness.
func said(t *testing.T, f finding.Finding) (objection, string) {
	t.Helper()
	if m := overreach.FindStringSubmatch(f.Message); m != nil && f.Rule == validate.RuleAttenuation {
		return objection{node: m[1], scope: m[2], place: m[3]}, m[4]
	}
	if m := denied.FindStringSubmatch(f.Message); m != nil && f.Rule == validate.RuleDeniedScope {
		return objection{node: m[1], scope: m[2], place: m[3], deny: m[4]}, m[5]
	}
	t.Fatalf("finding of %s says %q", f.Rule, f.Message)
	return objection{}, ""
}

// TestAttenuationAgainstBruteForce compares, over random trees, every objection
// about ceilings and denies with those found by trying every word of a small
// universe. A counterexample may lie outside of that universe: then it is held
// against the definition directly, and the place that it shows to lack the scope
// may be above the one that the universe shows.
func TestAttenuationAgainstBruteForce(t *testing.T) {
	t.Parallel()
	trees := 1_000
	if text := os.Getenv("ROSTER_P2_TREES"); text != "" {
		var err error
		if trees, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	u, r := universe.New(), rand.New(rand.NewPCG(2, 2))
	nodes, objections, outside := 0, 0, 0
	for range trees {
		drawn := draw(r)
		registry := load(t, drawn.files())
		nodes += len(registry.Nodes)
		want := drawn.objections(u)
		for _, f := range judge(registry) {
			if f.Rule != validate.RuleAttenuation && f.Rule != validate.RuleDeniedScope {
				continue
			}
			got, witness := said(t, f)
			if !drawn.confirms(got, witness) {
				t.Fatalf("%s: the example %s shows nothing in %v", f.Message, witness, drawn.files())
			}
			if !want[got] {
				outside++
				forgive(want, got)
			}
			delete(want, got)
			objections++
		}
		for missed := range want {
			t.Fatalf("nothing was said of %+v in %v", missed, drawn.files())
		}
	}
	if objections < trees || objections > 20*nodes {
		t.Errorf("%d objections in %d nodes: the trees are too kind or too wild to show anything", objections, nodes)
	}
	t.Logf("%d trees, %d nodes, %d objections, 0 disagreements (%d examples beyond the universe)", trees, nodes, objections, outside)
}

// forgive removes what the universe says of the ceilings below the one that a
// confirmed objection from beyond it names: only the first is ever named.
func forgive(want map[objection]bool, got objection) {
	for o := range want {
		if got.deny == "" && o.deny == "" && o.node == got.node && o.scope == got.scope {
			delete(want, o)
		}
	}
}

// confirms holds a witness against the definition of what is objected to: it is
// in the scope and, as the objection says, not in the ceiling of that place
// although in those of all places above, or in the deny.
func (t tree) confirms(o objection, witness string) bool {
	if !universe.Meaning(o.scope).MatchString(witness) {
		return false
	}
	if o.deny != "" {
		return universe.Meaning(o.deny).MatchString(witness)
	}
	name, _, _ := strings.Cut(o.node[strings.LastIndexByte(o.node, '/')+1:], "@")
	places, _ := t.above(name)
	at := slices.IndexFunc(places, func(p place) bool { return p.name == o.place })
	if at < 0 {
		return false
	}
	for i, p := range places[:at+1] {
		inside := p.Ceiling == nil || slices.ContainsFunc(p.Ceiling, func(s string) bool { return universe.Meaning(s).MatchString(witness) })
		if inside == (i == at) {
			return false
		}
	}
	return true
}

// TestOneOverreachAmongThousand plants one scope that the third of four levels
// does not allow.
func TestOneOverreachAmongThousand(t *testing.T) {
	t.Parallel()
	const planted = 617
	files := map[string]string{
		"roster.yaml":   "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: [\"d/*.yaml\", \"a/*.yaml\"]\n  ceiling: [\"orders/**:*\"]\n",
		"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec:\n  owner: group:o\n  ceiling: [\"orders/**:*\"]\n",
		"a/top.yaml": "apiVersion: roster/v1\nkind: App\nmetadata: {name: top}\nspec: {domain: orders, owner: \"group:o\", version: v1, provides: [\"orders/**:*\"], " +
			"ceiling: [\"orders/*:read\"]}\n",
	}
	for i := range 999 {
		scope := "orders/carts:read"
		if i == planted {
			scope = "orders/carts:read,write"
		}
		files[fmt.Sprintf("a/app-%03d.yaml", i)] = fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: app-%03d}\n"+
			"spec:\n  domain: orders\n  parent: top\n  owner: group:o\n  version: v1\n  ceiling: [\"orders/carts:*\"]\n  scopes: [%q]\n", i, scope)
	}
	registry := load(t, files)
	if len(registry.Nodes) != 1000 {
		t.Fatalf("%d nodes", len(registry.Nodes))
	}
	findings := judge(registry)
	if len(findings) != 1 {
		t.Fatalf("%d findings: %v", len(findings), findings)
	}
	want := `orders/top/app-617 needs "orders/carts:read,write", but the ceiling of app orders/top (a/top.yaml:4) does not allow "orders/carts:write"`
	if f := findings[0]; f.Message != want || f.Position() != "a/app-617.yaml:10:12" || f.Node != "orders/top/app-617" {
		t.Errorf("the finding is %s: %s (%s)", f.Position(), f.Message, f.Node)
	}
}
