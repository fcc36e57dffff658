// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	dangling := finding.Finding{Rule: validate.RuleDanglingScope, Severity: finding.Error}
	shared := finding.Finding{Rule: validate.RuleSharedCredential, Severity: finding.Error}
	tooMuch := finding.Finding{Rule: validate.RuleAttenuation, Severity: finding.Error}
	warning := finding.Finding{Rule: validate.RuleMissingVersion, Severity: finding.Warning}
	for _, test := range []struct {
		name            string
		findings        []finding.Finding
		allowed         []string
		open, overrides []string
	}{
		{"nothing", nil, nil, nil, nil},
		{"a warning is no error", []finding.Finding{warning}, nil, nil, nil},
		{"a debt", []finding.Finding{dangling, dangling}, nil, []string{"dangling-scope"}, []string{"dangling-scope=2"}},
		{"a debt, accepted", []finding.Finding{dangling, dangling}, []string{"dangling-scope=2"}, nil, []string{"dangling-scope=2"}},
		{"one more than accepted", []finding.Finding{dangling, dangling}, []string{"dangling-scope=1"}, []string{"dangling-scope"}, []string{"dangling-scope=2"}},
		{"one less than accepted", []finding.Finding{dangling}, []string{"dangling-scope=2"}, []string{"dangling-scope"}, []string{"dangling-scope=1"}},
		{"two debts, one accepted", []finding.Finding{dangling, shared}, []string{"dangling-scope=1"}, []string{"shared-credential"}, []string{"dangling-scope=1", "shared-credential=1"}},
		{"too much access cannot be accepted", []finding.Finding{tooMuch, dangling}, []string{"attenuation=1", "dangling-scope=1"}, []string{"attenuation"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			open, overrides := validate.Open(test.findings, test.allowed)
			if d := cmp.Diff([][]string{test.open, test.overrides}, [][]string{open, overrides}); d != "" {
				t.Errorf("open and overrides differ (-want +got):\n%s", d)
			}
		})
	}
}
