// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/verdict"
)

// rounds is how often a law is tried: ROSTER_LAWS times, by default a sample.
func rounds(t testing.TB, sample int) int {
	t.Helper()
	text := os.Getenv("ROSTER_LAWS")
	if text == "" {
		return sample
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tries runs a law on random registries, in parts that run side by side. Each part has
// random numbers of its own, so that what it finds is found again. It returns how many
// there were.
func tries(t *testing.T, law uint64, sample int, try func(t *testing.T, r *rand.Rand)) int {
	t.Helper()
	const parts = 8
	n := rounds(t, sample)
	t.Run("parts", func(t *testing.T) { // which ends when all of them have
		for part := range parts {
			t.Run(strconv.Itoa(part), func(t *testing.T) {
				t.Parallel()
				r := rand.New(rand.NewPCG(law, uint64(part)))
				for range (n + part) / parts {
					try(t, r)
				}
			})
		}
	})
	return n
}

// judgedFields are the fields by which something can be gained.
func judgedFields(t testing.TB) []manifest.Field {
	t.Helper()
	var list []manifest.Field
	for _, f := range manifest.Fields() {
		if f.Class == manifest.ClassDescriptive {
			continue
		}
		if pool(f) == nil {
			t.Fatalf("%s %s has no pool of values: add one to pool", f.Kind, f.Path)
		}
		list = append(list, f)
	}
	return list
}

func gainsOf(v *verdict.Verdict) string {
	text, err := json.MarshalIndent([]any{v.NewAccess, v.NewHeadroom, v.NewDelivery, v.NewControl}, "", " ")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestNothingChangesNothing: a registry allows nothing more than itself.
func TestNothingChangesNothing(t *testing.T) {
	t.Parallel()
	fields := judgedFields(t)
	tries(t, 1, 200, func(t *testing.T, r *rand.Rand) {
		d, said := company().step(r, fields)
		registry := d.load(t)
		if registry == nil {
			return
		}
		if v := compare(registry, d.clone().load(t)); v.New() || v.Digest != "" || len(v.RemovedAccess)+len(v.Policy)+len(v.Credentials) > 0 {
			t.Fatalf("after %q: %s", said, gainsOf(v))
		}
	})
}

// TestNoSeams: what two steps pass in sequence, the whole passes, so that no change
// can be cut into harmless ones. A node that is removed and comes back is a new one, and
// so is one that no longer says what it was: what it holds is named.
func TestNoSeams(t *testing.T) {
	t.Parallel()
	fields := judgedFields(t)
	var whole atomic.Int64
	n := tries(t, 2, 300, func(t *testing.T, r *rand.Rand) {
		first, _ := company().step(r, fields)
		base := first.load(t)
		if base == nil {
			return
		}
		second, saidB, middle := passing(t, r, fields, first, base)
		if middle == nil {
			return
		}
		_, saidC, last := passing(t, r, fields, second, middle)
		if last == nil || !continuous(base, middle, last) {
			return
		}
		whole.Add(1)
		if v := compare(base, last); v.New() {
			t.Fatalf("%q, then %q pass, and both together give:\n%s", saidB, saidC, gainsOf(v))
		}
	})
	t.Logf("%d changes cut in two, of which both parts passed", whole.Load())
	if whole.Load() < int64(n/4) {
		t.Errorf("%d of %d changes passed in two parts: too few", whole.Load(), n)
	}
}

// passing looks for a step that allows nothing new.
func passing(t *testing.T, r *rand.Rand, fields []manifest.Field, from draft, base *manifest.Registry) (draft, []string, *manifest.Registry) {
	t.Helper()
	for range 12 {
		next, said := from.step(r, fields)
		if head := next.load(t); head != nil && !compare(base, head).New() {
			return next, said, head
		}
	}
	return nil, nil, nil
}

// continuous reports whether each node of the last registry was the same node of the
// first, be it asked at once or through the one in between.
func continuous(first, middle, last *manifest.Registry) bool {
	once, before, after := verdict.Renames(first, last), verdict.Renames(first, middle), verdict.Renames(middle, last)
	for _, n := range last.Nodes {
		var was *manifest.Node
		if m := after[n]; m != nil {
			was = before[m]
		}
		if once[n] != was {
			return false
		}
	}
	for _, w := range last.Waivers {
		if !slices.ContainsFunc(middle.Waivers, func(m *manifest.Waiver) bool { return m.Meta.Name.Value == w.Meta.Name.Value }) {
			return false
		}
	}
	return true
}

// TestOrderChangesNothing: the verdict does not depend on the names of files, which
// are the order in which they are read.
func TestOrderChangesNothing(t *testing.T) {
	t.Parallel()
	fields := judgedFields(t)
	tries(t, 3, 200, func(t *testing.T, r *rand.Rand) {
		a, _ := company().step(r, fields)
		b, said := a.step(r, fields)
		base, head := a.load(t), b.load(t)
		if base == nil || head == nil {
			return
		}
		order := r.Uint64()
		v, w := compare(base, head), compare(a.shuffled(order).load(t), b.shuffled(order).load(t))
		if v.Digest != w.Digest {
			t.Fatalf("after %q the order of files changes the verdict:\n%s\n%s", said, gainsOf(v), gainsOf(w))
		}
	})
}

// TestCoversIsTransitive: what covers somebody who covers a third covers the third.
func TestCoversIsTransitive(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	draw := func() [3]string {
		return [3]string{pick(r, "acme/one", "acme/two"), pick(r, "", "", "1/2", "1/3"), pick(r, "", "", "prod", "dev")}
	}
	chains := 0
	for range 1_000_000 {
		p, q, s := draw(), draw(), draw()
		if verdict.Covers(p, q) && verdict.Covers(q, s) {
			chains++
			if !verdict.Covers(p, s) {
				t.Fatalf("%q covers %q, which covers %q, and the first does not cover the last", p, q, s)
			}
		}
	}
	t.Logf("1,000,000 triples, %d of them chains", chains)
}

// TestCoversMeansEveryIdentity holds what covers what against every concrete identity: a
// repository with its ids, in one of its environments or on a branch.
func TestCoversMeansEveryIdentity(t *testing.T) {
	t.Parallel()
	type pattern struct {
		system string
		text   [3]string
	}
	var patterns, identities []pattern
	for _, system := range []string{"repo", "entra"} {
		for _, name := range []string{"acme/one", "acme/two"} {
			for _, ids := range []string{"", "1/2", "1/3", "9/9"} {
				for _, environment := range []string{"", "prod", "dev", "a branch"} {
					one := pattern{system, [3]string{name, ids, environment}}
					if ids != "9/9" && environment != "a branch" {
						patterns = append(patterns, one)
					}
					if ids != "" && environment != "" {
						identities = append(identities, one)
					}
				}
			}
		}
	}
	is := func(i, p pattern) bool {
		return i.system == p.system && i.text[0] == p.text[0] && (p.text[1] == "" || p.text[1] == i.text[1]) && (p.text[2] == "" || p.text[2] == i.text[2])
	}
	for _, p := range patterns {
		for _, q := range patterns {
			want := !slices.ContainsFunc(identities, func(i pattern) bool { return is(i, q) && !is(i, p) })
			if got := verdict.CoversIn(p.system, p.text, q.system, q.text); got != want {
				t.Errorf("%v covers %v: %v, want %v", p, q, got, want)
			}
		}
	}
}

// TestTemplatesBindWhatNodesBecame: a template that bound a node, and is still there,
// binds what the node became, or the verdict says that it does not.
func TestTemplatesBindWhatNodesBecame(t *testing.T) {
	t.Parallel()
	fields := judgedFields(t)
	var freed atomic.Int64
	tries(t, 5, 300, func(t *testing.T, r *rand.Rand) {
		first, _ := company().step(r, fields)
		second, said := first.step(r, fields)
		base, head := first.load(t), second.load(t)
		if base == nil || head == nil {
			return
		}
		bound, before := boundIn(head), boundIn(base)
		for n, was := range verdict.Renames(base, head) {
			if !was.Holder() || !n.Holder() {
				continue
			}
			now := bound(n)
			for _, name := range before(was) {
				if slices.Contains(now, name) {
					continue
				}
				freed.Add(1)
				if v := compare(base, head); len(v.NewHeadroom) == 0 {
					t.Fatalf("after %q: template %s bound %s, and nothing is said", said, name, n.Path)
				}
			}
		}
	})
	t.Logf("%d times a node was no longer bound", freed.Load())
	if freed.Load() == 0 {
		t.Error("no node was freed: the law was not tried")
	}
}

// boundIn returns the templates that bind a node of a registry, as package policy has it.
func boundIn(registry *manifest.Registry) func(*manifest.Node) []string {
	set, _ := policy.New(bounds.New(registry, nil), nil)
	return func(n *manifest.Node) []string {
		var names []string
		for _, b := range set.Bound(n) {
			names = append(names, b.Name)
		}
		return names
	}
}

// TestAcceptanceIsBoundToContent: a gain that is added after the gains of a change were
// accepted has another digest, be it added by the change or by a base that allows less.
func TestAcceptanceIsBoundToContent(t *testing.T) {
	t.Parallel()
	fields := judgedFields(t)
	var added [2]atomic.Int64 // by head, by base
	tries(t, 6, 300, func(t *testing.T, r *rand.Rand) {
		first, _ := company().step(r, fields)
		second, _ := first.step(r, fields)
		third, said := second.step(r, fields)
		base, head := first.load(t), second.load(t)
		if base == nil || head == nil {
			return
		}
		accepted := compare(base, head)
		if !accepted.New() {
			return
		}
		if later := third.load(t); later != nil && compare(head, later).New() {
			if v := compare(base, later); v.New() && v.Digest == accepted.Digest {
				// The added gain took nothing beyond base: it gave back what the change had taken.
				if gainsOf(v) != gainsOf(accepted) {
					t.Fatalf("after %q the digest is the same:\n%s\n%s", said, gainsOf(accepted), gainsOf(v))
				}
			} else {
				added[0].Add(1)
			}
		}
		narrower := first.clone()
		what, _ := narrower.mutate(r, fields)
		moved := narrower.load(t)
		if moved == nil || !compare(moved, base).New() {
			return
		}
		if v := compare(moved, head); gainsOf(v) != gainsOf(accepted) {
			added[1].Add(1)
			if v.Digest == accepted.Digest {
				t.Fatalf("base changed %q and the digest is the same", what)
			}
		}
	})
	t.Logf("gains added after an acceptance: by the change %d, by the base %d", added[0].Load(), added[1].Load())
	if added[0].Load() == 0 || added[1].Load() == 0 {
		t.Error("no gain was added: the law was not tried")
	}
}
