// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/manifest"
)

// Guardrails bound what one plan may change. The zero value lets nothing
// through; GuardrailsOf has the defaults.
type Guardrails struct {
	UpdatePercent int        // share of the registered nodes that may be updated
	DeletePercent int        // share of the registered nodes that may be deleted
	From          int        // with fewer registered nodes shares are not judged
	Privileged    int        // nodes that may gain privileged access
	Scopes        access.Set // what counts as privileged
}

// GuardrailsOf returns the bounds that a root sets. Where it sets none, 30 % of
// the nodes may be updated and 10 % deleted, judged from 10 nodes on, and five
// nodes may gain privileged access.
func GuardrailsOf(root *manifest.Root) Guardrails {
	g := Guardrails{UpdatePercent: 30, DeletePercent: 10, From: 10, Privileged: 5}
	spec := root.Spec.Guardrails
	if percent, ok := parsePercent(spec.Update.Value); ok {
		g.UpdatePercent = percent
	}
	if percent, ok := parsePercent(spec.Delete.Value); ok {
		g.DeletePercent = percent
	}
	if spec.From.Set {
		g.From = spec.From.Value
	}
	if spec.Privileged.Set {
		g.Privileged = spec.Privileged.Value
	}
	g.Scopes = union(append(root.PrivilegedScopes(), root.SecretScopes()...))
	return g
}

func parsePercent(text string) (int, bool) {
	digits, found := strings.CutSuffix(text, "%")
	value, err := strconv.Atoi(digits)
	return value, found && err == nil && value >= 0 && value <= 100
}

// A Refusal is one objection of a guardrail. Override is what --allow takes to
// accept exactly this, and no more.
type Refusal struct {
	Rule     string `json:"rule"`
	Message  string `json:"message"`
	Override string `json:"override"`
}

// Guard returns what the bounds refuse in a finished plan over a state of so
// many registered nodes, except what is allowed by its override. The plan
// itself stays as it is.
func (g Guardrails) Guard(p *Plan, before []Registration, allowed []string) []Refusal {
	refusals := slices.Concat([]Refusal{},
		g.shares(p, len(before)),
		protected(p),
		lastOwners(p, before),
		g.privileged(p),
	)
	return slices.DeleteFunc(refusals, func(r Refusal) bool { return slices.Contains(allowed, r.Override) })
}

func (g Guardrails) shares(p *Plan, registered int) []Refusal {
	if registered < max(g.From, 1) {
		return nil
	}
	var refusals []Refusal
	for _, rail := range []struct {
		action       Action
		rule, plural string
		percent      int
	}{
		{Update, "guardrail-update", "updates", g.UpdatePercent},
		{Delete, "guardrail-delete", "deletes", g.DeletePercent},
	} {
		if n := p.Count(rail.action); n*100 > rail.percent*registered {
			refusals = append(refusals, Refusal{
				Rule: rail.rule,
				Message: fmt.Sprintf("%d of %d registered nodes would see a %s (%d %%), allowed are %d %%",
					n, registered, rail.action, n*100/registered, rail.percent),
				Override: fmt.Sprintf("%s=%d", rail.plural, n),
			})
		}
	}
	return refusals
}

// protected refuses to delete a node that was registered as protected. What
// counts is what is registered: a plan cannot lift the protection on its way.
func protected(p *Plan) []Refusal {
	var refusals []Refusal
	for _, c := range p.Changes {
		if c.Action == Delete && c.Before.Protect {
			refusals = append(refusals, Refusal{
				Rule:     "guardrail-protected",
				Message:  c.Node + " is protected and would be deleted",
				Override: "protected=" + c.Node,
			})
		}
	}
	return refusals
}

// lastOwners refuses a plan after which an owner, who had nodes before, has
// none: whole teams do not leave by accident.
func lastOwners(p *Plan, before []Registration) []Refusal {
	nodes := map[string]int{}
	for _, r := range before {
		nodes[r.Owner]++
	}
	for _, c := range p.Changes {
		if c.Before != nil {
			nodes[c.Before.Owner]--
		}
		if c.After != nil {
			nodes[c.After.Owner]++
		}
	}
	var refusals []Refusal
	for owner, left := range nodes {
		if left == 0 {
			refusals = append(refusals, Refusal{
				Rule:     "guardrail-last-owner",
				Message:  owner + " would lose the last node that it owns",
				Override: "last-owner=" + owner,
			})
		}
	}
	slices.SortFunc(refusals, func(a, b Refusal) int { return strings.Compare(a.Override, b.Override) })
	return refusals
}

// privileged refuses a plan by which too many nodes gain a scope that meets
// the privileged ones. What cannot be proven harmless counts.
func (g Guardrails) privileged(p *Plan) []Refusal {
	n := 0
	for _, c := range p.Changes {
		if slices.ContainsFunc(c.Added, g.isPrivileged) {
			n++
		}
	}
	if n <= g.Privileged {
		return nil
	}
	return []Refusal{{
		Rule:     "guardrail-privileged",
		Message:  fmt.Sprintf("%d nodes would gain privileged access, allowed are %d", n, g.Privileged),
		Override: fmt.Sprintf("privileged=%d", n),
	}}
}

func (g Guardrails) isPrivileged(scope string) bool {
	answer := access.Overlap(union([]string{scope}), g.Scopes)
	return answer.Holds || !answer.Complete
}
