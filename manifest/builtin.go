// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"cmp"
	"slices"

	"github.com/appofapps/roster/finding"
)

// addBuiltIn adds the built-in templates that a manifest names. A declared
// template must not have the name of a built-in one, which a reader would confuse
// with it.
func (r *resolver) addBuiltIn() {
	named := r.namedPolicies()
	if r.builtIn == nil || len(named)+len(r.registry.Templates) == 0 {
		return
	}
	for _, t := range r.builtIn() {
		name := t.Meta.Name.Value
		at := slices.IndexFunc(r.registry.Templates, func(declared *PolicyTemplate) bool { return declared.Meta.Name.Value == name })
		if at >= 0 {
			declared := r.registry.Templates[at]
			r.object(declared.File, declared.Meta.Name.Pos, ruleDuplicateName,
				"policy template "+finding.Quote(name)+" has the name of a built-in template", "rename it")
			r.registry.Templates = slices.Delete(r.registry.Templates, at, at+1)
		}
		if at >= 0 || named[name] {
			r.registry.Templates = append(r.registry.Templates, t)
		}
	}
	slices.SortFunc(r.registry.Templates, func(a, b *PolicyTemplate) int {
		return cmp.Compare(a.Meta.Name.Value, b.Meta.Name.Value)
	})
}

// namedPolicies returns the names of the templates that something refers to.
func (r *resolver) namedPolicies() map[string]bool {
	named := map[string]bool{}
	add := func(names Strings) {
		for _, name := range names {
			named[name.Value] = true
		}
	}
	add(r.registry.Root.Spec.Policies)
	for _, d := range r.registry.Domains {
		add(d.Spec.Policies)
	}
	for _, app := range r.apps {
		add(app.Spec.Policies)
	}
	for _, w := range r.registry.Waivers {
		add(policyOf(w))
	}
	return named
}
