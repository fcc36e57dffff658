// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"

	"github.com/appofapps/roster/finding"
)

// ruleMore has its section in docs/checks.md.
const ruleMore = "more-findings"

// mostFindings is how many findings of one file are shown: more than anyone
// mends in one go, and few enough that 10,000 equal mistakes in one file are
// not megabytes of output.
const mostFindings = 100

// capped sorts findings, which may be of several files, and cuts what one file
// has too many of. One more finding, where the cut is, says how many they were.
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

// cut shortens the findings of one file.
func cut(list []finding.Finding) []finding.Finding {
	rest := len(list) - mostFindings
	if rest <= 0 {
		return list
	}
	first := list[mostFindings]
	return append(list[:mostFindings:mostFindings], finding.Finding{
		Rule: ruleMore, Severity: finding.Error, File: first.File, Line: first.Line, Column: first.Column,
		Message: fmt.Sprintf("%d more findings in this file are not shown", rest),
		Hint:    "mend the ones before first",
	})
}
