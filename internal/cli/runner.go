// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"strconv"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

// tellRunner gives the answer of validate to the job that it runs in: as the
// summary of the run, and as outputs for later steps. Outputs are numbers and
// words of roster's own; what a manifest says is in none of them.
func tellRunner(env *Env, result validate.Result, options report.TextOptions, passed bool) error {
	var page strings.Builder
	if err := report.Findings(&page, "markdown", result, options); err != nil {
		return err
	}
	if err := ci.WriteSummary(env.Getenv, page.String()); err != nil {
		return err
	}
	verdict := "failed"
	if passed {
		verdict = "passed"
	}
	outputs := [][2]string{
		{"verdict", verdict},
		{"errors", strconv.Itoa(finding.Count(result.Findings, finding.Error))},
	}
	if v := result.Verdict; v != nil {
		outputs = append(outputs,
			[2]string{"new-access", strconv.Itoa(len(v.NewAccess))},
			[2]string{"new-headroom", strconv.Itoa(len(v.NewHeadroom))},
			[2]string{"removed-access", strconv.Itoa(len(v.RemovedAccess))},
		)
	}
	for _, output := range outputs {
		if err := ci.WriteOutput(env.Getenv, env.Random, output[0], output[1]); err != nil {
			return err
		}
	}
	return nil
}
