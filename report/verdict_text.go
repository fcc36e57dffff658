// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strings"

	"github.com/appofapps/roster/internal/gitfs"
	"github.com/appofapps/roster/verdict"
)

// writeVerdict writes what a change does beside the findings: access that is
// gone, policy and credentials that are not what they were, and the verdict in
// one line.
func writeVerdict(p *page, v *verdict.Verdict, options TextOptions) {
	writeRemoved(p, v.RemovedAccess)
	writePolicies(p, v.Policy, options)
	writeBlasts(p, v.Credentials)
	p.line("%s", painted{VerdictLine(v), verdictStyle(v)})
}

func writeRemoved(p *page, list []verdict.Access) {
	if len(list) == 0 {
		return
	}
	p.line("%s", painted{"removed access", bold})
	rows := make([][]painted, len(list))
	for i, a := range list {
		example := a.Witness
		if example == "" {
			example = "possible; too complex to prove the opposite"
		}
		identity := ""
		if a.Identity != a.Node {
			identity = a.Identity
		}
		rows[i] = []painted{{a.Node, plain}, {example, green}, {identity, dim}}
	}
	p.table("  ", rows)
	p.line("")
}

func writePolicies(p *page, list []verdict.Change, options TextOptions) {
	if len(list) == 0 {
		return
	}
	p.line("%s", painted{"changed policy; the policy of the base judges this change", bold})
	rows := make([][]painted, len(list))
	for i, c := range list {
		rows[i] = []painted{{c.Change, yellow}, {string(c.Kind) + " " + c.Name, plain}, {options.place(c.File), dim}}
	}
	p.table("  ", rows)
	p.line("")
}

func writeBlasts(p *page, list []verdict.BlastRadius) {
	if len(list) == 0 {
		return
	}
	p.line("%s", painted{"changed credentials, and what each can reach", bold})
	rows := make([][]painted, len(list))
	for i, b := range list {
		reach := "nothing"
		if len(b.Scopes) > 0 {
			reach = strings.Join(b.Scopes, " ")
		}
		if others := len(b.Nodes) - 1; others > 0 {
			reach += " as " + strings.Join(b.Nodes, ", ")
		}
		if b.Opens != b.Node {
			reach = b.Opens + ": " + reach
		}
		rows[i] = []painted{{b.Change, yellow}, {b.Node + " " + b.Credential, plain}, {reach, dim}}
	}
	p.table("  ", rows)
	p.line("")
}

// VerdictLine is a verdict in one sentence.
func VerdictLine(v *verdict.Verdict) string {
	scope := "checked for every possible resource, not only existing ones"
	if v.Mode == verdict.Catalogue {
		scope = "checked only for what providers list and apps provide today"
	}
	against := " compared with " + gitfs.Short(v.Base) + ", " + scope
	if !v.New() {
		return "no new access and no loosened limits" + against
	}
	parts := []string{"no new access", "no loosened limits"}
	if n := len(v.NewAccess); n > 0 {
		parts[0] = Count(n, "new access grant")
	}
	if n := len(v.NewHeadroom); n > 0 {
		parts[1] = Count(n, "loosened limit")
	}
	if n := len(v.NewDelivery); n > 0 {
		parts = append(parts, Count(n, "new credential sink"))
	}
	if n := len(v.NewControl); n > 0 {
		parts = append(parts, Count(n, "control change"))
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last] + against
}

// BehindLine says that HEAD lacks so many commits of the base.
func BehindLine(behind int) string {
	verb := "are"
	if behind == 1 {
		verb = "is"
	}
	return fmt.Sprintf("HEAD does not contain the base: %s of it %s missing; merge or rebase first, because what they took away is shown as new access", Count(behind, "commit"), verb)
}

func verdictStyle(v *verdict.Verdict) style {
	if v.New() {
		return red
	}
	return green
}
