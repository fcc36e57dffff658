// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// MustNever is the rule of spec.mustNever, as waivers name it.
const MustNever = "mustNever"

// mustNeverKind is spec.mustNever: scopes that no scope of the node may meet.
func mustNeverKind() RuleKind {
	return RuleKind{
		Name: MustNever, Fields: []string{"spec.mustNever"}, Waivable: true,
		names:   stated(MustNever, func(spec *manifest.PolicyTemplateSpec) bool { return len(spec.MustNever) > 0 }),
		compile: compileMustNever,
		judge:   (*judgement).judgeMustNever,
		compare: func(c *Comparison) {
			if word, found := c.Beyond(c.Was.MustNever, c.Now.MustNever); found {
				c.Loosened(c.Now.MustNever.Pos(), "forbids less", word)
			}
		},
		shadowed: func(t, above *Template) (shadow, bool) {
			answer := t.set.tree.Budget().Included(t.mustNever, above.mustNever)
			return shadow{t.declared.Spec.MustNever.Pos(), "forbids only what " + above.Place() + " forbids"}, answer.Holds
		},
	}
}

func compileMustNever(t *Template, refuse refuseFunc) {
	list := t.declared.Spec.MustNever
	t.mustNever = t.set.tree.Union(list.Values())
	for _, text := range list {
		if _, err := t.set.tree.Parse(text.Value); err != nil {
			refuse(text.Pos, err.Error())
		}
	}
}

// judgeMustNever objects to every scope that meets what the template forbids.
func (j *judgement) judgeMustNever() {
	t := j.template
	for _, text := range j.Node.Scopes() {
		set, err := t.set.tree.Parse(text.Value)
		if err != nil {
			continue // reported where it is declared
		}
		answer := t.meets(text.Value, set)
		if answer.Complete && !answer.Holds {
			continue
		}
		message := j.Node.Path + " needs " + finding.Quote(text.Value)
		switch {
		case !answer.Complete:
			message += ", and it is too complex to prove that this excludes what the node must never hold"
		case answer.Witness == text.Value:
			message += ", which it must never hold"
		default:
			message += ", which covers " + finding.Quote(answer.Witness) + ", which it must never hold"
		}
		j.object(MustNever, text.Pos, finding.Finding{
			Rule: RuleMustNever, Message: message, Hint: "narrow the scope so that it excludes that permission",
		})
	}
}

// meets answers whether a scope meets what the template forbids. Each text is
// asked about once.
func (t *Template) meets(text string, set access.Set) access.Answer {
	answer, known := t.met[text]
	if !known {
		answer = t.set.tree.Budget().Overlap(set, t.mustNever)
		t.met[text] = answer
	}
	return answer
}

// Forbids reports whether a scope meets what a node must never hold, with an
// example; asks is false if the template forbids nothing.
func (t *Template) Forbids(text string, set access.Set) (word string, forbids, asks bool) {
	if len(t.declared.Spec.MustNever) == 0 {
		return "", false, false
	}
	answer := t.meets(text, set)
	return answer.Witness, answer.Holds || !answer.Complete, true
}
