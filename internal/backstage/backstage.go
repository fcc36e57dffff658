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

// Import reads all entities of one file and returns the apps of a domain, by name.
// Findings are about entities that cannot be read.
func Import(file string, source []byte, domain string) (apps []App, skipped []Skipped, findings []finding.Finding) {
	line := 0
	for _, text := range documents(source) {
		entity, objections := manifest.Parse(file, text, manifest.Limits{})
		for _, f := range objections {
			f.Line += line
			findings = append(findings, f)
		}
		line += bytes.Count(text, []byte{'\n'}) + 1
		if entity == nil {
			continue
		}
		fields, _ := entity.Native().(map[string]any)
		switch app, why := component(fields, domain); {
		case why != "":
			skipped = append(skipped, Skipped{textAt(fields, "kind") + " " + textAt(fields, "metadata", "name"), why})
		default:
			apps = append(apps, app)
		}
	}
	slices.SortStableFunc(apps, func(a, b App) int { return strings.Compare(a.Name, b.Name) })
	return apps, skipped, findings
}

// documents splits a file at lines of three dashes (YAML 1.2 section 9.2), and leaves
// out empty documents.
func documents(source []byte) [][]byte {
	var list [][]byte
	for _, text := range regexp.MustCompile(`(?m)^---[ \t]*\r?$\n?`).Split(string(source), -1) {
		list = append(list, []byte(text))
	}
	return slices.DeleteFunc(list, func(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 && len(list) > 1 })
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
	line("  owner: %s", quoted(owner(textAt(fields, "spec", "owner"))))
	if slug := textAt(fields, "metadata", "annotations", "github.com/project-slug"); slug != "" {
		line("  source: %s", quoted("github.com/"+slug))
	}
	line("  scopes: []")
	for _, relation := range []string{"consumesApis", "dependsOn", "providesApis", "subcomponentOf", "system"} {
		if value, there := at(fields, "spec", relation); there {
			a.Left = append(a.Left, relation+" "+strings.Trim(quoted(value), `"`))
		}
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

// owner is a reference to an entity in roster's form: without the namespace, and a
// group unless it names a kind
// (https://backstage.io/docs/features/software-catalog/references).
func owner(reference string) string {
	kind, name, found := strings.Cut(reference, ":")
	if !found {
		kind, name = "group", reference
	}
	if _, last, found := strings.Cut(name, "/"); found {
		name = last
	}
	return strings.ToLower(kind) + ":" + name
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
