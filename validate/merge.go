// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// Merge returns what loading a registry and judging it found, sorted, with one
// finding for each mistake. If both report an invalid scope, the finding of the
// scope rule stays: it names the mistake, and the schema only the pattern. Of two
// findings about a manifest that no include names, the graver one stays.
func Merge(loaded, judged []finding.Finding) []finding.Finding {
	reported := map[string]bool{} // by place
	for _, f := range judged {
		switch f.Rule {
		case RuleScopeSyntax:
			reported[f.Position()] = true
		case manifest.RuleNotIncluded:
			reported[f.Rule+" "+f.File] = true
		}
	}
	all := slices.Clone(judged)
	for _, f := range loaded {
		twice := f.Rule == schema.RuleValue && reported[f.Position()] || reported[f.Rule+" "+f.File]
		if !twice {
			all = append(all, f)
		}
	}
	return finding.Sort(all)
}
