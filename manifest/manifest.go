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
	value, name := d.byKind(doc)
	if value == nil {
		return nil, []finding.Finding{doc.objection(ruleKind, doc.Position("kind"),
			stated("kind", string(doc.Kind())), kindNames(), "")}
	}
	return value, doc.checkName(*name, "metadata.name")
}

func (d *decoder) byKind(doc *Document) (value any, name *String) {
	var metadata, spec any
	switch doc.Kind() {
	case KindRoot:
		v := &Root{File: doc.file}
		value, name, metadata, spec = v, &v.Meta.Name, &v.Meta, &v.Spec
	case KindDomain:
		v := &Domain{File: doc.file}
		value, name, metadata, spec = v, &v.Meta.Name, &v.Meta, &v.Spec
	case KindApp, KindAgent:
		v := &App{File: doc.file, Kind: doc.Kind()}
		value, name, metadata, spec = v, &v.Meta.Name, &v.Meta, &v.Spec
	case KindPolicyTemplate:
		v := &PolicyTemplate{File: doc.file}
		value, name, metadata, spec = v, &v.Meta.Name, &v.Meta, &v.Spec
	case KindProvider:
		v := &Provider{File: doc.file}
		value, name, metadata, spec = v, &v.Meta.Name, &v.Meta, &v.Spec
	case KindWaiver:
		v := &Waiver{File: doc.file}
		value, name, metadata, spec = v, &v.Meta.Name, &v.Meta, &v.Spec
	default:
		return nil, nil
	}
	_, node := child(doc.root, "metadata")
	d.into(node, metadata)
	_, node = child(doc.root, "spec")
	d.into(node, spec)
	return value, name
}

// stated says what a field is, or that there is none or no text in it.
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
