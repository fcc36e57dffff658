// SPDX-License-Identifier: Apache-2.0

package guardrail_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/manifest"
)

func noon() time.Time { return time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC) }

// A company is its registered nodes, by path.
type company map[string]guardrail.Node

func nodes(n int) company {
	c := company{}
	for i := range n {
		c[fmt.Sprintf("orders/app-%02d", i)] = guardrail.Node{Path: fmt.Sprintf("orders/app-%02d", i), Owner: "group:a", Domain: "orders", Access: true}
	}
	return c
}

func (c company) list() []guardrail.Node {
	var all []guardrail.Node
	for _, n := range c {
		all = append(all, n)
	}
	return all
}

// edit is one change of node i: an update, a removal, a new version or a new privilege.
func (c company) edit(kind string, i int) guardrail.Change {
	path := fmt.Sprintf("orders/app-%02d", i)
	before := c[path]
	after := before
	change := guardrail.Change{Path: path, Before: &before, After: &after}
	switch kind {
	case "remove":
		change.After = nil
	case "version":
		change.Descriptive = true
	case "privilege":
		change.Gains = []string{"orders/carts:admin"}
	}
	return change
}

// edits are changes of the nodes from first on.
func (c company) edits(kind string, first, n int) []guardrail.Change {
	var all []guardrail.Change
	for i := first; i < first+n; i++ {
		all = append(all, c.edit(kind, i))
	}
	return all
}

func (c company) apply(changes []guardrail.Change) {
	for _, change := range changes {
		if change.After == nil {
			delete(c, change.Path)
		}
	}
}

func limits() guardrail.Limits {
	return guardrail.Of(&manifest.Root{})
}

func overrides(refusals []guardrail.Refusal) []string {
	var names []string
	for _, r := range refusals {
		names = append(names, r.Override)
	}
	return names
}

// TestSmallRunsAreCountedTogether: what a guardrail refuses at once, it refuses in small
// runs within a day, and it forgets a run after a day.
func TestSmallRunsAreCountedTogether(t *testing.T) {
	t.Parallel()
	type run struct {
		after   time.Duration // since the first run
		kind    string
		first   int
		count   int
		allowed []string
		want    []string
	}
	for name, runs := range map[string][]run{
		"removals": {
			{0, "remove", 0, 2, nil, nil},
			{time.Hour, "remove", 2, 1, nil, []string{"deletes=3"}},
			{23 * time.Hour, "remove", 2, 1, nil, []string{"deletes=3"}},
			{24 * time.Hour, "remove", 2, 1, nil, nil},
		},
		"an override starts again": {
			{0, "remove", 0, 2, nil, nil},
			{1, "remove", 2, 1, []string{"deletes=3"}, nil},
			{2, "remove", 3, 1, nil, nil},
			{3, "remove", 4, 1, nil, []string{"deletes=2"}},
		},
		"updates":                          {{0, "update", 0, 6, nil, nil}, {1, "update", 6, 1, nil, []string{"updates=7"}}},
		"the same nodes again":             {{0, "update", 0, 6, nil, nil}, {1, "update", 0, 6, nil, nil}, {2, "update", 3, 3, nil, nil}},
		"new versions":                     {{0, "version", 0, 6, nil, nil}, {1, "version", 6, 6, nil, nil}, {2, "version", 12, 6, nil, nil}},
		"versions beside updates":          {{0, "update", 0, 5, nil, nil}, {1, "version", 6, 6, nil, nil}, {2, "update", 5, 1, nil, nil}},
		"versions alone are still limited": {{0, "version", 0, 7, nil, []string{"updates=7"}}},
		"removals do not count as updates": {{0, "remove", 0, 2, nil, nil}, {1, "update", 2, 6, nil, nil}},
		"privileges":                       {{0, "privilege", 0, 4, nil, nil}, {1, "privilege", 4, 1, nil, nil}, {2, "privilege", 5, 1, nil, []string{"privileged=6"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := nodes(20)
			var recent []guardrail.Recent
			for i, r := range runs {
				now := noon().Add(r.after)
				changes := c.edits(r.kind, r.first, r.count)
				refusals := limits().Check(c.list(), changes, guardrail.Since(recent, now), r.allowed)
				if d := cmp.Diff(r.want, overrides(refusals)); d != "" {
					t.Fatalf("run %d (-want +got):\n%s", i, d)
				}
				if len(refusals) == 0 {
					recent = limits().Remember(recent, changes, r.allowed, now)
					c.apply(changes)
				}
			}
		})
	}
}

// TestCutsPassNoMore: however a change is cut into runs of one day, the runs that pass
// change no more nodes than one run may.
func TestCutsPassNoMore(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	stopped := 0
	for range 2000 {
		size := 10 + r.IntN(30)
		c := nodes(size)
		var recent []guardrail.Recent
		changed := map[string]map[string]bool{"remove": {}, "update": {}}
		for at := time.Duration(0); at < guardrail.Window; at += time.Duration(1+r.IntN(6)) * time.Hour {
			kind := []string{"remove", "update"}[r.IntN(2)]
			var changes []guardrail.Change
			for _, i := range r.Perm(size)[:1+r.IntN(4)] {
				if change := c.edit(kind, i); change.Before.Domain != "" {
					changes = append(changes, change)
				}
			}
			now := noon().Add(at)
			if len(limits().Check(c.list(), changes, guardrail.Since(recent, now), nil)) > 0 {
				stopped++
				continue
			}
			recent = limits().Remember(recent, changes, nil, now)
			c.apply(changes)
			for _, change := range changes {
				changed[kind][change.Path] = true
			}
		}
		if n := len(changed["remove"]); n*100 > 10*size {
			t.Fatalf("%d of %d nodes were removed within a day", n, size)
		}
		if n := len(changed["update"]); n*100 > 30*size {
			t.Fatalf("%d of %d nodes were updated within a day", n, size)
		}
	}
	if stopped == 0 {
		t.Error("no run was refused: the law was not tried")
	}
}

// TestNothingNewIsNoWrite: a run without a change that counts leaves the list as it is,
// also entries that are too old, so that it writes nothing.
func TestNothingNewIsNoWrite(t *testing.T) {
	t.Parallel()
	c := nodes(20)
	recent := limits().Remember(nil, c.edits("update", 0, 2), nil, noon())
	later := noon().Add(48 * time.Hour)
	for _, changes := range [][]guardrail.Change{nil, c.edits("version", 5, 2)} {
		if got := limits().Remember(recent, changes, nil, later); !guardrail.Equal(got, recent) {
			t.Errorf("the list is %v", got)
		}
	}
	if got := limits().Remember(recent, c.edits("update", 5, 1), nil, later); len(got) != 1 || !slices.Equal(got[0].Nodes, []string{"orders/app-05"}) {
		t.Errorf("the list is %v, want the new update alone", got)
	}
	broken := []guardrail.Recent{{Time: "yesterday", Limit: "deletes", Nodes: []string{"orders/app-00"}}}
	if got := guardrail.Since(broken, later); len(got) != 1 {
		t.Error("an entry whose time cannot be read does not count")
	}
}

// TestEqual tells lists apart by all that they say.
func TestEqual(t *testing.T) {
	t.Parallel()
	of := func(at, limit string, access bool, nodes ...string) []guardrail.Recent {
		return []guardrail.Recent{{Time: at, Limit: limit, Access: access, Nodes: nodes}}
	}
	one := of("noon", "deletes", true, "a/b")
	if !guardrail.Equal(one, of("noon", "deletes", true, "a/b")) || guardrail.Equal(one, nil) {
		t.Error("a list is another than itself, or the same as none")
	}
	for _, other := range [][]guardrail.Recent{
		of("night", "deletes", true, "a/b"), of("noon", "updates", true, "a/b"), of("noon", "deletes", false, "a/b"),
		of("noon", "deletes", true, "a/c"), of("night", "updates", true, "a/b"), of("night", "updates", false, "a/b"),
	} {
		if guardrail.Equal(one, other) {
			t.Errorf("%v is the same as %v", one, other)
		}
	}
}

// TestRefusalsSayWhatCounted: a refusal because of earlier runs says so.
func TestRefusalsSayWhatCounted(t *testing.T) {
	t.Parallel()
	c := nodes(20)
	changes := c.edits("remove", 0, 2)
	recent := limits().Remember(nil, changes, nil, noon())
	c.apply(changes)
	refusals := limits().Check(c.list(), c.edits("remove", 2, 1), recent, nil)
	want := "3 of 20 nodes would be deleted within a day, 2 of them by earlier runs (15 %); the limit is 10 %"
	if len(refusals) != 1 || refusals[0].Message != want {
		t.Errorf("refusals %+v\nwant %s", refusals, want)
	}
	c = nodes(40)
	refusals = limits().Check(c.list(), c.edits("privilege", 5, 6), nil, nil)
	if len(refusals) != 1 || refusals[0].Message != "6 nodes would gain privileged access; the limit is 5" {
		t.Errorf("refusals %+v", refusals)
	}
	recent = limits().Remember(nil, c.edits("privilege", 5, 5), nil, noon())
	refusals = limits().Check(c.list(), c.edits("privilege", 10, 1), recent, nil)
	if len(refusals) != 1 || !strings.Contains(refusals[0].Message, "6 nodes would gain privileged access within a day, 5 of them by earlier runs") {
		t.Errorf("refusals %+v", refusals)
	}
}

// TestDomainsAreNamed: a refusal names the domain of which too much changes.
func TestDomainsAreNamed(t *testing.T) {
	t.Parallel()
	c := nodes(30)
	for i := range 10 {
		c[fmt.Sprintf("payments/app-%02d", i)] = guardrail.Node{Owner: "group:b", Domain: "payments", Access: true}
	}
	before := c["payments/app-00"]
	var changes []guardrail.Change
	for i := range 2 {
		changes = append(changes, guardrail.Change{Path: fmt.Sprintf("payments/app-%02d", i), Before: &before})
	}
	refusals := limits().Check(c.list(), changes, nil, nil)
	want := "2 of 10 nodes of domain payments would be deleted (20 %); the limit is 10 %"
	if len(refusals) != 1 || refusals[0].Message != want || refusals[0].Override != "deletes=2" {
		t.Errorf("refusals %+v, want %s", refusals, want)
	}
}

// TestVersionsPassAfterAFullDay: new versions alone are not refused because of what earlier
// runs changed, even if that is more than is allowed now.
func TestVersionsPassAfterAFullDay(t *testing.T) {
	t.Parallel()
	c := nodes(20)
	recent := limits().Remember(nil, c.edits("update", 0, 9), nil, noon())
	if got := limits().Check(c.list(), c.edits("version", 10, 2), recent, nil); len(got) > 0 {
		t.Errorf("refusals %+v", got)
	}
	if got := limits().Check(c.list(), c.edits("update", 0, 1), recent, nil); len(got) != 1 {
		t.Errorf("refusals %+v, want one", got)
	}
}
