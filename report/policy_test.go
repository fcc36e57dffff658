// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"

	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

func newPolicyList() *validate.PolicyList {
	return &validate.PolicyList{
		APIVersion: manifest.APIVersion, Kind: validate.PolicyListKind,
		Templates: []validate.ListedTemplate{
			{Name: "baseline", File: "policies/baseline.yaml", Mode: "audit", Rules: []string{"mustNever", "few-scopes"}, NamedBy: []string{"domain orders", "the root"}, Nodes: 12},
			{Name: "least-privilege", File: "built-in/least-privilege.yaml", BuiltIn: true, Mode: "enforce", Rules: []string{"limits.wildcards"}, NamedBy: []string{}},
		},
	}
}

func newPolicyTests() *policycase.Result {
	return &policycase.Result{
		APIVersion: manifest.APIVersion, Kind: policycase.Kind,
		Cases: []policycase.Case{
			{File: "a.case.txtar", Missing: []string{}, Extra: []string{}},
			{File: "b.case.txtar", Missing: []string{"policy-rule orders/checkout"}, Extra: []string{"attenuation orders/checkout: too much"}},
			{File: "c.case.txtar", Problem: "file \"x\" is not below both, base or head", Missing: []string{}, Extra: []string{}},
		},
		Coverage: []policycase.Coverage{{Template: "baseline", Seen: 1, Unseen: []string{"few-scopes"}}},
	}
}

func formatPolicyList(w io.Writer, format string, r any) error {
	return PolicyList().Write(w, format, *r.(*validate.PolicyList), TextOptions{})
}

func formatPolicyTests(w io.Writer, format string, r any) error {
	return PolicyTests().Write(w, format, r.(*policycase.Result), TextOptions{})
}
