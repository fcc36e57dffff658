// SPDX-License-Identifier: Apache-2.0

package report

import (
	"github.com/appofapps/roster/internal/provision"
)

// ProvisionKind is the kind of a provisioning's JSON form.
const ProvisionKind = "ProvisionResult"

// Provisioned is what a registry needs in Azure, with the state of each step.
type Provisioned struct {
	APIVersion string           `json:"apiVersion"` // manifest.APIVersion
	Kind       string           `json:"kind"`       // ProvisionKind
	Store      string           `json:"store"`
	Steps      []provision.Step `json:"steps"`
}

// Provision writes what store init found or created.
func Provision() Result[Provisioned] {
	return Result[Provisioned]{asText(plainly(writeProvision)), asJSON(func(result Provisioned) any {
		result.Steps = orEmpty(result.Steps)
		return result
	})}
}

func writeProvision(p *page, result Provisioned) {
	p.line("%s", painted{result.Store, bold})
	rows := make([][]painted, len(result.Steps))
	var fixes []string
	for i, s := range result.Steps {
		rows[i] = []painted{{string(s.State), stepStyle(s.State)}, {string(s.Kind), dim}, {s.Name, bold}, {s.Detail, plain}}
		if s.Fix != "" && s.State != provision.Present && s.State != provision.Made {
			fixes = append(fixes, s.Fix)
		}
	}
	p.table("  ", rows)
	for i, fix := range fixes {
		if i == 0 {
			p.line("")
			p.line("For an administrator:")
		}
		p.line("  %s", fix)
	}
}

func stepStyle(s provision.State) style {
	switch s {
	case provision.Present, provision.Made:
		return green
	case provision.Missing:
		return yellow
	default:
		return red
	}
}
