// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/appofapps/roster/rotate"
)

// RotationPlan writes what a run of rotate would do, as text, json, github or azure.
func RotationPlan(w io.Writer, format string, plan *rotate.Plan, options TextOptions) error {
	var list []annotation
	for _, c := range plan.Credentials {
		for _, blocker := range c.Blockers {
			list = append(list, annotation{level: levelError, title: "roster rotate --dry-run", message: c.Node + " " + c.Name + ": " + blocker})
		}
	}
	return told(w, format, options, plan, func(p *page) { p.rotationPlan(plan) }, list)
}

// blocked counts what something stands in the way of.
func blocked(plan *rotate.Plan) int {
	n := 0
	for _, c := range plan.Credentials {
		if len(c.Blockers) > 0 {
			n++
		}
	}
	return n
}

func (p *page) rotationPlan(plan *rotate.Plan) {
	for _, c := range plan.Credentials {
		p.line("%s %s  %s", c.Node, painted{c.Name, bold}, painted{c.Type, dim})
		p.table("  ", planRows(c, plan.At))
		p.line("")
	}
	switch len(plan.Credentials) {
	case 0:
		p.line("Nothing is due.")
	default:
		p.line("%s to renew, %d blocked. Nothing was changed.", painted{count(len(plan.Credentials), "credential"), bold}, blocked(plan))
	}
}

// planRows are what there is to say of one credential: what it is, and the text.
func planRows(c rotate.Planned, at time.Time) [][]painted {
	var rows [][]painted
	label := ""
	add := func(what, text string, s style) {
		if what == label {
			what = ""
		} else {
			label = what
		}
		rows = append(rows, []painted{{what, dim}, {text, s}})
	}
	add("owner", c.Owner, plain)
	add("why", why(c, at), plain)
	for _, call := range c.Calls {
		add("calls", fmt.Sprintf("%-9s  %-6s %s", call.State, call.Method, call.URL), plain)
	}
	for _, sink := range c.Sinks {
		add("sinks", sink, plain)
	}
	if len(c.Consumers) > 0 {
		add("consumers", strings.Join(c.Consumers, ", "), plain)
	}
	if c.Overlap != nil {
		add("overlap", "the one before is accepted until "+c.Overlap.Format(time.RFC3339)+" at least", plain)
	}
	for _, n := range c.Needs {
		text, s := "", plain
		switch n.Granted {
		case rotate.Yes:
			text, s = "granted", green
		case rotate.No:
			text, s = "not granted", red
		case rotate.Unknown:
			text = "not known before it is tried"
		}
		add("needs", n.Permission+": "+text, s)
	}
	for _, blocker := range c.Blockers {
		add("blocked", blocker, red)
	}
	if c.Secretless != "" {
		add("better", c.Secretless, dim)
	}
	return rows
}

// why says what is live, and why it is renewed.
func why(c rotate.Planned, at time.Time) string {
	text := "there is none yet"
	if c.Created != nil {
		text = fmt.Sprintf("the live one is %s old", count(int(at.Sub(*c.Created)/(24*time.Hour)), "day"))
	}
	if c.Expires != nil {
		text += ", ends on " + c.Expires.Format(time.RFC3339)
	}
	if c.State != "" {
		text += fmt.Sprintf("; generation %d is %s", c.Generation, c.State)
	}
	return text + "; reason: " + cmp.Or(string(c.Reason), string(rotate.Scheduled))
}

// MarkdownRotationPlan writes what a run would do for the page of the run.
func MarkdownRotationPlan(w io.Writer, plan *rotate.Plan, most int) error {
	m := &markdown{most: most}
	m.line("### %s %s to renew, %d blocked", sealOf(blocked(plan) == 0), count(len(plan.Credentials), "credential"), blocked(plan))
	if len(plan.Credentials) > 0 {
		p := &page{}
		p.rotationPlan(plan)
		m.folded(count(len(plan.Credentials), "credential"), strings.TrimSuffix(p.text.String(), "\n"))
	}
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
