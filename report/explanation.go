// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/appofapps/roster/validate"
)

// Explanation writes how every scope of a node is bounded.
func Explanation() Result[validate.Explanation] {
	return Result[validate.Explanation]{asText(writeExplanation), asJSON(wholeExplanation)}
}

func wholeExplanation(e validate.Explanation) any {
	e.Identities = orEmpty(e.Identities)
	scopes := make([]validate.ScopePath, len(e.Scopes))
	for i, s := range e.Scopes {
		s.Steps = orEmpty(s.Steps)
		scopes[i] = s
	}
	e.Scopes = scopes
	e.Policies = orEmpty(e.Policies)
	return e
}

func writeExplanation(p *page, e validate.Explanation, options TextOptions) error {
	p.line("%s", painted{e.Node, bold})
	rows := [][]painted{
		{{"owner", dim}, {e.Owner, plain}},
		{{"declared", dim}, {at(options.place(e.File), e.Line), plain}},
	}
	for _, identity := range e.Identities {
		rows = append(rows, []painted{{"identity", dim}, {identity, plain}})
	}
	p.table("  ", rows)
	if !e.Holds {
		p.line("  holds no access itself; its environments do")
	}
	if len(e.Scopes) == 0 {
		p.line("  needs no scopes")
	}
	for _, s := range e.Scopes {
		p.line("")
		writeScopePath(p, s, options)
	}
	writePolicyStates(p, e.Policies)
	return nil
}

// writeScopePath shows one scope with a line for each level from the root down.
func writeScopePath(p *page, s validate.ScopePath, options TextOptions) {
	answer := painted{"allowed", green}
	if !s.Allowed {
		answer = painted{"not allowed", red}
	}
	p.line("%s  %s", painted{s.Scope, bold}, answer)
	rows := make([][]painted, len(s.Steps))
	for i, step := range s.Steps {
		rows[i] = []painted{
			{step.Level, plain},
			{at(options.place(step.File), step.Line), dim},
			{step.Outcome, outcomeStyle(step.Outcome)},
			{step.Detail, plain},
		}
	}
	p.table("  ", rows)
}

func at(file string, line int) string { return fmt.Sprintf("%s:%d", file, line) }

func outcomeStyle(outcome string) style {
	switch outcome {
	case "no ceiling", "inside the ceiling", "not forbidden":
		return green
	case "lifted by a waiver", "forbidden, and waived", "only audited":
		return yellow
	default:
		return red
	}
}

// writePolicyStates shows what each policy template says of the node as a whole.
func writePolicyStates(p *page, list []validate.PolicyState) {
	if len(list) == 0 {
		return
	}
	p.line("")
	p.line("%s", painted{"policy templates", bold})
	for _, s := range list {
		name := painted{s.Template, plain}
		switch {
		case !s.Binds:
			p.line("  %s, named by %s: %s", name, s.NamedBy, painted{"does not match the node", dim})
		case len(s.Objections) > 0:
			p.line("  %s, named by %s: %s", name, s.NamedBy, painted{Count(len(s.Objections), "objection"), red})
		default:
			p.line("  %s, named by %s: %s", name, s.NamedBy, painted{"no objections", green})
		}
		for _, text := range s.Objections {
			p.line("    %s", text)
		}
		if len(s.Waived) > 0 {
			p.line("    waived: %s", painted{strings.Join(s.Waived, ", "), yellow})
		}
	}
}
