// SPDX-License-Identifier: Apache-2.0

package report

import (
	"github.com/appofapps/roster/internal/doctor"
)

// Diagnosis writes what doctor found.
func Diagnosis() Result[*doctor.Diagnosis] {
	return Result[*doctor.Diagnosis]{asText(plainly(writeDiagnosis)), asJSON(func(d *doctor.Diagnosis) any {
		whole := *d
		whole.Checks = orEmpty(d.Checks)
		return whole
	})}
}

func writeDiagnosis(p *page, d *doctor.Diagnosis) {
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
	writeFixes(p, d.Checks)
	if lacking == 0 {
		p.line("%s: all checks passed.", painted{"Healthy", green})
	} else {
		p.line("%s: %s failed; checks that depend on it were skipped.", painted{"Not healthy", red}, Count(lacking, "check"))
	}
}

// writeFixes lists the commands that fix the problems, each once.
func writeFixes(p *page, checks []doctor.Check) {
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
