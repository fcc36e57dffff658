// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"strings"

	"github.com/appofapps/roster/access"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// judgeSchema holds the registration against spec.schema.
func (j *judgement) judgeSchema() {
	t := j.template
	if t.schema == nil {
		return
	}
	list, err := t.schema.Check(j.view.tree)
	if err != nil || j.view.err != nil {
		j.object("schema", manifest.Pos{}, finding.Finding{
			Rule: RuleSchema, Message: j.Node.Path + " could not be checked against the schema",
		})
		return
	}
	for _, m := range list {
		subject := j.Node.Path
		if len(m.Path) > 0 {
			subject += ": " + finding.Quote(strings.Join(m.Path, "."))
		}
		j.object("schema", j.fieldPos(m.Path), finding.Finding{Rule: RuleSchema, Message: subject + " " + m.Message})
	}
}

// fieldPos returns where a field of the registration stands in the manifest, if
// that can be told.
func (j *judgement) fieldPos(path []string) manifest.Pos {
	if len(path) == 0 {
		return manifest.Pos{}
	}
	n, spec := j.Node, &j.Node.App.Spec
	switch path[0] {
	case "owner":
		return n.Owner().Pos
	case "version":
		return n.Version().Pos
	case "lifecycle":
		return n.Lifecycle().Pos
	case "source":
		return n.Source().Pos
	case "type":
		return spec.Type.Pos
	case "sponsor":
		return spec.Sponsor.Pos
	case "tokenLife":
		return spec.TokenLife.Pos
	case "until":
		return spec.Until.Pos
	case "scopes":
		return first(n.Scopes())
	case "provides":
		return first(spec.Provides)
	case "identity":
		return identityPos(n.Identity())
	default:
		return manifest.Pos{}
	}
}

func first(list manifest.Strings) manifest.Pos {
	if len(list) == 0 {
		return manifest.Pos{}
	}
	return list[0].Pos
}

// judgeMustNever objects to every scope that meets what the template forbids.
func (j *judgement) judgeMustNever() {
	t := j.template
	for _, text := range j.Node.Scopes() {
		set, err := t.book.tree.Parse(text.Value)
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
			message += ", which is too complex to prove apart from what it must never hold"
		case answer.Witness == text.Value:
			message += ", which it must never hold"
		default:
			message += ", which covers " + finding.Quote(answer.Witness) + ": it must never hold that"
		}
		j.object(MustNever, text.Pos, finding.Finding{
			Rule: RuleMustNever, Message: message, Hint: "write the scope so that it leaves that out",
		})
	}
}

// meets answers whether a scope meets what the template forbids. Each text is
// asked about once.
func (t *Template) meets(text string, set access.Set) access.Answer {
	answer, known := t.met[text]
	if !known {
		answer = t.book.tree.Purse().Overlap(set, t.mustNever)
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
