// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newPolicyTest(env *Env) *cobra.Command {
	formats := report.PolicyTests().Formats()
	var format, at, run string
	var cover int
	c := &cobra.Command{
		Use:   "test [dir]",
		Short: "Run the test cases of policy templates",
		Long: `Test runs every file below dir whose name ends in ` + policycase.Suffix + `: a registry before
and after a change, and the expected findings. It also lists the rules that no case has
triggered. docs/policies.md shows how to write cases.`,
		Example: `  roster policy test
  roster policy test policies --run agents --cover 100`,
		Args: atMost(1, "at most one folder"),
		RunE: func(c *cobra.Command, args []string) error {
			format, err := chosen(env, format, formats)
			if err != nil {
				return err
			}
			day, err := day(env, at)
			if err != nil {
				return err
			}
			filter, err := regexp.Compile(run)
			if err != nil {
				return usage("--run: %v", err)
			}
			dir := folder(args)
			if !isFolder(dir) {
				return usage("no folder %q", dir)
			}
			result, err := wire.PolicyTests(dir, judgeCase(day)).Run(c.Context(), filter.MatchString)
			if err != nil {
				return err
			}
			if len(result.Cases) == 0 {
				return usage("no test case in %q; the name of a case ends in %s", dir, policycase.Suffix)
			}
			if err := report.PolicyTests().Write(env.Stdout, format, result, env.look()); err != nil {
				return err
			}
			if percent := result.Percent(); percent < cover {
				env.say("the cases triggered %d %% of the rules; --cover requires %d %%", percent, cover)
				return errFindings
			}
			if !result.Passed() {
				return errFindings
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&at, "at", "", "day of the evaluation, for example 2026-01-31 (default: today, UTC)")
	flags.StringVar(&run, "run", "", "regular expression; only cases whose file name matches it are run (default: all)")
	flags.IntVar(&cover, "cover", 0, "lowest share of the rules that the cases must trigger, in percent")
	addFormat(c, &format, formats)
	return c
}

// judgeCase judges a case as validate does. All cases share the budget of one run.
func judgeCase(at time.Time) func(policycase.Judgement) []finding.Finding {
	budget, meter := access.NewBudget(0), policy.NewMeter(0)
	return func(j policycase.Judgement) []finding.Finding {
		config := validate.Config{Systems: wire.Systems(), At: at, Change: j.Change, Judged: j.Judged, Budget: budget, Meter: meter}
		if j.Base != nil {
			config.Base = &validate.Base{Registry: j.Base, Findings: j.BaseFindings, Revision: "base"}
		}
		said, _ := validate.Registry(j.Head, config)
		return said
	}
}
