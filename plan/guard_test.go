// SPDX-License-Identifier: Apache-2.0

package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/registration"
)

// company is n registered nodes of two owners, the last of group:b alone.
func company(n int) []registration.Sealed {
	all := make([]registration.Sealed, n)
	for i := range all {
		owner := "group:a"
		if i == n-1 {
			owner = "group:b"
		}
		all[i] = node(fmt.Sprintf("orders/app-%03d", i), owner, "v1", "orders/carts:read")
	}
	return all
}

// changed returns a copy of all in which some registrations, from the first on,
// are as a function makes them.
func changed(all []registration.Sealed, count int, change func(*registration.Record)) []registration.Sealed {
	result := append([]registration.Sealed(nil), all...)
	for i := range count {
		r := result[i].Record
		change(&r)
		result[i] = seal(r)
	}
	return result
}

func newVersion(r *registration.Record) { r.Version = "v2" }

func admin(r *registration.Record) { r.Scopes = []string{"orders/carts:admin", "orders/carts:read"} }

func TestGuardrails(t *testing.T) {
	t.Parallel()
	protectedFirst := changed(company(20), 1, func(r *registration.Record) { r.Protect = true })
	two := append(company(30), changed(company(10), 10, func(r *registration.Record) {
		r.Domain, r.Path = "payments", "payments"+r.Path[len("orders"):]
	})...)
	padded := changed(company(220), 220, func(r *registration.Record) {
		if r.Path > "orders/app-019" {
			r.Scopes = []string{}
		}
	})
	for _, test := range []struct {
		name          string
		before, after []registration.Sealed
		allowed       []string
		want          []string // overrides of what is refused
	}{
		{"nothing changes", company(20), company(20), nil, nil},
		{"a first sync creates everything", nil, company(200), nil, nil},
		{"updates up to the bound", company(20), changed(company(20), 6, newVersion), nil, nil},
		{"updates past the bound", company(20), changed(company(20), 7, newVersion), nil, []string{"updates=7"}},
		{"updates past the bound, accepted", company(20), changed(company(20), 7, newVersion), []string{"updates=7"}, nil},
		{"an override is for one number", company(20), changed(company(20), 8, newVersion), []string{"updates=7"}, []string{"updates=8"}},
		{"deletes up to the bound", company(20), company(20)[2:], nil, nil},
		{"deletes past the bound", company(20), company(20)[3:], nil, []string{"deletes=3"}},
		{"shares of few nodes are not judged", company(9), company(9)[8:], nil, []string{"last-owner=group:a"}},
		{"shares of ten nodes are", company(10), company(10)[2:], nil, []string{"deletes=2"}},
		{"a part of one domain, small among all nodes", two, two[:38], nil, []string{"deletes=2"}},
		{"a part of the nodes with access, small among all", padded, padded[4:], nil, []string{"deletes=4"}},
		{"the same number of nodes without access", padded, padded[:204], nil, []string{"last-owner=group:b"}},
		{"a protected node", protectedFirst, company(20)[1:], nil, []string{"protected=orders/app-000"}},
		{"the last node of an owner", company(20), company(20)[:19], nil, []string{"last-owner=group:b"}},
		{"an owner in other case", company(20), changed(company(20), 20, func(r *registration.Record) { r.Owner = strings.ToUpper(r.Owner[:7]) + r.Owner[7:] }), []string{"updates=20"}, nil},
		{"five nodes gain privileges", company(20), changed(company(20), 5, admin), nil, nil},
		{"six nodes gain privileges", company(20), changed(company(20), 6, admin), nil, []string{"privileged=6"}},
		{"six nodes had them", changed(company(20), 6, admin), changed(changed(company(20), 6, admin), 6, newVersion), nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPlan(t, test.before, test.after)
			rails := guardrail.Of(&manifest.Root{})
			var got []string
			p.Refuse(rails, test.before, nil, test.allowed)
			for _, r := range p.Refusals {
				if r.Message == "" || r.Rule == "" {
					t.Errorf("refusal without words: %+v", r)
				}
				got = append(got, r.Override)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("refused differs (-want +got):\n%s", d)
			}
		})
	}
}

func TestGuardrailsOfRoot(t *testing.T) {
	t.Parallel()
	root := &manifest.Root{}
	root.Spec.Guardrails = manifest.Guardrails{
		Update: manifest.String{Value: "0%"}, Delete: manifest.String{Value: "100%"},
		From: manifest.Int{Value: 1, Set: true}, Privileged: manifest.Int{Value: 0, Set: true},
	}
	rails := guardrail.Of(root)
	if rails.UpdatePercent != 0 || rails.DeletePercent != 100 || rails.From != 1 || rails.Privileged != 0 {
		t.Errorf("guardrails are %+v", rails)
	}
	before := company(1)
	p := newPlan(t, before, changed(before, 1, admin))
	if p.Refuse(rails, before, nil, nil); len(p.Refusals) != 2 {
		t.Errorf("refused %+v, want the update and the privilege", p.Refusals)
	}
	strict := guardrail.Of(&manifest.Root{Spec: manifest.RootSpec{Guardrails: manifest.Guardrails{Update: manifest.String{Value: "lots"}}}})
	if strict.UpdatePercent != 30 {
		t.Errorf("a share that is none gives %d, want the default", strict.UpdatePercent)
	}
}

// TestNewVersionsAreDescriptive: guardrails do not count an update by which nobody gains
// anything from one run to the next, and count every other.
func TestNewVersionsAreDescriptive(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*registration.Record)
		want   bool
	}{
		"a version":           {newVersion, true},
		"a type":              {func(r *registration.Record) { r.Type = "worker" }, true},
		"a lifecycle":         {func(r *registration.Record) { r.Lifecycle = "retired" }, true},
		"a scope":             {admin, false},
		"an owner":            {func(r *registration.Record) { r.Owner = "group:c" }, false},
		"protection":          {func(r *registration.Record) { r.Protect = true }, false},
		"a version and scope": {func(r *registration.Record) { newVersion(r); admin(r) }, false},
	} {
		changes := newPlan(t, company(3), changed(company(3), 1, test.change)).Guarded()
		if len(changes) != 1 || changes[0].Descriptive != test.want {
			t.Errorf("%s: %+v, want descriptive %v", name, changes, test.want)
		}
	}
	if changes := newPlan(t, company(3), company(3)[1:]).Guarded(); len(changes) != 1 || changes[0].Descriptive {
		t.Errorf("a removal: %+v", changes)
	}
}
