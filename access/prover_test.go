// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

func TestIncluded(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, a, b, witness string }{ // an empty witness: a is included in b
		{"empty in empty", "", "", ""},
		{"empty in one", "", "a:r", ""},
		{"one in empty", "a:r", "", "a:r"},
		{"same", "orders/carts:read", "orders/carts:read", ""},
		{"other verb", "orders/carts:write", "orders/carts:read", "orders/carts:write"},
		{"one verb of two", "orders/carts:read,write", "orders/carts:read", "orders/carts:write"},
		{"verbs of two scopes", "o:a,b,c", "o:a o:c,b", ""},
		{"least of two verbs", "o:a,x", "", "o:x"},
		{"shorter verb before least", "o:xx,a", "", "o:a"},
		{"list in any verb", "o:a,b", "o:*", ""},
		{"any verb in list", "o:*", "o:a,b", "o:x"},
		{"any verb, the least is taken", "o:*", "o:x,y", "o:z"},
		{"any verb, all short ones are taken", "o:*", "o:" + strings.Join(strings.Split(verbCharacters, ""), ","), "o:xx"},
		{"case", "Orders:read", "orders:read", "Orders:read"},
		{"star", "orders/7:read", "orders/*:read", ""},
		{"star is one segment", "orders/7/x:read", "orders/*:read", "orders/7/x:read"},
		{"star is not empty alone", "orders/*:r", "", "orders/x:r"},
		{"star may be empty with others", "orders/a*:r", "", "orders/a:r"},
		{"star inside", "abc/x:r", "a*c/x:r", ""},
		{"stars in order", "abab:r", "*b*a*:r", ""},
		{"stars out of order", "ba:r", "*a*b*:r", "ba:r"},
		{"pieces do not overlap", "aba:r", "ab*ba:r", "aba:r"},
		{"deep is one segment", "orders/7:r", "orders/**:r", ""},
		{"deep is many segments", "orders/7/8/9:r", "orders/**:r", ""},
		{"deep is not none", "orders:r", "orders/**:r", "orders:r"},
		{"deep is not a longer segment", "orders2:r", "orders/**:r", "orders2:r"},
		{"deep in stars", "o/**:r", "o/*:r o/*/*:r", "o/x/x/x:r"},
		{"stars in deep", "o/*:r o/*/*:r", "o/**:r", ""},
		{"deep in everything", "o/**:r", "**:*", ""},
		{"everything in one", "**:*", "o/**:*", "x:x"},
		{"everything in the sum of its parts", "**:*", "*:* */**:*", ""},
		{"deep in the sum of its parts", "o/**:r", "o/*:r o/*/*:r o/*/*/**:*", ""},
		{"deep in parts with a gap", "o/**:r", "o/*:r o/*/*/**:*", "o/x/x:r"},
		{"parts with different verbs", "o/**:r,w", "o/*:r o/*/**:*", "o/x:w"},
		{"the first fresh character is taken", "o/*:r", "o/x*:r", "o/y:r"},
		{"fresh before length", "o/*:r", "o/x:r", "o/y:r"},
		{"prefixes of all characters", "o/*:r", everyCharacter("o/%*:r"), ""},
		{"suffixes of all characters but one", "o/*:r", strings.ReplaceAll(everyCharacter("o/*%:r"), "o/*q:r", ""), "o/q:r"},
		{"least of several", "bb:r aa:r c/d:r", "", "aa:r"},
		{"letters before slash", "a/b:r abc:r", "", "abc:r"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := access.Answer{Holds: tt.witness == "", Complete: true, Witness: tt.witness}
			if got := access.NewProver(0).Included(union(t, tt.a), union(t, tt.b)); got != want {
				t.Errorf("Included(%s, %s) = %+v, want %+v", tt.a, tt.b, got, want)
			}
		})
	}
}

// The characters of verbs; segments have "$" as well.
const verbCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

// everyCharacter returns a pattern once for each segment character, which takes
// the place of "%".
func everyCharacter(pattern string) string {
	var list []string
	for _, c := range verbCharacters + "$" {
		list = append(list, strings.ReplaceAll(pattern, "%", string(c)))
	}
	return strings.Join(list, " ")
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, a, b, witness string }{ // an empty witness: they do not meet
		{"empty", "", "a:r", ""},
		{"same", "a:r", "a:r", "a:r"},
		{"verbs apart", "a:r,w", "a:x,y", ""},
		{"verbs meet", "a:r,w", "a:w,x", "a:w"},
		{"any verb", "a:*", "a:w,y", "a:y"},
		{"both any verb", "a:*", "a:*", "a:x"},
		{"segments apart", "a/*:r", "*/b/*:r", ""},
		{"stars cross", "a*/x:r", "*b/x:r", "ab/x:r"},
		{"stars cross in one character", "a*:r", "*a:r", "a:r"},
		{"ends apart", "*a:r", "*b:r", ""},
		{"beginnings apart", "a*:r", "b*:r", ""},
		{"middles meet", "*ab*:r", "*bc*:r", "abc:r"},
		{"middles in turn", "*a*b*:r", "*c*:r", "abc:r"},
		{"deep and star", "**:r", "a/*:r", "a/x:r"},
		{"deep below deep", "a/**:r", "a/b/**:*", "a/b/x:r"},
		{"deep apart", "a/**:r", "b/**:r", ""},
		{"deep too short", "a/**:r", "a:r", ""},
		{"second of many", "a:r b:r c:r", "d:r b:*", "b:r"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := access.Answer{Holds: tt.witness != "", Complete: true, Witness: tt.witness}
			a, b := union(t, tt.a), union(t, tt.b)
			if got := access.NewProver(0).Overlap(a, b); got != want {
				t.Errorf("Overlap(%s, %s) = %+v, want %+v", tt.a, tt.b, got, want)
			}
			if got := access.NewProver(0).Overlap(b, a); got != want {
				t.Errorf("Overlap(%s, %s) = %+v, want %+v", tt.b, tt.a, got, want)
			}
		})
	}
}

// TestEmpty asks of sets whether they are included in none.
func TestEmpty(t *testing.T) {
	t.Parallel()
	a := union(t, "orders/**:*")
	tests := []struct {
		name    string
		set     access.Set
		witness string
	}{
		{"zero value", access.Set{}, ""},
		{"no scopes", access.Union(), ""},
		{"zero scope", access.Union(access.Scope{}), ""},
		{"everything", access.Everything(), "x:x"},
		{"nothing but everything", access.Everything().Minus(access.Everything()), ""},
		{"less itself", a.Minus(a), ""},
		{"and its complement", a.And(access.Everything().Minus(a)), ""},
		{"or its complement", access.Everything().Minus(a.Or(access.Everything().Minus(a))), ""},
		{"with a hole", a.Minus(union(t, "orders/*:*")), "orders/x/x:x"},
		{"meets a hole", a.Minus(union(t, "orders/x:*")).And(union(t, "*/x:r *s/y:r")), "orders/y:r"},
		{"from two sides", union(t, "*a*:r").And(union(t, "*b*:r")).And(union(t, "c*:*")), "cab:r"},
		{"less nothing", a.Minus(access.Set{}), "orders/x:x"},
		{"nothing less", access.Set{}.Minus(a), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := access.Answer{Holds: tt.witness == "", Complete: true, Witness: tt.witness}
			if got := access.NewProver(0).Included(tt.set, access.Set{}); got != want {
				t.Errorf("Included = %+v, want %+v", got, want)
			}
		})
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		before, after [2]string // allow, deny
		want          access.Diff
	}{
		{"same", [2]string{"o/**:r"}, [2]string{"o/**:r"}, access.Diff{Complete: true}},
		{
			"same in other words",
			[2]string{"**:*"},
			[2]string{"*:* */**:*"},
			access.Diff{Complete: true},
		},
		{
			"widened",
			[2]string{"o/*:r"},
			[2]string{"o/**:r"},
			access.Diff{NewAccess: true, Witness: "o/x/x:r", Complete: true},
		},
		{
			"narrowed by a deny",
			[2]string{"o/**:r"},
			[2]string{"o/**:r", "o/secret*/**:*"},
			access.Diff{RemovedAccess: true, RemovedWitness: "o/secret/x:r", Complete: true},
		},
		{
			"a deny narrowed",
			[2]string{"o/**:r", "o/secret*/**:*"},
			[2]string{"o/**:r", "o/secret/**:*"},
			access.Diff{NewAccess: true, Witness: "o/secretx/x:r", Complete: true},
		},
		{
			"a deny that never mattered",
			[2]string{"o/**:r", "p/**:*"},
			[2]string{"o/**:r", "o/**:w"},
			access.Diff{Complete: true},
		},
		{
			"moved",
			[2]string{"o/a:r"},
			[2]string{"o/b:r"},
			access.Diff{NewAccess: true, Witness: "o/b:r", RemovedAccess: true, RemovedWitness: "o/a:r", Complete: true},
		},
		{
			"the deny moved to where another allows",
			[2]string{"o/*:r o/a:r", "o/b:r"},
			[2]string{"o/*:r", "o/a:r"},
			access.Diff{NewAccess: true, Witness: "o/b:r", RemovedAccess: true, RemovedWitness: "o/a:r", Complete: true},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := union(t, tt.before[0]).Minus(union(t, tt.before[1]))
			after := union(t, tt.after[0]).Minus(union(t, tt.after[1]))
			if got := access.Difference(before, after); got != tt.want {
				t.Errorf("Difference(%v, %v) =\n%+v, want\n%+v", tt.before, tt.after, got, tt.want)
			}
		})
	}
}

func TestAllows(t *testing.T) {
	t.Parallel()
	ceiling := union(t, "orders/**:read,write payments/*:read").Minus(union(t, "orders/secret/*:*"))
	tests := []struct {
		scope string
		want  bool
	}{
		{"orders/carts:read", true},
		{"orders/carts:read,write", true},
		{"orders/carts:read,delete", false},
		{"orders/secret:read", true},
		{"orders/secret/7:read", false},
		{"orders/secret/7/8:read", true},
		{"payments/charges:read", true},
		{"payments/charges/7:read", false},
		{"orders/carts/*:read", true},
		{"orders/*/carts:read", false},
		{"orders/carts:*", false},
	}
	for _, tt := range tests {
		t.Run(tt.scope, func(t *testing.T) {
			t.Parallel()
			if got := ceiling.Allows(parse(t, tt.scope)); got != tt.want {
				t.Errorf("Allows(%s) = %v, want %v", tt.scope, got, tt.want)
			}
		})
	}
	if access.Everything().Allows(access.Scope{}) {
		t.Error("the zero Scope is allowed")
	}
}
