// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkAttenuation objects to every scope of a node that its ancestors do not
// wholly allow, naming the first of them, from the root, that does not allow it. It
// also objects to every scope that meets a deny: a scope is never narrowed silently.
func checkAttenuation(v *validator, n *manifest.Node) {
	levels := v.tree.Of(n).Line
	for _, scope := range n.Scopes() {
		set, err := v.tree.Parse(scope.Value)
		if err != nil {
			continue
		}
		for _, l := range levels {
			if answer := v.within(n, l, scope.Value, set); !answer.Holds {
				v.object(n.App.File, scope.Pos, overreach(n, scope.Value, l, answer))
				break
			}
		}
		checkDenied(v, n, scope, set, levels)
	}
}

// within answers whether a scope of a node is inside the ceiling of a level or,
// below the root, in what waivers lift for the node.
func (v *validator) within(n *manifest.Node, l *bounds.Level, text string, set access.Set) access.Answer {
	answer := v.tree.Within(l, text, set)
	if answer.Holds || l.Domain == nil || len(v.registry.Waivers) == 0 {
		return answer
	}
	head, base := v.policies.lifted(n)
	waived := v.tree.Union(head).And(v.tree.Union(base))
	return v.tree.Budget().Included(set, l.Ceiling.Or(waived))
}

func overreach(n *manifest.Node, scope string, l *bounds.Level, answer access.Answer) finding.Finding {
	f := finding.Finding{
		Rule: RuleAttenuation, Node: n.Path,
		Message: fmt.Sprintf("%s needs %s, but the ceiling of %s does not allow %s",
			n.Path, finding.Quote(scope), place(l, l.At), finding.Quote(answer.Witness)),
		Hint: "narrow the scope, or ask the owner of the ceiling to raise it",
	}
	if !answer.Complete {
		f.Message = fmt.Sprintf("%s needs %s, which is too complex to compare with the ceiling of %s",
			n.Path, finding.Quote(scope), place(l, l.At))
		f.Hint = "use fewer wildcards in the scope or in the ceiling"
	}
	return f
}

// checkDenied objects to a scope that meets a deny, once for each level: at the
// first deny that it meets, with the number of the others.
func checkDenied(v *validator, n *manifest.Node, scope manifest.String, set access.Set, levels []*bounds.Level) {
	for _, l := range levels {
		message, others := "", 0
		for _, deny := range l.Deny {
			answer := v.tree.Budget().Overlap(set, deny.Set)
			switch {
			case !answer.Holds && answer.Complete:
			case message != "":
				others++
			default:
				message = fmt.Sprintf("%s needs %s, but %s denies %s: %s",
					n.Path, finding.Quote(scope.Value), place(l, deny.At), finding.Quote(deny.Text), example(answer))
			}
		}
		if others > 0 {
			message += fmt.Sprintf("; other denies there that overlap it: %d", others)
		}
		if message != "" {
			v.object(n.App.File, scope.Pos, finding.Finding{
				Rule: RuleDeniedScope, Node: n.Path, Message: message, Hint: "narrow the scope so that it excludes the denied part",
			})
		}
	}
}

func example(answer access.Answer) string {
	if !answer.Complete {
		return "too complex to prove that they do not overlap"
	}
	return "both cover " + finding.Quote(answer.Witness)
}

// place names a level with a line of its file.
func place(l *bounds.Level, at manifest.Pos) string {
	return fmt.Sprintf("%s (%s:%d)", l.Name, l.File, at.Line)
}
