// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/internal/test/universe"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/verdict"
)

// hard returns scopes that together are a random formula in disjunctive normal
// form over n segments, each "a", "b" or any: whether they cover everything is
// what no known method decides fast.
func hard(r *rand.Rand, n, terms int) []string {
	list := make([]string, terms)
	for i := range list {
		segments := strings.Split(strings.TrimSuffix(strings.Repeat("*/", n), "/"), "/")
		for range 3 {
			segments[r.IntN(n)] = pick(r, "a", "b")
		}
		list[i] = strings.Join(segments, "/") + ":r"
	}
	return list
}

// hardTrees are a base and a head of so many apps, whose every question is hard.
func hardTrees(t testing.TB, apps int) (base, head *manifest.Registry) {
	t.Helper()
	const segments, terms = 40, 180
	r := rand.New(rand.NewPCG(7, 7))
	b := tree{domains: map[string]universe.Bounds{"a": {}}, apps: map[string]app{}}
	h := tree{domains: map[string]universe.Bounds{"a": {}}, apps: map[string]app{}}
	for i := range apps {
		name := fmt.Sprintf("app%d", i)
		scopes := hard(r, segments, terms)
		b.apps[name] = app{domain: "a", scopes: scopes, Bounds: universe.Bounds{Ceiling: scopes}}
		wide := []string{pick(r, "a", "b") + "/" + strings.TrimSuffix(strings.Repeat("*/", segments-1), "/") + ":r"}
		h.apps[name] = app{domain: "a", scopes: wide, Bounds: universe.Bounds{Ceiling: wide}}
	}
	return load(t, b.files()), load(t, h.files())
}

// TestHostilePatternsAreRefused has more hard questions than the budget of a
// verdict pays for. What is not proven is listed as new.
func TestHostilePatternsAreRefused(t *testing.T) {
	t.Parallel()
	const apps = 50
	base, head := hardTrees(t, apps)
	v := verdict.Compare(bounds.New(base, nil), bounds.New(head, access.NewBudget(1<<20)), verdict.Config{})
	if v.Complete || len(v.NewAccess) != apps || len(v.NewHeadroom) != apps {
		t.Errorf("complete %v, %d new accesses and %d new headrooms of %d apps", v.Complete, len(v.NewAccess), len(v.NewHeadroom), apps)
	}
	for _, a := range v.NewAccess {
		if a.Witness == "" && len(a.Causes) != 1 {
			t.Errorf("%s without a witness has come through %v", a.Node, a.Causes)
		}
	}
}

// BenchmarkHostile is a verdict on as many apps as the size cap lets in, with every
// question hard.
func BenchmarkHostile(b *testing.B) {
	base, head := hardTrees(b, 450)
	var v *verdict.Verdict
	for b.Loop() {
		v = verdict.Compare(bounds.New(base, nil), bounds.New(head, nil), verdict.Config{})
	}
	unproven := 0
	for _, a := range v.NewAccess {
		if a.Witness == "" {
			unproven++
		}
	}
	b.ReportMetric(float64(unproven), "unproven")
}

// BenchmarkCompare is a verdict on a change of every app.
func BenchmarkCompare(b *testing.B) {
	for _, apps := range []int{1000, 10_000} {
		b.Run(fmt.Sprint(apps), func(b *testing.B) {
			base, head := ordinary(b, apps, "read"), ordinary(b, apps, "read,write")
			for b.Loop() {
				if v := verdict.Compare(bounds.New(base, nil), bounds.New(head, nil), verdict.Config{}); len(v.NewAccess) != apps {
					b.Fatalf("%d new accesses", len(v.NewAccess))
				}
			}
		})
	}
}

// ordinary is a registry of apps as companies have them.
func ordinary(t testing.TB, apps int, verbs string) *manifest.Registry {
	t.Helper()
	const domains = 20
	files := map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: [\"d/*.yaml\", \"a/*.yaml\"]\n" +
			"  ceiling: [\"d*/**:read,write\", \"keyvault/**:get\"]\n  deny: [\"**:admin\"]\n",
	}
	for d := range domains {
		files[fmt.Sprintf("d/d%d.yaml", d)] = fmt.Sprintf("apiVersion: roster/v1\nkind: Domain\nmetadata: {name: d%d}\nspec: {owner: \"group:t\", "+
			"ceiling: [\"d%d/**:*\", \"d*/api*:read\", \"keyvault/d%d-*/**:get\"]}\n", d, d, d)
	}
	for i := range apps {
		d := i % domains
		files[fmt.Sprintf("a/a%d.yaml", i)] = fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: app-%d}\nspec:\n  domain: d%d\n  owner: \"group:t\"\n  version: v1\n"+
			"  provides: [\"d%d/api%d:read,write\"]\n  scopes: [\"d%d/api*:%s\", \"d%d/api%d:read\", \"keyvault/d%d-kv/s%d:get\"]\n"+
			"  identity: {github: {repository: acme/app-%d, environment: prod}}\n", i, d, d, i, d, verbs, (d+1)%domains, (i+1)%apps, d, i, i)
	}
	return load(t, files)
}
