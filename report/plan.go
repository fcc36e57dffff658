// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/plan"
)

// Plan writes a plan.
func Plan() Result[*plan.Plan] {
	text := func(p *page, pl *plan.Plan, _ TextOptions) error { return writePlan(p, pl) }
	return append(Result[*plan.Plan]{asText(text), asJSON(wholePlan)}, annotated(text, planNotes)...)
}

func wholePlan(p *plan.Plan) any {
	whole := *p
	whole.Domains = orEmpty(p.Domains)
	whole.Changes = orEmpty(p.Changes)
	whole.Identities = orEmpty(p.Identities)
	whole.Refusals = orEmpty(p.Refusals)
	return whole
}

// planNotes is an annotation for each refusal, and one for the whole plan.
func planNotes(p *plan.Plan) []annotation {
	var list []annotation
	for _, r := range p.Refusals {
		list = append(list, annotation{level: levelError, title: r.Rule, message: refusal(r)})
	}
	return append(list, annotation{level: levelNotice, title: "roster plan", message: planned(p)})
}

// planned summarises a plan in one line.
func planned(p *plan.Plan) string {
	if p.Empty() {
		return "Nothing to change: the store equals the registry."
	}
	return fmt.Sprintf("Plan: %d to create, %d to update, %d to delete.",
		p.Count(plan.Create), p.Count(plan.Update), p.Count(plan.Delete))
}

// refusal says why a guardrail refuses the plan, and how to accept that.
func refusal(r guardrail.Refusal) string {
	return r.Message + "; accept exactly this with --allow " + shellWord(r.Override)
}
