// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/appofapps/roster/finding"
)

// Open returns the rules whose errors nobody accepted, sorted. Overrides are
// what accepts every error there is, or none if some cannot be accepted. An
// override names a rule and the exact number of its errors, as
// dangling-scope=12, so that one more is never accepted with the others.
func Open(findings []finding.Finding, allowed []string) (open, overrides []string) {
	errors := map[string]int{}
	for _, f := range findings {
		if f.Severity == finding.Error {
			errors[f.Rule]++
		}
	}
	acceptableAll := true
	for _, rule := range slices.Sorted(maps.Keys(errors)) {
		override := fmt.Sprintf("%s=%d", rule, errors[rule])
		canBe := slices.Contains(acceptable(), rule)
		acceptableAll = acceptableAll && canBe
		overrides = append(overrides, override)
		if !canBe || !slices.Contains(allowed, override) {
			open = append(open, rule)
		}
	}
	if !acceptableAll {
		overrides = nil
	}
	return open, overrides
}
