// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkEnforced warns about declarations that this version checks but does not act
// on, so that nobody relies on them.
func checkEnforced(v *validator) {
	for _, name := range v.registry.Root.Spec.Propagate {
		warnNotEnforced(v, v.registry.Root.File, name, "grants are not propagated to "+finding.Quote(name.Value)+" yet")
	}
}

func warnNotEnforced(v *validator, file string, at manifest.String, message string) {
	v.object(file, at.Pos, finding.Finding{
		Rule: RuleNotEnforced, Severity: finding.Warning,
		Message: message,
		Hint:    "do not rely on it with this version of roster",
	})
}
