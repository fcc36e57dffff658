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
// allowed. registered holds each node that is registered before the changes.
func (l Limits) Check(registered []Node, changes []Change, allowed []string) []Refusal {
	refusals := slices.Concat([]Refusal{},
		l.shares(registered, changes),
		protected(changes),
		lastOwners(registered, changes),
		l.privileged(changes),
	)
	return slices.DeleteFunc(refusals, func(r Refusal) bool { return slices.Contains(allowed, r.Override) })
}

// A share is a group of nodes of which only a part may be changed by one plan.
type share struct {
	of   string // "nodes", "nodes with access", "nodes of domain orders"
	part func(Node) bool
}

// sharesOf returns the groups that are judged: all nodes, those with access, and those
// of each domain. Nodes that hold nothing, or of other domains, would make a part
// small.
func sharesOf(registered []Node) []share {
	list := []share{
		{"nodes", func(Node) bool { return true }},
		{"nodes with access", func(n Node) bool { return n.Access }},
	}
	var domains []string
	for _, n := range registered {
		domains = append(domains, n.Domain)
	}
	slices.Sort(domains)
	for _, name := range slices.Compact(domains) {
		list = append(list, share{"nodes of domain " + name, func(n Node) bool { return n.Domain == name }})
	}
	return list
}

// shares refuses a plan that updates or deletes too large a part of a group. The first
// group that objects is named: an override accepts the number of all changed nodes,
// so it accepts them in every group.
func (l Limits) shares(registered []Node, changes []Change) []Refusal {
	var refusals []Refusal
	for _, rail := range []struct {
		rule, done, override string
		counts               func(Change) bool
		percent              int
	}{
		{"guardrail-update", "updated", "updates", Change.updates, l.UpdatePercent},
		{"guardrail-delete", "deleted", "deletes", Change.deletes, l.DeletePercent},
	} {
		for _, group := range sharesOf(registered) {
			size := 0
			for _, node := range registered {
				if group.part(node) {
					size++
				}
			}
			n := count(changes, func(c Change) bool { return rail.counts(c) && group.part(*c.Before) })
			if size < max(l.From, 1) || n*100 <= rail.percent*size {
				continue
			}
			refusals = append(refusals, Refusal{
				Rule:     rail.rule,
				Message:  fmt.Sprintf("%d of %d %s would be %s (%d %%); the limit is %d %%", n, size, group.of, rail.done, n*100/size, rail.percent),
				Override: fmt.Sprintf("%s=%d", rail.override, count(changes, rail.counts)),
			})
			break
		}
	}
	return refusals
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

// privileged refuses a plan by which too many nodes gain a privileged scope.
func (l Limits) privileged(changes []Change) []Refusal {
	budget := access.NewBudget(privilegedSteps)
	n := count(changes, func(c Change) bool {
		return slices.ContainsFunc(c.Gains, func(scope string) bool { return l.isPrivileged(budget, scope) })
	})
	if n <= l.Privileged {
		return nil
	}
	return []Refusal{{
		Rule:     "guardrail-privileged",
		Message:  fmt.Sprintf("%d nodes would gain privileged access; the limit is %d", n, l.Privileged),
		Override: fmt.Sprintf("privileged=%d", n),
	}}
}

// isPrivileged reports whether a scope overlaps the privileged ones. An
// incomplete answer counts as yes.
func (l Limits) isPrivileged(budget *access.Budget, scope string) bool {
	answer := budget.Overlap(access.UnionOf([]string{scope}), l.Scopes)
	return answer.Holds || !answer.Complete
}

func count(changes []Change, counts func(Change) bool) int {
	n := 0
	for _, c := range changes {
		if counts(c) {
			n++
		}
	}
	return n
}
