// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/appofapps/roster/access"
)

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := access.Parse("orders/carts/*:read,write"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIncluded asks one question of the size that a node of a registry
// has: a handful of scopes, an inherited ceiling and denies of two levels.
func BenchmarkIncluded(b *testing.B) {
	may := access.Everything().Minus(union(b, "**:admin")).
		And(union(b, "orders/**:* payments/charges/*:read,write msgraph/**:* keyvault/orders-*/*:get")).
		Minus(union(b, "orders/secrets/**:* msgraph/*.ReadWrite.All:*"))
	tests := []struct{ name, scopes string }{
		{"literal", "orders/carts:read,write payments/charges/refunds:write keyvault/orders-prod/db:get msgraph/User.Read.All:use"},
		{"wildcards", "orders/carts/*:read,write payments/charges/*:write keyvault/orders-*/db*:get msgraph/User.*:use"},
	}
	for _, tt := range tests {
		scopes := union(b, tt.scopes)
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !access.NewProver(0).Included(scopes, may).Complete {
					b.Fatal("not complete")
				}
			}
		})
	}
}

// BenchmarkDifference compares two sets of a thousand scopes that differ in one.
func BenchmarkDifference(b *testing.B) {
	for _, wild := range []bool{false, true} {
		var texts strings.Builder
		for i := range 999 {
			if wild && i%4 == 0 {
				fmt.Fprintf(&texts, "domain%d/app%d-*/data*:read ", i%20, i)
				continue
			}
			fmt.Fprintf(&texts, "domain%d/app%d/data:read,write ", i%20, i)
		}
		before := union(b, texts.String()+"domain0/*/logs/**:read")
		after := union(b, texts.String()+"domain0/**:read")
		b.Run(fmt.Sprintf("wildcards=%v", wild), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := access.Difference(before, after); !d.Complete || d.Witness != "domain0/x:read" {
					b.Fatalf("%+v", d)
				}
			}
		})
	}
}

// BenchmarkTooComplex is what the worst question costs.
func BenchmarkTooComplex(b *testing.B) {
	all, before := union(b, "*:r"), lacking(b, 24)
	b.ReportAllocs()
	for b.Loop() {
		if access.NewProver(0).Included(all, before).Complete {
			b.Fatal("complete")
		}
	}
}
