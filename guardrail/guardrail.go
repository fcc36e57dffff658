// SPDX-License-Identifier: Apache-2.0

// Package guardrail refuses plans that change too much at once. Start with Of,
// which reads a root's limits, and Check them against the changes of a finished
// plan. Every refusal names the override that accepts exactly it.
//
// The package never changes a plan, and reads no store, clock or environment.
package guardrail

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/internal/names"
	"github.com/appofapps/roster/manifest"
)

// Limits bound what one plan may change. The zero value allows nothing; Of has
// the defaults.
type Limits struct {
	UpdatePercent int        // share of the registered nodes that may be updated
	DeletePercent int        // share of the registered nodes that may be deleted
	From          int        // number of registered nodes from which shares are judged
	Privileged    int        // nodes that may gain privileged access
	Scopes        access.Set // privileged scopes, those that read secrets included
}

// Of returns the limits that a root sets. Defaults: 30 % of the nodes may be
// updated and 10 % deleted, judged from 10 nodes on; five nodes may gain
// privileged access.
func Of(root *manifest.Root) Limits {
	limits := Limits{UpdatePercent: 30, DeletePercent: 10, From: 10, Privileged: 5}
	spec := root.Spec.Guardrails
	if percent, ok := parsePercent(spec.Update.Value); ok {
		limits.UpdatePercent = percent
	}
	if percent, ok := parsePercent(spec.Delete.Value); ok {
		limits.DeletePercent = percent
	}
	if spec.From.Set {
		limits.From = spec.From.Value
	}
	if spec.Privileged.Set {
		limits.Privileged = spec.Privileged.Value
	}
	limits.Scopes = access.UnionOf(append(root.PrivilegedScopes(), root.SecretScopes()...))
	return limits
}

func parsePercent(text string) (int, bool) {
	digits, found := strings.CutSuffix(text, "%")
	value, err := strconv.Atoi(digits)
	return value, found && err == nil && value >= 0 && value <= 100
}

// Node is what guardrails know of one side of a change.
type Node struct {
	Path      string
	Owner     string
	Domain    string
	Access    bool // it holds scopes or credentials
	Protected bool
}

// Change is one node before and after a plan; a nil side is absent.
type Change struct {
	Path          string
	Before, After *Node
	Gains         []string // scopes that the node holds after and not before
	Descriptive   bool     // only fields that allow nothing differ, such as the version
}

func (c Change) deletes() bool { return c.Before != nil && c.After == nil }
func (c Change) updates() bool { return c.Before != nil && c.After != nil }

// Refusal is one objection of a guardrail. Override is what --allow takes to
// accept exactly this refusal.
type Refusal struct {
	Rule     string `json:"rule"`
	Message  string `json:"message"`
	Override string `json:"override"`
}

// Overrides returns the names of overrides: what is in front of the equals sign.
func Overrides() []string {
	return []string{"deletes", "last-owner", "privileged", "protected", "updates"}
}

// Check returns the refusals of the limits, except those whose override is
// allowed. registered holds each node that is registered before the changes, recent
// what earlier runs of the last day changed.
func (l Limits) Check(registered []Node, changes []Change, recent []Recent, allowed []string) []Refusal {
	refusals := slices.Concat([]Refusal{},
		l.shares(registered, changes, recent),
		protected(changes),
		lastOwners(registered, changes),
		l.privileged(changes, recent),
	)
	return slices.DeleteFunc(refusals, func(r Refusal) bool { return slices.Contains(allowed, r.Override) })
}

// protected refuses to delete a node that is registered as protected. The
// stored registration counts, so a plan cannot lift the protection by itself.
func protected(changes []Change) []Refusal {
	var refusals []Refusal
	for _, c := range changes {
		if c.deletes() && c.Before.Protected {
			refusals = append(refusals, Refusal{
				Rule:     "guardrail-protected",
				Message:  c.Path + " is protected and would be deleted",
				Override: "protected=" + c.Path,
			})
		}
	}
	return refusals
}

// lastOwners refuses a plan that takes the last node from an owner: a whole team
// rarely leaves on purpose.
func lastOwners(registered []Node, changes []Change) []Refusal {
	nodes, spelled := map[string]int{}, map[string]string{} // by the form of the name
	count := func(n *Node, by int) {
		if n != nil {
			form := names.Principal(n.Owner)
			nodes[form] += by
			spelled[form] = cmp.Or(spelled[form], n.Owner)
		}
	}
	for i := range registered {
		count(&registered[i], 1)
	}
	for _, c := range changes {
		count(c.Before, -1)
		count(c.After, 1)
	}
	var refusals []Refusal
	for form, left := range nodes {
		if left == 0 {
			refusals = append(refusals, Refusal{
				Rule:     "guardrail-last-owner",
				Message:  spelled[form] + " would lose its last node",
				Override: "last-owner=" + spelled[form],
			})
		}
	}
	slices.SortFunc(refusals, func(a, b Refusal) int { return strings.Compare(a.Override, b.Override) })
	return refusals
}

// privilegedSteps is what the questions about one plan may cost: about a second.
const privilegedSteps = 16 * access.DefaultBudget

// privileged refuses a plan by which too many nodes gain a privileged scope, together
// with those that gained one by earlier runs of the day.
func (l Limits) privileged(changes []Change, recent []Recent) []Refusal {
	budget := access.NewBudget(privilegedSteps)
	gained := map[string]bool{}
	for _, c := range changes {
		if l.gainsPrivilege(budget, c) {
			gained[c.Path] = true
		}
	}
	planned := len(gained)
	for _, r := range recent {
		for _, node := range r.Nodes {
			if r.Limit == "privileged" {
				gained[node] = true
			}
		}
	}
	if n := len(gained); planned > 0 && n > l.Privileged {
		when := ""
		if n > planned {
			when = fmt.Sprintf(" within a day, %d of them by earlier runs", n-planned)
		}
		return []Refusal{{
			Rule:     "guardrail-privileged",
			Message:  fmt.Sprintf("%d nodes would gain privileged access%s; the limit is %d", n, when, l.Privileged),
			Override: fmt.Sprintf("privileged=%d", n),
		}}
	}
	return nil
}

func (l Limits) gainsPrivilege(budget *access.Budget, c Change) bool {
	return slices.ContainsFunc(c.Gains, func(scope string) bool { return l.isPrivileged(budget, scope) })
}

// isPrivileged reports whether a scope overlaps the privileged ones. An
// incomplete answer counts as yes.
func (l Limits) isPrivileged(budget *access.Budget, scope string) bool {
	answer := budget.Overlap(access.UnionOf([]string{scope}), l.Scopes)
	return answer.Holds || !answer.Complete
}
