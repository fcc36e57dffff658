// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/appofapps/roster/finding"
)

// Accepted is what a user accepts.
type Accepted struct {
	Allow []string // debts: a rule and the exact number of its errors, as dangling-scope=12
	Gains []string // digests of gains; see verdict.Verdict
}

// Open returns the rules whose errors nobody accepted, sorted. Overrides are the
// flags that accept every error there is, or none if some cannot be accepted. One
// debt more, or one gain more, is never accepted with the others.
func Open(r Result, accepted Accepted) (open, overrides []string) {
	digest := ""
	if r.Verdict != nil {
		digest = r.Verdict.Digest
	}
	errors := map[string]int{}
	for _, f := range r.Findings {
		if f.Severity == finding.Error {
			errors[f.Rule]++
		}
	}
	acceptableAll := true
	for _, rule := range slices.Sorted(maps.Keys(errors)) {
		override, done := "", false
		switch debt := fmt.Sprintf("%s=%d", rule, errors[rule]); {
		case slices.Contains(gains(), rule) && digest != "":
			override, done = "--accept "+digest, slices.Contains(accepted.Gains, digest)
		case slices.Contains(acceptable(), rule):
			override, done = "--allow "+debt, slices.Contains(accepted.Allow, debt)
		default:
			acceptableAll = false
		}
		overrides = append(overrides, override)
		if !done {
			open = append(open, rule)
		}
	}
	overrides = slices.Compact(slices.Sorted(slices.Values(overrides)))
	if !acceptableAll {
		overrides = nil
	}
	return open, overrides
}
