// SPDX-License-Identifier: Apache-2.0

// Package backstage converts the components of a Backstage catalogue to manifests of
// apps. Start with Import. It converts what both formats express and guesses nothing:
// a catalogue does not say which access a component needs, so a manifest has no
// scopes.
// https://backstage.io/docs/features/software-catalog/descriptor-format
package backstage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// App is the manifest of one component.
type App struct {
	Name     string
	Manifest []byte
	Left     []string // fields of the component that manifests do not have
}

// Skipped is an entity that is not an app, with the reason.
type Skipped struct{ Entity, Why string }

// Import reads all entities of one file and returns the apps of a domain, by name. The
// file is read as YAML, not by the rules of manifests. Findings are about entities
// that cannot be read; they do not affect the others.
func Import(file string, source []byte, domain string) (apps []App, skipped []Skipped, findings []finding.Finding) {
	for _, part := range documents(source) {
		entities, line, err := manifest.Foreign(part.text)
		if err != nil {
			findings = append(findings, finding.Finding{
				Rule: RuleEntity, Severity: finding.Error, File: file, Line: part.line + max(line-1, 0), Column: 1,
				Message: "this entity cannot be read: " + strings.Trim(finding.Quote(err.Error()), `"`),
				Hint:    "correct it, and import the file again",
			})
		}
		for _, entity := range entities {
			fields, _ := entity.(map[string]any)
			if entity == nil {
				continue // an empty document
			}
			switch app, why := component(fields, domain); {
			case why != "":
				skipped = append(skipped, Skipped{textAt(fields, "kind") + " " + textAt(fields, "metadata", "name"), why})
			default:
				apps = append(apps, app)
			}
		}
	}
	slices.SortStableFunc(apps, func(a, b App) int { return strings.Compare(a.Name, b.Name) })
	return apps, skipped, findings
}

// RuleEntity is the rule of an entity that cannot be read.
const RuleEntity = "backstage-entity"

// part is one document of a file, and its first line.
type part struct {
	text []byte
	line int
}

// documents splits a file at lines that begin with three dashes (YAML 1.2.2, section
// 9.2), so that one unreadable document keeps no other from being read. What follows
// the dashes on their line belongs to the document. Directives before the dashes are
// left out.
func documents(source []byte) []part {
	begin := regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`)
	var parts []part
	from := 0
	add := func(to int) {
		text := regexp.MustCompile(`(?m)^%.*$`).ReplaceAll(source[from:to], nil)
		if len(bytes.TrimSpace(bytes.TrimPrefix(text, []byte("---")))) > 0 {
			parts = append(parts, part{text, 1 + bytes.Count(source[:from], []byte{'\n'})})
		}
		from = to
	}
	for _, at := range begin.FindAllIndex(source, -1) {
		add(at[0])
	}
	add(len(source))
	return parts
}

// component returns the manifest of an entity, or the reason to skip it.
func component(fields map[string]any, domain string) (App, string) {
	name := textAt(fields, "metadata", "name")
	switch kind, what := textAt(fields, "kind"), textAt(fields, "spec", "type"); {
	case kind != "Component":
		return App{}, "only components become apps"
	case what == "library":
		return App{}, "a library does not run, so it needs no access"
	case !manifest.CheckName(name):
		return App{}, "its name is not " + manifest.NameRule
	case textAt(fields, "spec", "owner") == "":
		return App{}, "it has no owner"
	}
	a := App{Name: name}
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("# Imported from Backstage. Add the scopes that it needs, and its identity.")
	line("apiVersion: %s", manifest.APIVersion)
	line("kind: App")
	line("metadata: {name: %s}", name)
	line("spec:")
	line("  domain: %s", domain)
	switch what := textAt(fields, "spec", "type"); what {
	case "service", "website":
		line("  type: service")
	default:
		a.Left = append(a.Left, "type "+what)
	}
	switch stage := textAt(fields, "spec", "lifecycle"); stage {
	case "experimental", "production", "deprecated":
		line("  lifecycle: %s", stage)
	default:
		a.Left = append(a.Left, "lifecycle "+stage)
	}
	line("  owner: %s", quoted(owner(textAt(fields, "spec", "owner"), textAt(fields, "metadata", "namespace"))))
	if slug := textAt(fields, "metadata", "annotations", "github.com/project-slug"); slug != "" {
		line("  source: %s", quoted("github.com/"+slug))
	}
	line("  scopes: []")
	for _, relation := range []string{"consumesApis", "dependsOn", "providesApis", "subcomponentOf", "system"} {
		if value, there := at(fields, "spec", relation); there {
			a.Left = append(a.Left, relation+" "+shortened(strings.Trim(quoted(value), `"`)))
		}
	}
	if namespace := textAt(fields, "metadata", "namespace"); !isDefault(namespace) {
		a.Left = append(a.Left, "namespace "+shortened(namespace))
	}
	a.Manifest = []byte(b.String())
	return a, refused(a)
}

// refused returns the first problem of a new manifest, for example an invalid owner or
// repository. It is "" for a valid manifest.
func refused(a App) string {
	doc, findings := manifest.Parse(a.Name+".yaml", a.Manifest, manifest.Limits{})
	if doc != nil {
		findings = schema.New().Check(doc)
	}
	if len(findings) == 0 {
		return ""
	}
	return findings[0].Sentence()
}

// owner is a reference to an entity in roster's form: a group unless it names a kind,
// and in the namespace of the component unless it names one. The namespace is left out
// if it is the default one
// (https://backstage.io/docs/features/software-catalog/references).
func owner(reference, namespace string) string {
	kind, name, found := strings.Cut(reference, ":")
	if !found {
		kind, name = "group", reference
	}
	if own, last, found := strings.Cut(name, "/"); found {
		namespace, name = own, last
	}
	if !isDefault(namespace) {
		name = namespace + "/" + name
	}
	return strings.ToLower(kind) + ":" + name
}

// isDefault reports whether a namespace is the one of entities that name none. Names
// of namespaces do not differ in case.
func isDefault(namespace string) bool {
	return namespace == "" || strings.EqualFold(namespace, "default")
}

// shortened cuts a text that is long: an alias can repeat much.
func shortened(text string) string {
	const most = 200
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}

// quoted is a value as JSON, which is also YAML.
func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("backstage: a parsed value has no JSON: " + err.Error())
	}
	return string(text)
}

func at(fields map[string]any, path ...string) (any, bool) {
	var value any = fields
	for _, key := range path {
		inner, isMap := value.(map[string]any)
		if !isMap {
			return nil, false
		}
		var there bool
		if value, there = inner[key]; !there {
			return nil, false
		}
	}
	return value, true
}

func textAt(fields map[string]any, path ...string) string {
	value, _ := at(fields, path...)
	text, _ := value.(string)
	return text
}
