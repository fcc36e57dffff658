// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/policy"
)

// TestIdentitiesOfApplications says what templates say of identities that are no
// workflows.
func TestIdentitiesOfApplications(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ spec, identity, want string }{
		"an issuer":      {"trust: {issuers: [github]}", "{entra: {application: x}}", "6:35 trust.issuers"},
		"two issuers":    {"trust: {issuers: [github]}", "{okta: {application: y}, entra: {application: x}}", "6:59 trust.issuers 6:59 trust.issuers"},
		"allowed":        {"trust: {issuers: [entra]}", "{entra: {application: x}}", ""},
		"required":       {"trust: {required: true}", "{entra: {application: x}}", ""},
		"required, none": {"trust: {required: true}", "{}", "3:18 trust.required"},
	} {
		registry := load(t, "house", map[string]string{
			"p/house.yaml":  template("house", test.spec),
			"a/ledger.yaml": "apiVersion: roster/v1\nkind: App\nmetadata: {name: ledger}\nspec:\n  {domain: orders, owner: \"group:team\", version: v1, scopes: [],\n  identity: " + test.identity + "}\n",
		})
		set, _ := policy.New(bounds.New(registry, nil), nil)
		var got []string
		for _, o := range set.Template("house").Judge(policy.Case{Node: registry.Node("orders/ledger")}) {
			got = append(got, fmt.Sprintf("%d:%d %s", o.Finding.Line, o.Finding.Column, o.Rule))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
