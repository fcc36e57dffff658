// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/provider"
)

// checkApplicationNames warns about credentials that are renewed at an application which
// its node knows by a name: a person who may create applications can create a second one
// of that name, and roster then renews nothing.
func checkApplicationNames(v *validator) {
	eachRenewed(v, func(o owner, issue provider.Issue) {
		if !issue.ByName {
			return
		}
		v.object(o.node.App.File, o.credential.Name.Pos, finding.Finding{
			Rule: RuleApplicationName, Severity: finding.Warning, Node: o.node.Path,
			Message: fmt.Sprintf("credential %s is renewed at the application that is named %s; a second application of that name would stop it",
				o, finding.Quote(issue.Application)),
			Hint: "use the application's id instead of its name",
		})
	})
}
