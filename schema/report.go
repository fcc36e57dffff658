// SPDX-License-Identifier: Apache-2.0

package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// reporter turns objections to a document into findings.
type reporter struct {
	doc      *manifest.Document
	top      *node
	findings []finding.Finding
}

// report adds what an objection says, unless manifest.Load says it.
func (r *reporter) report(o objection) {
	p := place{value: r.doc.Native(), node: r.top}
	for _, step := range o.path {
		p = p.enter(step)
	}
	switch o.problem {
	case missingField:
		r.missing(p, o.field)
	case unknownField:
		r.unknown(p, o.field)
	case malformedKey:
		if p.field != "spec.environments" {
			r.badKey(p, o.field)
		}
	case wrongType:
		if !p.envelope() {
			r.badType(p)
		}
	default:
		if !p.envelope() && p.field != "metadata.name" {
			r.badValue(p, o.problem)
		}
	}
}

func (r *reporter) object(rule string, at manifest.Pos, message string, allowed []string, hint string) {
	r.findings = append(r.findings, finding.Finding{
		Rule: rule, Severity: finding.Error, File: r.doc.File(), Line: int(at.Line), Column: int(at.Column),
		Message: message, Allowed: allowed, Hint: hint,
	})
}

// missing objects to a mapping without a field. It points to the key of the
// mapping, where the field is to be added.
func (r *reporter) missing(p place, name string) {
	field := p.enter(name)
	if field.envelope() {
		return
	}
	hint := "add it"
	if len(field.node.Examples) > 0 {
		hint = fmt.Sprintf("add it, as in %s: %s", name, inJSON(field.node.Examples[0]))
	}
	r.object(RuleMissingField, r.doc.KeyPosition(p.path...), field.field+" is missing", field.node.choices(), hint)
}

// unknown objects to a field that the schema does not have.
func (r *reporter) unknown(p place, name string) {
	known := slices.Sorted(maps.Keys(p.node.Properties))
	hint := "correct or remove it"
	if meant := finding.Nearest(name, known); meant != "" {
		hint = "did you mean " + meant + "?"
	}
	r.object(RuleUnknownField, r.doc.KeyPosition(p.enter(name).path...), p.name()+" has no field "+finding.Quote(name), known, hint)
}

// badKey objects to a key of a mapping whose keys are the author's to choose.
func (r *reporter) badKey(p place, key string) {
	r.object(RuleValue, r.doc.KeyPosition(p.enter(key).path...),
		p.name()+" has the invalid key "+finding.Quote(key), nil, p.node.Names.form())
}

// badType objects to a value of another type than the schema's.
func (r *reporter) badType(p place) {
	allowed, hint := p.node.choices(), ""
	if allowed == nil {
		allowed, hint = []string{typeName(p.node.Type)}, p.node.remedy(p.value)
	}
	r.object(RuleType, r.doc.Position(p.path...), p.name()+" is "+describe(p.value), allowed, hint)
}

// badValue objects to a value of the right type that is not allowed.
func (r *reporter) badValue(p place, why problem) {
	text := fmt.Sprint(p.value) // a string or json.Number
	message, hint := p.name()+" is "+finding.Quote(text), ""
	allowed := p.node.choices()
	switch why {
	case tooShort:
		hint = "write at least " + characters(p.node.MinLength)
	case tooLong:
		hint = "write at most " + characters(p.node.MaxLength)
	case tooSmall:
		hint = "write at least " + p.node.Minimum.String()
	case tooLarge:
		hint = "write at most " + p.node.Maximum.String()
	default:
		if allowed == nil {
			message += ", which is invalid"
			hint = p.node.form()
		} else if meant := finding.Nearest(text, allowed); meant != "" {
			hint = "did you mean " + meant + "?"
		}
	}
	r.object(RuleValue, r.doc.Position(p.path...), message, allowed, hint)
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return strconv.Itoa(n) + " characters"
}

// choices returns the texts that the schema allows, sorted, nil if it does not
// list them.
func (n *node) choices() []string {
	if n.Type == "boolean" {
		return []string{"false", "true"}
	}
	return slices.Sorted(slices.Values(n.Enum))
}

// form shows how a text of the schema's pattern looks.
func (n *node) form() string {
	examples := make([]string, len(n.Examples))
	for i, example := range n.Examples {
		examples[i] = inJSON(example)
	}
	return "write it like " + strings.Join(examples, " or ")
}

// inJSON returns a value of a schema as JSON, which is YAML too.
func inJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // it was read from JSON
		panic("schema: no JSON for an example: " + err.Error())
	}
	return string(text)
}
