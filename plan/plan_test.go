// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
)

// seal seals a record that has a canonical form.
func seal(r registration.Record) registration.Sealed {
	sealed, err := r.Seal()
	if err != nil {
		panic(err)
	}
	return sealed
}

// node is a registration in its simplest form.
func node(path, owner, version string, scopes ...string) registration.Sealed {
	domain, _, _ := strings.Cut(path, "/")
	if scopes == nil {
		scopes = []string{}
	}
	return seal(registration.Record{Path: path, Kind: "App", Domain: domain, Owner: owner, Version: version, Scopes: scopes})
}

// can is a registration that workflows of a repository can act as.
func can(r registration.Sealed, repository, environment string) registration.Sealed {
	r.Identity = &registration.Identity{GitHub: &registration.GitHub{Repository: repository, Environment: environment}}
	return seal(r.Record)
}

func newPlan(t testing.TB, before, after []registration.Sealed) *plan.Plan {
	t.Helper()
	p, err := plan.New("acme", before, after, plan.Inputs{Manifest: "m", Policy: "p", Store: "s"}, []plan.Domain{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDiff(t *testing.T) {
	t.Parallel()
	v1 := node("orders/carts", "group:a", "v1", "orders/*:read")
	v2 := node("orders/carts", "group:a", "v2", "orders/*:read")
	wider := node("orders/carts", "group:a", "v1", "orders/**:read")
	spelled := node("orders/carts", "group:a", "v1", "orders/*:read", "orders/x:read")
	for _, test := range []struct {
		name          string
		before, after []registration.Sealed
		want          []plan.Change
	}{
		{"nothing on either side", nil, nil, nil},
		{"the same", []registration.Sealed{v1}, []registration.Sealed{v1}, nil},
		{"new", nil, []registration.Sealed{v1}, []plan.Change{
			{Action: plan.Create, Node: "orders/carts", After: &v1, Added: []string{"orders/*:read"}},
		}},
		{"gone", []registration.Sealed{v1}, nil, []plan.Change{
			{Action: plan.Delete, Node: "orders/carts", Before: &v1, Removed: []string{"orders/*:read"}},
		}},
		{"another version adds no access", []registration.Sealed{v1}, []registration.Sealed{v2}, []plan.Change{
			{Action: plan.Update, Node: "orders/carts", Before: &v1, After: &v2, Fields: []string{"version"}},
		}},
		{"a wider scope adds itself and removes nothing", []registration.Sealed{v1}, []registration.Sealed{wider}, []plan.Change{
			{Action: plan.Update, Node: "orders/carts", Before: &v1, After: &wider, Fields: []string{"scopes"}, Added: []string{"orders/**:read"}},
		}},
		{"a scope that others include adds nothing", []registration.Sealed{v1}, []registration.Sealed{spelled}, []plan.Change{
			{Action: plan.Update, Node: "orders/carts", Before: &v1, After: &spelled, Fields: []string{"scopes"}},
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := plan.Diff(test.before, test.after)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("changes differ (-want +got):\n%s", d)
			}
		})
	}
}

// state draws a set of registrations, sorted by path as Diff asks for.
func state() *rapid.Generator[[]registration.Sealed] {
	return rapid.Custom(func(t *rapid.T) []registration.Sealed {
		scopes := []string{"orders/*:read", "orders/**:read", "orders/carts:read", "orders/carts:write", "payments/**:*"}
		paths := rapid.SliceOfDistinct(rapid.SampledFrom([]string{
			"orders/carts", "orders/carts@prod", "orders/checkout", "orders/checkout/worker", "payments/charges@prod", "payments/ledger",
		}), rapid.ID[string]).Draw(t, "paths")
		slices.Sort(paths)
		all := make([]registration.Sealed, 0, len(paths))
		for _, path := range paths {
			held := rapid.SliceOfDistinct(rapid.SampledFrom(scopes), rapid.ID[string]).Draw(t, "scopes")
			slices.Sort(held)
			r := node(path, rapid.SampledFrom([]string{"group:a", "group:b"}).Draw(t, "owner"),
				rapid.SampledFrom([]string{"", "v1", "v2"}).Draw(t, "version"), held...)
			if rapid.Bool().Draw(t, "config") {
				r.Config = map[string]json.RawMessage{"currency": json.RawMessage(rapid.SampledFrom([]string{`"EUR"`, `1`, `{"a":[true]}`}).Draw(t, "value"))}
			}
			all = append(all, seal(r.Record))
		}
		return all
	})
}

// apply carries changes out, as a store would.
func apply(before []registration.Sealed, changes []plan.Change) []registration.Sealed {
	now := map[string]registration.Sealed{}
	for _, r := range before {
		now[r.Path] = r
	}
	for _, c := range changes {
		if c.After == nil {
			delete(now, c.Node)
			continue
		}
		now[c.Node] = *c.After
	}
	all := []registration.Sealed{}
	for _, r := range now {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b registration.Sealed) int { return strings.Compare(a.Path, b.Path) })
	return all
}

func TestPlanLeadsFromBeforeToAfter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before, after := state().Draw(t, "before"), state().Draw(t, "after")
		changes, err := plan.Diff(before, after)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(after, apply(before, changes)); d != "" {
			t.Fatalf("applied to before it is not after (-want +got):\n%s", d)
		}
		again, err := plan.Diff(after, apply(before, changes))
		if err != nil || len(again) > 0 {
			t.Fatalf("a second plan has %d changes, error %v", len(again), err)
		}
		if !slices.IsSortedFunc(changes, func(a, b plan.Change) int { return strings.Compare(a.Node, b.Node) }) {
			t.Fatal("changes are not sorted by path")
		}
	})
}

// TestNarrowingIsNoGain narrows one of many nodes of an identity whose scopes all
// begin alike and have wildcards in the middle: proving that takes many comparisons.
func TestNarrowingIsNoGain(t *testing.T) {
	t.Parallel()
	const nodes, each = 1000, 5
	of := func(narrow int) []registration.Sealed {
		var all []registration.Sealed
		for i := range nodes {
			verbs := "read,write"
			if i == narrow {
				verbs = "read"
			}
			var scopes []string
			for j := range each {
				scopes = append(scopes, fmt.Sprintf("orders/*-svc%d/*:%s", i*each+j, verbs))
			}
			all = append(all, can(node(fmt.Sprintf("orders/app-%04d", i), "group:a", "v1", scopes...), "acme/mono", ""))
		}
		return all
	}
	p := newPlan(t, of(-1), of(500))
	if len(p.Changes) != 1 || len(p.Changes[0].Added) != 0 || len(p.Changes[0].Removed) != each {
		t.Errorf("changes: %+v", p.Changes)
	}
	if len(p.Identities) != 1 || len(p.Identities[0].Gains) != 0 || len(p.Identities[0].Loses) != each {
		t.Errorf("identities: %+v", p.Identities)
	}
}

// TestHardChangesEnd plans changes of more scopes than any budget can compare. What is
// not proven is listed as new and as removed.
func TestHardChangesEnd(t *testing.T) {
	t.Parallel()
	const nodes, segments, terms = 100, 40, 60
	r := rand.New(rand.NewPCG(3, 3))
	state := func() []registration.Sealed {
		var all []registration.Sealed
		for i := range nodes {
			var scopes []string
			for range terms {
				term := slices.Repeat([]string{"*"}, segments)
				for range 3 {
					term[r.IntN(segments)] = []string{"a", "b"}[r.IntN(2)]
				}
				scopes = append(scopes, strings.Join(term, "/")+":r")
			}
			all = append(all, node(fmt.Sprintf("a/app-%03d", i), "group:a", "v1", scopes...))
		}
		return all
	}
	for _, c := range newPlan(t, state(), state()).Changes {
		if len(c.Added) < terms/2 || len(c.Removed) < terms/2 {
			t.Errorf("%s: %d scopes are listed as new, %d as removed", c.Node, len(c.Added), len(c.Removed))
		}
	}
}

func TestPlanIsData(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, err := plan.New("acme", state().Draw(t, "before"), state().Draw(t, "after"),
			plan.Inputs{Manifest: "m", Policy: "p", Store: "s", Commit: "c"}, []plan.Domain{{Name: "orders", Container: "orders", New: true}})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(p, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got, err := plan.Decode(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if again, err := json.MarshalIndent(got, "", "  "); err != nil || string(again) != string(text) {
			t.Fatalf("decoded and encoded it is another: %v\n%s\n%s", err, text, again)
		}
	})
}

// TestAlteredPlanIsRefused changes a saved plan in every place where a change
// means something else.
func TestAlteredPlanIsRefused(t *testing.T) {
	t.Parallel()
	before := []registration.Sealed{node("orders/carts", "group:a", "v1", "orders/*:read"), node("orders/old", "group:a", "v1")}
	after := []registration.Sealed{node("orders/carts", "group:a", "v2", "orders/*:read"), node("orders/new", "group:b", "v1")}
	text, err := json.Marshal(newPlan(t, before, after))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Decode(text); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range text {
		altered := slices.Clone(text)
		altered[i] ^= 1
		got, err := plan.Decode(altered)
		if err == nil {
			// Only what Decode takes for the same may pass: a name in another case
			// is refused by the digest, so nothing is left that may.
			t.Fatalf("byte %d of %d changed and accepted: %+v", i, len(text), got)
		}
		if !errors.Is(err, plan.ErrAltered) {
			t.Fatalf("byte %d: error is not ErrAltered: %v", i, err)
		}
		refused++
	}
	t.Logf("%d one-byte changes of a saved plan refused", refused)
	for name, bad := range map[string]string{
		"empty":            ``,
		"null":             `null`,
		"another kind":     `{"apiVersion":"roster/v1","kind":"App"}`,
		"two plans":        string(text) + string(text),
		"an unknown field": strings.Replace(string(text), `"kind"`, `"colour":1,"kind"`, 1),
		"a change of no side": `{"apiVersion":"roster/v1","kind":"Plan","registry":"a","inputs":{"manifest":"","policy":"","store":""},` +
			`"domains":[],"changes":[{"action":"delete","node":"a/b"}],"identities":[],"refusals":[],"digest":""}`,
	} {
		if _, err := plan.Decode([]byte(bad)); !errors.Is(err, plan.ErrAltered) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

// TestEmpty: a plan is empty if it has no change and no new domain.
func TestEmpty(t *testing.T) {
	t.Parallel()
	was, now := []registration.Sealed{node("orders/carts", "group:a", "v1")}, []registration.Sealed{node("orders/carts", "group:a", "v2")}
	for name, test := range map[string]struct {
		after   []registration.Sealed
		domains []plan.Domain
		want    bool
	}{
		"nothing":                   {was, nil, true},
		"known domains":             {was, []plan.Domain{{Name: "orders", Container: "orders"}}, true},
		"a new domain":              {was, []plan.Domain{{Name: "orders", Container: "orders"}, {Name: "new", Container: "new", New: true}}, false},
		"a change":                  {now, nil, false},
		"a change and known domain": {now, []plan.Domain{{Name: "orders", Container: "orders"}}, false},
		"both":                      {now, []plan.Domain{{Name: "new", Container: "new", New: true}}, false},
	} {
		p, err := plan.New("acme", was, test.after, plan.Inputs{}, test.domains)
		if err != nil || p.Empty() != test.want {
			t.Errorf("%s: empty is %v, %v", name, p.Empty(), err)
		}
	}
}

// TestIncompleteChangesAreRefused: a change has the sides that its action needs, and no
// other, also in a plan whose digest is right.
func TestIncompleteChangesAreRefused(t *testing.T) {
	t.Parallel()
	was, now := node("orders/carts", "group:a", "v1", "orders/*:read"), node("orders/carts", "group:a", "v2", "orders/*:read")
	for _, action := range []plan.Action{plan.Create, plan.Update, plan.Delete, "rename"} {
		for sides := range 4 {
			p := newPlan(t, []registration.Sealed{was}, []registration.Sealed{now})
			c := &p.Changes[0]
			c.Action, c.Before, c.After = action, nil, nil
			if sides&1 != 0 {
				c.Before = &was
			}
			if sides&2 != 0 {
				c.After = &now
			}
			if err := p.Seal(); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			want := map[plan.Action]int{plan.Create: 2, plan.Update: 3, plan.Delete: 1}[action] == sides && sides != 0
			if _, err := plan.Decode(text); (err == nil) != want || err != nil && !strings.Contains(err.Error(), "is not a complete") {
				t.Errorf("%s with before %v and after %v: %v", action, c.Before != nil, c.After != nil, err)
			}
		}
	}
}

func TestIdentitiesAddUp(t *testing.T) {
	t.Parallel()
	// Both nodes can be become by one subject: what one of them loses, the
	// subject still holds through the other.
	before := []registration.Sealed{
		can(node("orders/a", "group:a", "v1", "orders/x:read", "orders/y:read"), "acme/orders", "prod"),
		can(node("orders/b", "group:a", "v1", "orders/x:read"), "acme/orders", "prod"),
	}
	after := []registration.Sealed{
		can(node("orders/a", "group:a", "v1", "orders/z:read"), "acme/orders", "prod"),
		can(node("orders/b", "group:a", "v1", "orders/x:read"), "acme/orders", "prod"),
		can(node("orders/c", "group:a", "v1", "orders/c:read"), "acme/c", ""),
	}
	want := []plan.IdentityChange{
		{Identity: "repo:acme/c:*", Gains: []string{"orders/c:read"}},
		{Identity: "repo:acme/orders:environment:prod", Gains: []string{"orders/z:read"}, Loses: []string{"orders/y:read"}},
	}
	if d := cmp.Diff(want, newPlan(t, before, after).Identities); d != "" {
		t.Errorf("identities differ (-want +got):\n%s", d)
	}
}

func BenchmarkDiff(b *testing.B) {
	for _, n := range []int{10, 1_000, 50_000} {
		before := make([]registration.Sealed, n)
		for i := range before {
			before[i] = node(fmt.Sprintf("orders/app-%05d", i), "group:a", "v1", "orders/carts:read", "payments/charges:write")
		}
		after := slices.Clone(before)
		for i := 0; i < n; i += 100 { // one in a hundred
			after[i] = node(after[i].Path, "group:a", "v2", after[i].Scopes...)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := plan.Diff(before, after); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
