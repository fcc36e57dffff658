// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkEnforced warns of declarations that this version reads and checks, but
// does not act on: nobody is to rely on a policy that judges nothing.
func (v *validator) checkEnforced() {
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
