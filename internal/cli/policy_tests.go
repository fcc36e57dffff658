// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/policycase"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/report"
	"github.com/appofapps/roster/validate"
)

func newPolicyTest(env *Env) *cobra.Command {
	formats := []string{"text", "json"}
	var format, at, run string
	var cover int
	c := &cobra.Command{
		Use:   "test [dir]",
		Short: "Run the test cases beside the policy templates below a folder",
		Long: `Test runs every file whose name ends in ` + policycase.Suffix + `: a registry before and after
a change, and what is to be said of it. It also says which rules of which
templates no case has seen to object. docs/policies.md shows how cases are
written.`,
		Example: `  roster policy test
  roster policy test policies --run agents --cover 100`,
		Args: atMost(1, "one folder"),
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
			if info, err := os.Stat(dir); err != nil || !info.IsDir() {
				return usage("there is no folder %s", dir)
			}
			result, err := wire.PolicyTests(dir, judgeCase(day)).Run(c.Context(), filter.MatchString)
			if err != nil {
				return err
			}
			if len(result.Cases) == 0 {
				return usage("there is no case in %s: no file whose name ends in %s", dir, policycase.Suffix)
			}
			if err := report.PolicyTests(env.Stdout, format, result, report.TextOptions{Colour: colour(env)}); err != nil {
				return err
			}
			if percent := result.Percent(); percent < cover {
				env.say("the cases have seen %d %% of the rules to object; --cover asks for %d %%", percent, cover)
				return errObjections
			}
			if !result.Passed() {
				return errObjections
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&format, "format", "", "output format: text, json (default: text)")
	flags.StringVar(&at, "at", "", "day that the cases are judged on, as 2026-01-31 (default: today, UTC)")
	flags.StringVar(&run, "run", "", "run only the cases whose file matches this regular expression")
	flags.IntVar(&cover, "cover", 0, "fail if the cases see less than this share of the rules to object, in percent")
	completeFormat(c, formats)
	return c
}

// judgeCase judges a case as validate does.
func judgeCase(at time.Time) func(policycase.Judgement) []finding.Finding {
	return func(j policycase.Judgement) []finding.Finding {
		config := validate.Config{Systems: wire.Systems(), At: at, Change: j.Change, Judged: j.Judged}
		if j.Base != nil {
			config.Base = &validate.Base{Registry: j.Base, Findings: j.BaseFindings, Revision: "base"}
		}
		said, _ := validate.Registry(j.Head, config)
		return said
	}
}
