// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"testing"

	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// loosenings has, for each kind of rule, templates before and after a change that
// permits more.
func loosenings() map[string][][2]string {
	const nothing = "mode: enforce"
	rule := func(name, expression string) string {
		return "{name: " + name + ", expression: \"" + expression + "\"}"
	}
	return map[string][][2]string{
		"schema": {
			{"schema: {required: [owner]}", nothing},
			{"schema: {required: [owner]}", "schema: {required: [version]}"},
		},
		"mustNever":            {{`mustNever: ["orders/**:write"]`, nothing}, {`mustNever: ["orders/**:write"]`, `mustNever: ["orders/*:write"]`}},
		"limits.credentialAge": {{"limits: {credentialAge: 30d}", nothing}, {"limits: {credentialAge: 30d}", "limits: {credentialAge: 31d}"}},
		"limits.tokenLife":     {{"limits: {tokenLife: 1h}", nothing}, {"limits: {tokenLife: 1h}", "limits: {tokenLife: 2h}"}},
		"limits.wildcards":     {{"limits: {wildcards: 0}", nothing}, {"limits: {wildcards: 0}", "limits: {wildcards: 1}"}},
		"limits.privileged":    {{"limits: {privileged: 0}", nothing}, {"limits: {privileged: 1}", "limits: {privileged: 2}"}},
		"trust.required":       {{"trust: {required: true}", nothing}, {"trust: {required: true}", "trust: {required: false}"}},
		"trust.issuers":        {{"trust: {issuers: [github]}", nothing}, {"trust: {issuers: [github]}", "trust: {issuers: [entra, github]}"}},
		"trust.pin":            {{"trust: {pin: [environment]}", nothing}, {"trust: {pin: [environment, ids]}", "trust: {pin: [ids]}"}},
		"trust.repositories": {
			{`trust: {repositories: ["acme/*"]}`, nothing},
			{`trust: {repositories: ["acme/*"]}`, `trust: {repositories: ["acme/*", "evil/*"]}`},
		},
		"rules": {
			{"rules: [" + rule("one", "false") + "]", nothing},
			{"rules: [" + rule("one", "false") + "]", "rules: [" + rule("one", "true") + "]"},
			{"rules: [" + rule("one", "false") + "]", "rules: [" + rule("two", "false") + "]"},
			{"rules: [" + rule("one", "params.most < 3") + "]\nparams: {most: 2}", "rules: [" + rule("one", "params.most < 3") + "]\nparams: {most: 1}"},
			{nothing, "rules: [{name: one, expression: \"true\", accepts: new-access}]"},
		},
	}
}

// TestEveryKindComparesItsLoosening loosens each kind of rule, alone in its template,
// and expects its row of the table to say so, and to be silent where nothing changed.
func TestEveryKindComparesItsLoosening(t *testing.T) {
	t.Parallel()
	samples := loosenings()
	for _, kind := range policy.RuleKinds() {
		pairs := samples[kind.Name]
		if len(pairs) == 0 {
			t.Errorf("no sample loosens %s", kind.Name)
		}
		for _, pair := range pairs {
			before, after := spec(t, pair[0]), spec(t, pair[1])
			if loosened(kind, before, after) == 0 {
				t.Errorf("%s: nothing is said of a change from\n%s\nto\n%s", kind.Name, pair[0], pair[1])
			}
			for _, same := range []*manifest.PolicyTemplateSpec{before, after} {
				if n := loosened(kind, same, same); n > 0 {
					t.Errorf("%s: %d loosenings between equal templates", kind.Name, n)
				}
			}
		}
	}
}

// TestParamsWithoutRules: params that no rule reads permit nothing.
func TestParamsWithoutRules(t *testing.T) {
	t.Parallel()
	for _, kind := range policy.RuleKinds() {
		if n := loosened(kind, spec(t, "params: {most: 2}"), spec(t, "params: {most: 3}")); n > 0 {
			t.Errorf("%s: %d loosenings by params", kind.Name, n)
		}
	}
}

// spec returns the spec of a template.
func spec(t *testing.T, text string) *manifest.PolicyTemplateSpec {
	t.Helper()
	registry := load(t, "house", map[string]string{"p/house.yaml": template("house", text)})
	for _, declared := range registry.Templates {
		if declared.Meta.Name.Value == "house" {
			return &declared.Spec
		}
	}
	t.Fatalf("no template in\n%s", text)
	return nil
}

// loosened counts what a kind of rule says of a change. A list of scopes permits more
// where it lacks a text.
func loosened(kind policy.RuleKind, was, now *manifest.PolicyTemplateSpec) (n int) {
	kind.Compare(&policy.Comparison{
		Was: was, Now: now,
		Beyond: func(was, now manifest.Strings) (string, bool) {
			for _, text := range was {
				if !now.Contains(text.Value) {
					return text.Value, true
				}
			}
			return "", false
		},
		Loosened: func(manifest.Pos, string, string) { n++ },
	})
	return n
}
