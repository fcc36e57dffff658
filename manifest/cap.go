// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/finding"
)

// ruleMore has its section in docs/checks.md.
const ruleMore = "more-findings"

// mostFindings is how many findings of one file are shown: more than a person
// fixes at once, and few enough that 10,000 equal mistakes in one file do not
// become megabytes of output.
const mostFindings = 100

// capped sorts the findings of one or more files, and removes those that exceed
// the limit of one file. One more finding, at the cut, states how many.
func capped(list []finding.Finding) []finding.Finding {
	list = finding.Sort(list)
	if len(list) <= mostFindings {
		return list
	}
	var kept []finding.Finding
	for begin := 0; begin < len(list); {
		end := begin
		for end < len(list) && list[end].File == list[begin].File {
			end++
		}
		kept = append(kept, cut(list[begin:end])...)
		begin = end
	}
	return kept
}

// cut shortens the findings of one file. The finding that it adds has the highest
// severity of those that it replaces.
func cut(list []finding.Finding) []finding.Finding {
	if len(list) <= mostFindings {
		return list
	}
	kept, rest := list[:mostFindings:mostFindings], list[mostFindings:]
	more := finding.Finding{
		Rule: ruleMore, Severity: finding.Note, File: rest[0].File, Line: rest[0].Line, Column: rest[0].Column,
		Message: fmt.Sprintf("%d more findings in this file are not shown", len(rest)),
		Hint:    "fix the findings above first",
	}
	for _, severity := range []finding.Severity{finding.Warning, finding.Error} {
		if slices.ContainsFunc(rest, func(f finding.Finding) bool { return f.Severity == severity }) {
			more.Severity = severity
		}
	}
	return append(kept, more)
}
