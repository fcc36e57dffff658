// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/atomicfile"
	"github.com/appofapps/roster/internal/ci"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/registration"
	"github.com/appofapps/roster/report"
)

// mostSummary is a little less than GitHub's limit of a summary, 1 MiB
// (docs.github.com, "Workflow commands", adding a job summary).
const mostSummary = 1_000_000

// review collects the findings, the changes, and the plan if there is one.
func (s *session) review(p *plan.Plan) (report.Review, error) {
	rules, _ := s.unaccepted()
	r := report.Review{Result: s.result, Passed: len(rules) == 0 && (p == nil || len(p.Refusals) == 0), Plan: p, Run: ci.RunURL(s.Getenv)}
	base := s.config.Base
	if base == nil || base.Registry == nil || s.registry == nil {
		return r, nil
	}
	before, err := registration.SealAll(registration.All(base.Registry))
	if err != nil {
		return r, err
	}
	after, err := registration.SealAll(registration.All(s.registry))
	if err != nil {
		return r, err
	}
	r.Changes, err = plan.Diff(before, after)
	return r, err
}

// tell gives a review to the CI system: as the summary of the run, as outputs for
// later steps, and as a comment on the pull request. Outputs are numbers, fixed
// words and file names; they contain no text of a manifest.
func (s *session) tell(ctx context.Context, r report.Review, options report.TextOptions) error {
	var page strings.Builder
	if err := report.MarkdownReview(&page, r, options, mostSummary); err != nil {
		return err
	}
	sink := s.sink()
	if err := sink.Summary(page.String()); err != nil {
		return err
	}
	outputs, err := outputsOf(s.Env, r)
	if err != nil {
		return err
	}
	for _, output := range outputs {
		if err := sink.Output(output[0], output[1]); err != nil {
			return err
		}
	}
	return s.comment(ctx, r, options)
}

// summarise gives a page to the CI system as the summary of the run.
func (s *session) summarise(write func(io.Writer) error) error {
	var page strings.Builder
	if err := write(&page); err != nil {
		return err
	}
	return s.sink().Summary(page.String())
}

// outputsOf are the outputs of a review, by name.
func outputsOf(env *Env, r report.Review) ([][2]string, error) {
	verdict := "failed"
	if r.Passed {
		verdict = "passed"
	}
	outputs := [][2]string{
		{"verdict", verdict},
		{"errors", strconv.Itoa(finding.Count(r.Result.Findings, finding.Error))},
	}
	add := func(name string, n int) { outputs = append(outputs, [2]string{name, strconv.Itoa(n)}) }
	if v := r.Result.Verdict; v != nil {
		add("new-access", len(v.NewAccess))
		add("new-headroom", len(v.NewHeadroom))
		add("new-delivery", len(v.NewDelivery))
		add("new-control", len(v.NewControl))
		add("removed-access", len(v.RemovedAccess))
	}
	if r.Plan != nil {
		add("changes", len(r.Plan.Changes))
	}
	for _, file := range []struct {
		output, name string
		value        any
		there        bool
	}{
		{"findings", "roster-findings.json", r.Result, true},
		{"plan-file", "roster-plan.json", r.Plan, r.Plan != nil},
	} {
		folder := ci.TempFolder(env.Getenv)
		if !file.there || folder == "" {
			continue
		}
		content, err := json.MarshalIndent(file.value, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", file.output, err)
		}
		path := filepath.Join(folder, file.name)
		if err := atomicfile.Write(path, append(content, '\n'), 0o600); err != nil {
			return nil, fmt.Errorf("write %s: %w", file.output, err)
		}
		outputs = append(outputs, [2]string{file.output, path})
	}
	return slices.Clip(outputs), nil
}
