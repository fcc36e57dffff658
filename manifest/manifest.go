// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"slices"

	"github.com/appofapps/roster/finding"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleKind       = "kind"
	ruleAPIVersion = "api-version"
	ruleName       = "name"
)

// manifest decodes a document into the type of its kind: *Root, *Domain, *App,
// *PolicyTemplate, *Provider or *Waiver; nil when it is of no known kind.
func (d *decoder) manifest(doc *Document) (any, []finding.Finding) {
	if version := doc.text("apiVersion"); version != APIVersion {
		return nil, []finding.Finding{doc.objection(ruleAPIVersion, doc.Position("apiVersion"),
			stated("apiVersion", version), []string{APIVersion}, "")}
	}
	row, known := rowOf(doc.Kind())
	if !known {
		return nil, []finding.Finding{doc.objection(ruleKind, doc.Position("kind"),
			stated("kind", string(doc.Kind())), kindNames(), "")}
	}
	value, name := row.make(doc.file)
	d.into(doc.root, value)
	return value, doc.checkName(*name, "metadata.name")
}

// stated describes the value of a field, or says that it is absent or empty.
func stated(field, value string) string {
	if value == "" {
		return "no " + field
	}
	return field + " is " + finding.Quote(value)
}

func kindNames() []string {
	var names []string
	for _, kind := range Kinds() {
		names = append(names, string(kind))
	}
	slices.Sort(names)
	return names
}

func (d *Document) objection(rule string, at Pos, message string, allowed []string, hint string) finding.Finding {
	return finding.Finding{
		Rule: rule, Severity: finding.Error, File: d.file, Line: int(at.Line), Column: int(at.Column),
		Message: message, Allowed: allowed, Hint: hint,
	}
}

// checkName objects to a name that is no name. An absent one is left to the
// schema.
func (d *Document) checkName(name String, field string) []finding.Finding {
	if name == (String{}) || CheckName(name.Value) {
		return nil
	}
	return []finding.Finding{d.objection(ruleName, name.Pos, field+" "+finding.Quote(name.Value)+" is not a name", nil,
		"use "+NameRule)}
}
