// SPDX-License-Identifier: Apache-2.0

// Package backstage turns the components of a Backstage catalogue into manifests
// of apps: what both have a word for, and nothing that is guessed. A catalogue
// says who owns what; it does not say which access anything needs, so every
// manifest begins with none.
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

// An App is the manifest of one component.
type App struct {
	Name     string
	Manifest []byte
	Left     []string // what the component says and roster has no word for
}

// Skipped is an entity that is no app, and why.
type Skipped struct{ Entity, Why string }

// Import reads the entities of one file, as there may be several in it, and
// returns the apps of a domain, by name. Findings are of entities that cannot be
// read.
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

// documents splits a file at the lines that are three dashes (YAML 1.2 section
// 9.2), and leaves out what holds nothing.
func documents(source []byte) [][]byte {
	var list [][]byte
	for _, text := range regexp.MustCompile(`(?m)^---[ \t]*\r?$\n?`).Split(string(source), -1) {
		list = append(list, []byte(text))
	}
	return slices.DeleteFunc(list, func(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 && len(list) > 1 })
}

// component returns the manifest of an entity, or why there is none.
func component(fields map[string]any, domain string) (App, string) {
	name := textAt(fields, "metadata", "name")
	switch kind, what := textAt(fields, "kind"), textAt(fields, "spec", "type"); {
	case kind != "Component":
		return App{}, "only components become apps"
	case what == "library":
		return App{}, "a library does not run, and holds no access"
	case !manifest.CheckName(name):
		return App{}, "its name is not " + manifest.NameRule
	case textAt(fields, "spec", "owner") == "":
		return App{}, "it has no owner"
	}
	a := App{Name: name}
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, format+"\n", values...) }
	line("# Imported from Backstage. Declare what it needs in scopes, and which identity it has.")
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

// refused says what is wrong with a manifest that was made, by its schema: an
// owner or a repository that roster cannot name.
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

// owner is a reference to an entity as roster writes it: without the namespace,
// and a group unless it says that it is a user
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

// quoted is a value as JSON, which YAML reads as well.
func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("what was read can be written: " + err.Error())
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
