// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// Review is what a reviewer of a change sees.
type Review struct {
	Result  validate.Result
	Passed  bool          // every error was accepted
	Changes []plan.Change // of registrations from base to head; none without a base
	Plan    *plan.Plan    // of the store; nil for none
	Cost    *store.Usage  // of planning; nil if calls cost nothing
	Run     string        // URL of the run; "" for none
}

// Reviews writes a review in the formats of its findings, and as Markdown of at
// most so many bytes.
func Reviews(most int) Result[Review] {
	var forms Result[Review]
	for _, f := range Findings() {
		forms = append(forms, form[Review]{f.format, func(w io.Writer, r Review, options TextOptions) error {
			return f.write(w, r.Result, options)
		}})
	}
	return append(forms, form[Review]{formatMarkdown, func(w io.Writer, r Review, options TextOptions) error {
		return MarkdownReview(w, r, options, most)
	}})
}

// MarkdownReview writes a review as a page of at most so many bytes: the verdict, the
// gains and losses, a picture of the affected nodes, and folded the findings and the
// plan. It counts what does not fit; the other formats have everything.
func MarkdownReview(w io.Writer, r Review, options TextOptions, most int) error {
	m := &markdown{most: most}
	m.line("### %s %s", sealOf(r.Passed), headline(r))
	if v := r.Result.Verdict; v != nil {
		m.access("gains", v.NewAccess, options)
		m.headroom("loosened limit at", v.NewHeadroom, options)
		m.deliveries(v.NewDelivery, options)
		m.headroom("control of", v.NewControl, options)
		m.access("loses", v.RemovedAccess, options)
		m.changes(v, options)
	}
	m.picture(r)
	m.findings(options.shown(r.Result.Findings), options)
	if err := m.plan(r.Plan); err != nil {
		return err
	}
	m.line("")
	m.line("%s", footer(r, options))
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// sealOf is the sign of success or failure.
func sealOf(passed bool) string {
	if passed {
		return "✅"
	}
	return "❌"
}

// headline is the verdict or, without a base, the number of errors.
func headline(r Review) string {
	switch v := r.Result.Verdict; {
	case v != nil:
		return heading(v)
	case r.Passed:
		return "the manifests are valid"
	default:
		return Count(finding.Count(r.Result.Findings, finding.Error), "error")
	}
}

// heading is the verdict with the commit as code.
func heading(v *verdict.Verdict) string {
	line := VerdictLine(v)
	if base := gitfs.Short(v.Base); base != "" {
		line = strings.Replace(line, "compared with "+base, "compared with "+code(base), 1)
	}
	return line
}

// findings adds the findings as text, folded.
func (m *markdown) findings(list []finding.Finding, options TextOptions) {
	if len(list) == 0 {
		return
	}
	p := &page{}
	writeFindings(p, list, TextOptions{Base: options.Base})
	m.folded(Count(len(list), "finding"), strings.TrimSuffix(p.text.String(), "\n\n"))
}

// plan adds the plan as text, folded.
func (m *markdown) plan(pl *plan.Plan) error {
	if pl == nil {
		return nil
	}
	p := &page{}
	if err := writePlan(p, pl); err != nil {
		return err
	}
	title := strings.TrimSuffix(planned(pl), ".")
	if n := len(pl.Refusals); n > 0 {
		title += "; refused by " + Count(n, "guardrail")
	}
	m.folded(title, strings.TrimSuffix(p.text.String(), "\n"))
	return nil
}

// footer is the last line.
func footer(r Review, options TextOptions) string {
	parts := []string{tally(r.Result, options)}
	if base := r.Result.Base; base != nil && base.Date != "" {
		parts = append(parts, fmt.Sprintf("base %s of %s, %s ahead", code(gitfs.Short(base.Commit)), code(base.Date), Count(base.Ahead, "commit")))
		if base.Behind > 0 {
			parts = append(parts, fmt.Sprintf("⚠ %s of the base missing in HEAD", Count(base.Behind, "commit")))
		}
	}
	if r.Cost != nil {
		parts = append(parts, fmt.Sprintf("%s to the store, %.2f request units", Count(r.Cost.Requests, "request"), r.Cost.Charge))
	}
	if regexp.MustCompile(`^https://[A-Za-z0-9.:-]+(/[A-Za-z0-9._-]+)+$`).MatchString(r.Run) {
		parts = append(parts, "[full report]("+r.Run+")")
	}
	return strings.Join(parts, " · ")
}
