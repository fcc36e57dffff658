// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"

	"github.com/appofapps/roster/internal/doctor"
)

// Diagnosis writes what doctor found, as text or json.
func Diagnosis(w io.Writer, format string, d *doctor.Diagnosis, options TextOptions) error {
	return forms{
		formatText: func() error { return diagnosisText(w, d, options) },
		formatJSON: func() error {
			whole := *d
			whole.Checks = orEmpty(d.Checks)
			return JSON(w, whole)
		},
	}.write(format)
}

func diagnosisText(w io.Writer, d *doctor.Diagnosis, options TextOptions) error {
	p := &page{colour: options.Colour}
	p.line("%s, to %s", painted{d.Store, bold}, string(d.For))
	rows := make([][]painted, len(d.Checks))
	lacking := 0
	for i, c := range d.Checks {
		rows[i] = []painted{{string(c.State), stateStyle(c.State)}, {c.Name, bold}, {c.Detail, plain}}
		if c.State == doctor.Lacking {
			lacking++
		}
	}
	p.table("  ", rows)
	p.mends(d.Checks)
	if lacking == 0 {
		p.line("%s: nothing is lacking.", painted{"Healthy", green})
	} else {
		p.line("%s: %s lacking, and what depends on it was not looked at.", painted{"Not healthy", red}, count(lacking, "check"))
	}
	return print(w, p)
}

// mends lists the commands that mend what was found, each once.
func (p *page) mends(checks []doctor.Check) {
	seen := map[string]bool{}
	for _, c := range checks {
		if c.Fix == "" || seen[c.Fix] {
			continue
		}
		if len(seen) == 0 {
			p.line("")
			p.line("To fix it:")
		}
		seen[c.Fix] = true
		p.line("  %s", c.Fix)
	}
	if len(seen) > 0 {
		p.line("")
	}
}

func stateStyle(s doctor.State) style {
	switch s {
	case doctor.OK:
		return green
	case doctor.Lacking:
		return red
	default:
		return yellow
	}
}
