// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"cmp"
	"slices"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
)

// PolicyListKind is the kind of a list's JSON form.
const PolicyListKind = "PolicyList"

// A PolicyList is the policy templates that a registry declares or names, and
// those that are built in.
type PolicyList struct {
	APIVersion string           `json:"apiVersion"` // manifest.APIVersion
	Kind       string           `json:"kind"`       // PolicyListKind
	Templates  []ListedTemplate `json:"templates"`  // by name
}

// A ListedTemplate is one template.
type ListedTemplate struct {
	Name    string   `json:"name"`
	File    string   `json:"file"`
	BuiltIn bool     `json:"builtIn"`
	Mode    string   `json:"mode"`    // enforce or audit
	Rules   []string `json:"rules"`   // what it can object by
	NamedBy []string `json:"namedBy"` // "the root", "domain orders", "app orders/checkout"
	Nodes   int      `json:"nodes"`   // nodes that hold access and that it binds
}

// ListPolicies lists the templates of a registry; without one, those that are
// built in.
func ListPolicies(registry *manifest.Registry) PolicyList {
	if registry == nil {
		registry = &manifest.Registry{Root: &manifest.Root{}}
	}
	set, _ := policy.New(bounds.New(registry, nil), nil) // its findings are validate's matter
	list := PolicyList{APIVersion: manifest.APIVersion, Kind: PolicyListKind, Templates: []ListedTemplate{}}
	listed := map[string]*ListedTemplate{}
	for _, declared := range registry.Templates {
		t := set.Template(declared.Meta.Name.Value)
		listed[t.Name()] = newListed(t)
	}
	for _, n := range registry.Nodes {
		for _, b := range set.Named(n) {
			l := listed[b.Name]
			if l == nil {
				continue
			}
			if !slices.Contains(l.NamedBy, b.Level) {
				l.NamedBy = append(l.NamedBy, b.Level)
			}
			if n.Holder() && b.Template.Matches(n) {
				l.Nodes++
			}
		}
	}
	builtIn := &manifest.Registry{Root: &manifest.Root{}, Templates: policy.BuiltIn()}
	templates, _ := policy.New(bounds.New(builtIn, nil), nil)
	for _, declared := range builtIn.Templates {
		name := declared.Meta.Name.Value
		if listed[name] == nil {
			listed[name] = newListed(templates.Template(name))
		}
		listed[name].BuiltIn = true
	}
	for _, l := range listed {
		slices.Sort(l.NamedBy)
		list.Templates = append(list.Templates, *l)
	}
	slices.SortFunc(list.Templates, func(a, b ListedTemplate) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func newListed(t *policy.Template) *ListedTemplate {
	return &ListedTemplate{Name: t.Name(), File: t.File(), Mode: t.Mode(), Rules: append([]string{}, t.Rules()...), NamedBy: []string{}}
}
