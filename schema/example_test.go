// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"fmt"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

func ExampleChecker_Check() {
	const source = `apiVersion: roster/v1
kind: App
metadata: {name: checkout}
spec:
  domain: orders
  ownr: group:checkout-team
  version: 12
`
	doc, _ := manifest.Parse("app.yaml", []byte(source), manifest.Limits{})
	for _, f := range schema.New().Check(doc) {
		fmt.Printf("%s: %s: %s\n", f.Position(), f.Rule, f.Message)
	}
	// Output:
	// app.yaml:4:1: schema-missing-field: spec.owner is missing
	// app.yaml:6:3: schema-unknown-field: spec has no field "ownr"
	// app.yaml:7:12: schema-type: spec.version is the number "12"
}
