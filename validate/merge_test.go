// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/schema"
	"github.com/appofapps/roster/validate"
)

func TestMergeKeepsOneFindingForEachMistake(t *testing.T) {
	t.Parallel()
	at := func(rule string, line int) finding.Finding {
		return finding.Finding{Rule: rule, Severity: finding.Error, File: "app.yaml", Line: line, Column: 1}
	}
	loaded := []finding.Finding{at(schema.RuleValue, 4), at(schema.RuleValue, 5), at("duplicate-key", 4)}
	judged := []finding.Finding{at(validate.RuleScopeSyntax, 4), at("dangling-scope", 5)}
	want := []finding.Finding{
		at("duplicate-key", 4), at(validate.RuleScopeSyntax, 4), at("dangling-scope", 5), at(schema.RuleValue, 5),
	}
	if diff := cmp.Diff(finding.Sort(want), validate.Merge(loaded, judged)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if len(loaded) != 3 || loaded[0].Line != 4 {
		t.Error("the findings of loading were changed")
	}
}
