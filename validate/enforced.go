// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkEnforced warns of declarations that this version reads and checks, but
// does not act on: nobody is to rely on a policy that judges nothing.
func (v *validator) checkEnforced() {
	for _, t := range v.registry.Templates {
		v.notEnforced(t.File, t.Meta.Name, "policy template "+t.Meta.Name.Value+" judges nothing yet")
	}
	for _, w := range v.registry.Waivers {
		v.notEnforced(w.File, w.Meta.Name, "waiver "+w.Meta.Name.Value+" lifts nothing yet")
	}
	for _, name := range v.registry.Root.Spec.Propagate {
		v.notEnforced(v.registry.Root.File, name, "grants are not propagated to "+finding.Quote(name.Value)+" yet")
	}
}

func (v *validator) notEnforced(file string, at manifest.String, message string) {
	v.object(file, at.Pos, finding.Finding{
		Rule: RuleNotEnforced, Severity: finding.Warning,
		Message: message,
		Hint:    "do not rely on it with this version of roster",
	})
}
