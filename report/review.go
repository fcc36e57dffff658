// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/plan"
	"github.com/appofapps/roster/store"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// A Review is what there is to say about a change of a registry to who reviews
// it.
type Review struct {
	Result  validate.Result
	Passed  bool          // nothing is objected to that was not accepted
	Changes []plan.Change // of registrations from base to head; none without a base
	Plan    *plan.Plan    // of the store; nil if there is none
	Cost    *store.Usage  // of planning; nil if it cost nothing
	Run     string        // URL of the run; "" for none
}

// MarkdownReview writes a review as a page of at most so many bytes: the verdict
// first, what it newly allows and takes away, a picture of what it touches, and
// folded away the findings and the plan. What does not fit is counted; the other
// formats have all of it.
func MarkdownReview(w io.Writer, r Review, options TextOptions, most int) error {
	m := &markdown{most: most}
	m.line("### %s %s", sealOf(r.Passed), headline(r))
	if v := r.Result.Verdict; v != nil {
		m.access("may now", v.NewAccess, options)
		m.headroom(v.NewHeadroom, options)
		m.access("may no longer", v.RemovedAccess, options)
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

// sealOf is what a reader sees before reading.
func sealOf(passed bool) string {
	if passed {
		return "✅"
	}
	return "❌"
}

// headline is the verdict in roster's own words; without a base, whether there
// are errors.
func headline(r Review) string {
	switch v := r.Result.Verdict; {
	case v != nil:
		return heading(v)
	case r.Passed:
		return "the manifests are in order"
	default:
		return count(finding.Count(r.Result.Findings, finding.Error), "error")
	}
}

// heading is the verdict, with the commit as code: it is a hash or nothing.
func heading(v *verdict.Verdict) string {
	line := VerdictLine(v)
	if base := short(v.Base); base != "" {
		line = strings.Replace(line, "compared with "+base, "compared with "+code(base), 1)
	}
	return line
}

// findings lists the findings as the terminal does, folded.
func (m *markdown) findings(list []finding.Finding, options TextOptions) {
	if len(list) == 0 {
		return
	}
	p := &page{}
	p.findings(list, TextOptions{Base: options.Base})
	m.folded(count(len(list), "finding"), strings.TrimSuffix(p.text.String(), "\n\n"))
}

// plan shows what a sync would do, folded.
func (m *markdown) plan(pl *plan.Plan) error {
	if pl == nil {
		return nil
	}
	p := &page{}
	if err := p.plan(pl); err != nil {
		return err
	}
	title := strings.TrimSuffix(planned(pl), ".")
	if n := len(pl.Refusals); n > 0 {
		title += "; refused by " + count(n, "guardrail")
	}
	m.folded(title, strings.TrimSuffix(p.text.String(), "\n"))
	return nil
}

// footer is the last line.
func footer(r Review, options TextOptions) string {
	parts := []string{tally(r.Result, options)}
	if r.Cost != nil {
		parts = append(parts, fmt.Sprintf("%s to the store, %.2f request units", count(r.Cost.Requests, "request"), r.Cost.Charge))
	}
	if regexp.MustCompile(`^https://[A-Za-z0-9.:-]+(/[A-Za-z0-9._-]+)+$`).MatchString(r.Run) {
		parts = append(parts, "[the whole report]("+r.Run+")")
	}
	return strings.Join(parts, " · ")
}
