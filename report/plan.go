// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"github.com/appofapps/roster/guardrail"
	"github.com/appofapps/roster/plan"
)

// Plan writes a plan as text, json, github or azure.
func Plan(w io.Writer, format string, p *plan.Plan, options TextOptions) error {
	return forms{
		formatText:   func() error { return planText(w, p, options) },
		formatJSON:   func() error { return planJSON(w, p) },
		formatGitHub: func() error { return planAnnotated(w, gitHub(), p, options) },
		formatAzure:  func() error { return planAnnotated(w, azurePipelines(), p, options) },
	}.write(format)
}

func planJSON(w io.Writer, p *plan.Plan) error {
	whole := *p
	whole.Domains = orEmpty(p.Domains)
	whole.Changes = orEmpty(p.Changes)
	whole.Identities = orEmpty(p.Identities)
	whole.Refusals = orEmpty(p.Refusals)
	return JSON(w, whole)
}

// planAnnotated is the text with an annotation for each refusal and one for what
// would change.
func planAnnotated(w io.Writer, d dialect, p *plan.Plan, options TextOptions) error {
	out := &page{colour: options.Colour}
	if err := out.plan(p); err != nil {
		return err
	}
	var list []annotation
	for _, r := range p.Refusals {
		list = append(list, annotation{level: levelError, title: r.Rule, message: refusal(r)})
	}
	out.annotate(d, append(list, annotation{level: levelNotice, title: "roster plan", message: planned(p)}))
	return print(w, out)
}

// planned says in one line what a plan would do.
func planned(p *plan.Plan) string {
	if p.Empty() {
		return "Nothing to change: the store equals the registry."
	}
	return fmt.Sprintf("Plan: %d to create, %d to update, %d to delete.",
		p.Count(plan.Create), p.Count(plan.Update), p.Count(plan.Delete))
}

// refusal says what a guardrail objects to and how to accept it.
func refusal(r guardrail.Refusal) string {
	return r.Message + "; accept exactly this with --allow " + shellWord(r.Override)
}
