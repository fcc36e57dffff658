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

// RotationPlan writes what a run of rotate would do.
func RotationPlan() Result[*rotate.Plan] {
	text := plainly(writeRotationPlan)
	return append(Result[*rotate.Plan]{asText(text), asJSON(itself[*rotate.Plan])}, annotated(text, rotationPlanNotes)...)
}

func rotationPlanNotes(plan *rotate.Plan) []annotation {
	var list []annotation
	for _, c := range plan.Credentials {
		for _, blocker := range c.Blockers {
			list = append(list, annotation{level: levelError, title: "roster rotate --dry-run", message: c.Node + " " + c.Name + ": " + blocker})
		}
	}
	return list
}

// blocked counts the credentials with blockers.
func blocked(plan *rotate.Plan) int {
	n := 0
	for _, c := range plan.Credentials {
		if len(c.Blockers) > 0 {
			n++
		}
	}
	return n
}

func writeRotationPlan(p *page, plan *rotate.Plan) {
	for _, c := range plan.Credentials {
		p.line("%s %s  %s", c.Node, painted{c.Name, bold}, painted{c.Type, dim})
		p.table("  ", planRows(c, plan.At))
		p.line("")
	}
	switch len(plan.Credentials) {
	case 0:
		p.line("No credential is due.")
	default:
		p.line("%s to renew, %d blocked. Nothing was changed.", painted{Count(len(plan.Credentials), "credential"), bold}, blocked(plan))
	}
}

// planRows are the rows of one credential: label and text.
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
		add("overlap", "the previous key is accepted until at least "+c.Overlap.Format(time.RFC3339), plain)
	}
	for _, n := range c.Needs {
		text, s := "", plain
		switch n.Granted {
		case rotate.Yes:
			text, s = "granted", green
		case rotate.No:
			text, s = "not granted", red
		case rotate.Unknown:
			text = "unknown until it is tried"
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

// why describes the live key and the reason for its renewal.
func why(c rotate.Planned, at time.Time) string {
	text := "no key yet"
	if c.Created != nil {
		text = fmt.Sprintf("the live key is %s old", Count(int(at.Sub(*c.Created)/(24*time.Hour)), "day"))
	}
	if c.Expires != nil {
		text += ", expires on " + c.Expires.Format(time.RFC3339)
	}
	if c.State != "" {
		text += fmt.Sprintf("; generation %d is %s", c.Generation, c.State)
	}
	return text + "; reason: " + cmp.Or(string(c.Reason), string(rotate.Scheduled))
}

// MarkdownRotationPlan writes what a run of rotate would do, as a page of at most so
// many bytes.
func MarkdownRotationPlan(w io.Writer, plan *rotate.Plan, most int) error {
	m := &markdown{most: most}
	m.line("### %s %s to renew, %d blocked", sealOf(blocked(plan) == 0), Count(len(plan.Credentials), "credential"), blocked(plan))
	if len(plan.Credentials) > 0 {
		p := &page{}
		writeRotationPlan(p, plan)
		m.folded(Count(len(plan.Credentials), "credential"), strings.TrimSuffix(p.text.String(), "\n"))
	}
	if _, err := io.WriteString(w, m.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
