// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// TestIdleOverrides refuses overrides that accept nothing.
func TestIdleOverrides(t *testing.T) {
	t.Parallel()
	dangling := finding.Finding{Rule: validate.RuleDanglingScope, Severity: finding.Error}
	for override, want := range map[string]string{
		"dangling-scope=1":    "", // it accepts
		"dangling-scope=7":    "", // Open compares the number
		"updates=3":           "", // of a guardrail
		"new-access=2":        `override "new-access=2" accepts nothing`,
		"shared-credential=1": `override "shared-credential=1" accepts nothing`,
		"new-acess=1":         `override "new-acess=1" is unknown`,
		"attenuation=1":       `override "attenuation=1" is unknown`,
		"":                    `override "" is unknown`,
	} {
		message := ""
		if idle := validate.Idle(validate.Result{Findings: []finding.Finding{dangling}}, validate.Accepted{Allow: []string{override}}); len(idle) > 0 {
			message = idle[0].Message
		}
		if message != want {
			t.Errorf("%q: %q, want %q", override, message, want)
		}
	}
	for digest, want := range map[string]int{"sha256:aa": 0, "sha256:bb": 1, "": 1} {
		r := validate.Result{Verdict: &verdict.Verdict{Digest: "sha256:aa"}}
		if idle := validate.Idle(r, validate.Accepted{Gains: []string{digest}}); len(idle) != want {
			t.Errorf("digest %q: %v", digest, idle)
		}
	}
	debt := validate.Accepted{Allow: []string{"dangling-scope=1"}}
	idle := validate.Idle(validate.Result{}, debt)
	if open, overrides := validate.Open(validate.Result{Findings: append(idle, dangling)}, debt); len(open) != 1 || len(overrides) != 1 {
		t.Errorf("an idle override cannot be accepted, and hides no other: %v, %v", open, overrides)
	}
}

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
		{"a debt", []finding.Finding{dangling, dangling}, nil, []string{"dangling-scope"}, []string{"--allow dangling-scope=2"}},
		{"a debt, accepted", []finding.Finding{dangling, dangling}, []string{"dangling-scope=2"}, nil, []string{"--allow dangling-scope=2"}},
		{"one more than accepted", []finding.Finding{dangling, dangling}, []string{"dangling-scope=1"}, []string{"dangling-scope"}, []string{"--allow dangling-scope=2"}},
		{"one less than accepted", []finding.Finding{dangling}, []string{"dangling-scope=2"}, []string{"dangling-scope"}, []string{"--allow dangling-scope=1"}},
		{"two debts, one accepted", []finding.Finding{dangling, shared}, []string{"dangling-scope=1"}, []string{"shared-credential"}, []string{"--allow dangling-scope=1", "--allow shared-credential=1"}},
		{"too much access cannot be accepted", []finding.Finding{tooMuch, dangling}, []string{"attenuation=1", "dangling-scope=1"}, []string{"attenuation"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			open, overrides := validate.Open(validate.Result{Findings: test.findings}, validate.Accepted{Allow: test.allowed})
			if d := cmp.Diff([][]string{test.open, test.overrides}, [][]string{open, overrides}); d != "" {
				t.Errorf("open and overrides differ (-want +got):\n%s", d)
			}
		})
	}
}

// TestGainsAreAcceptedByDigest: all gains of a change have one digest, and a number
// accepts none of them.
func TestGainsAreAcceptedByDigest(t *testing.T) {
	t.Parallel()
	gain := func(rule string) finding.Finding { return finding.Finding{Rule: rule, Severity: finding.Error} }
	r := validate.Result{
		Findings: []finding.Finding{gain(validate.RuleNewAccess), gain(validate.RuleNewDelivery)},
		Verdict:  &verdict.Verdict{Digest: "sha256:aa"},
	}
	for name, test := range map[string]struct {
		accepted validate.Accepted
		open     []string
	}{
		"none":           {validate.Accepted{}, []string{validate.RuleNewAccess, validate.RuleNewDelivery}},
		"by number":      {validate.Accepted{Allow: []string{"new-access=1", "new-delivery=1"}}, []string{validate.RuleNewAccess, validate.RuleNewDelivery}},
		"another digest": {validate.Accepted{Gains: []string{"sha256:bb"}}, []string{validate.RuleNewAccess, validate.RuleNewDelivery}},
		"its digest":     {validate.Accepted{Gains: []string{"sha256:bb", "sha256:aa"}}, nil},
	} {
		open, overrides := validate.Open(r, test.accepted)
		if d := cmp.Diff([][]string{test.open, {"--accept sha256:aa"}}, [][]string{open, overrides}); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	r.Verdict.Digest = ""
	if open, overrides := validate.Open(r, validate.Accepted{Gains: []string{""}}); len(open) != 2 || overrides != nil {
		t.Errorf("an empty digest accepts something: %q, %q", open, overrides)
	}
}
