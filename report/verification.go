// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"

	"github.com/appofapps/roster/ledger"
)

// Verification writes the result of a verification of the trail.
func Verification() Result[*ledger.Verification] {
	return Result[*ledger.Verification]{asText(plainly(writeVerification)), asJSON(func(v *ledger.Verification) any {
		whole := *v
		whole.Problems = orEmpty(v.Problems)
		return whole
	})}
}

func writeVerification(p *page, v *ledger.Verification) {
	for _, problem := range v.Problems {
		at := problem.Domain + "/" + problem.App
		if problem.Event != "" {
			at += " " + problem.Event
		}
		p.line("%s: %s %s", at, painted{problem.Message, bold}, painted{"[" + problem.Rule + "]", dim})
	}
	checked := fmt.Sprintf("%s, %s, %s", Count(v.Chains, "chain"), Count(v.Events, "event"), Count(v.Registrations, "registration"))
	if len(v.Problems) == 0 {
		p.line("%s: %s", painted{"The trail is whole", green}, checked)
	} else {
		p.line("")
		p.line("%s: %s in %s", painted{"The trail is not whole", red}, Count(len(v.Problems), "problem"), checked)
	}
}
