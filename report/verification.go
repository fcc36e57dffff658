// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"

	"github.com/appofapps/roster/ledger"
)

// Verification writes what checking the trail gave, as text or json.
func Verification(w io.Writer, format string, v *ledger.Verification, options TextOptions) error {
	return forms{
		formatText: func() error { return verificationText(w, v, options) },
		formatJSON: func() error { return verificationJSON(w, v) },
	}.write(format)
}

func verificationJSON(w io.Writer, v *ledger.Verification) error {
	whole := *v
	whole.Problems = orEmpty(v.Problems)
	return JSON(w, whole)
}

func verificationText(w io.Writer, v *ledger.Verification, options TextOptions) error {
	p := &page{colour: options.Colour}
	for _, problem := range v.Problems {
		at := problem.Domain + "/" + problem.App
		if problem.Event != "" {
			at += " " + problem.Event
		}
		p.line("%s: %s %s", at, painted{problem.Message, bold}, painted{"[" + problem.Rule + "]", dim})
	}
	checked := fmt.Sprintf("%s, %s, %s", count(v.Chains, "chain"), count(v.Events, "event"), count(v.Registrations, "registration"))
	if len(v.Problems) == 0 {
		p.line("%s: %s", painted{"The trail is whole", green}, checked)
	} else {
		p.line("")
		p.line("%s: %s in %s", painted{"The trail is not whole", red}, count(len(v.Problems), "problem"), checked)
	}
	return print(w, p)
}
