// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/appofapps/roster/access"
)

// Reviewing a change: the wildcard gives more than the two scopes it replaces,
// and the deny takes some of it back.
func Example() {
	before, err := access.ParseSet([]byte(`{"allow": ["orders/carts:read", "orders/items:read"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	after, err := access.ParseSet([]byte(`{"allow": ["orders/*:read"], "deny": ["orders/items:*"]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	diff := access.Difference(before, after)
	fmt.Println("may now:", diff.Witness)
	fmt.Println("may no longer:", diff.RemovedWitness)
	// Output:
	// may now: orders/x:read
	// may no longer: orders/items:read
}

func ExampleParse() {
	scope, err := access.Parse("orders/carts:write,read")
	fmt.Println(scope, err)
	_, err = access.Parse("orders/**/carts:read")
	fmt.Println(err)
	// Output:
	// orders/carts:read,write <nil>
	// scope "orders/**/carts:read": misplaced "**"; "**" is allowed only as the whole of the last segment
}

// What a node may hold is its parent's, within its own ceiling, without what is
// denied.
func ExampleProver_Included() {
	set := func(texts ...string) access.Set {
		var scopes []access.Scope
		for _, text := range texts {
			scope, err := access.Parse(text)
			if err != nil {
				fmt.Println(err)
			}
			scopes = append(scopes, scope)
		}
		return access.Union(scopes...)
	}
	may := access.Everything().Minus(set("**:admin")).And(set("orders/**:*")).Minus(set("orders/secrets/**:*"))

	fmt.Println(access.NewProver(0).Included(set("orders/carts:read", "orders/*/items:write"), may).Witness)
	fmt.Println(access.NewProver(0).Included(set("orders/carts/*:read,write"), may).Holds)
	fmt.Println(access.NewProver(0).Overlap(may, set("*/secrets*/key:get")).Witness)
	// Output:
	// orders/secrets/items:write
	// true
	// orders/secretsx/key:get
}

func ExampleDiffLines() {
	questions := `{"id": "checkout", "before": {"allow": ["orders/carts:read"]}, "after": {"allow": ["orders/carts:*"]}}
{"id": "search", "before": {"allow": ["**:read"]}, "after": {"allow": ["*:read", "*/**:read"]}}
`
	if err := access.DiffLines(context.Background(), strings.NewReader(questions), os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"id":"checkout","newAccess":true,"witness":"orders/carts:x","removedAccess":false,"complete":true}
	// {"id":"search","newAccess":false,"removedAccess":false,"complete":true}
}
