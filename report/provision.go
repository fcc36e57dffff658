// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"

	"github.com/appofapps/roster/internal/provision"
)

// ProvisionKind is the kind of a provisioning's JSON form.
const ProvisionKind = "ProvisionResult"

// Provisioned is what a registry needs in Azure, and how things stand with it.
type Provisioned struct {
	APIVersion string           `json:"apiVersion"` // manifest.APIVersion
	Kind       string           `json:"kind"`       // ProvisionKind
	Store      string           `json:"store"`
	Steps      []provision.Step `json:"steps"`
}

// Provision writes what store init found or made, as text or json.
func Provision(w io.Writer, format string, result Provisioned, options TextOptions) error {
	return forms{
		formatText: func() error { return provisionText(w, result, options) },
		formatJSON: func() error {
			result.Steps = orEmpty(result.Steps)
			return JSON(w, result)
		},
	}.write(format)
}

func provisionText(w io.Writer, result Provisioned, options TextOptions) error {
	p := &page{colour: options.Colour}
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
			p.line("By somebody who may:")
		}
		p.line("  %s", fix)
	}
	return print(w, p)
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
