// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"
	"path"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

// Findings writes the answer of validate as text, json, sarif, github, azure
// or gitlab. Text and annotations leave notes out unless they are
// asked for; JSON, SARIF and GitLab's reports hold everything.
func Findings(w io.Writer, format string, result validate.Result, options TextOptions) error {
	return forms{
		formatText:   func() error { return FindingsText(w, result, options) },
		formatJSON:   func() error { return findingsJSON(w, result) },
		formatSARIF:  func() error { return sarif(w, result.Findings, options.Base) },
		formatGitHub: func() error { return print(w, findingsAnnotated(gitHub(), result, options)) },
		formatAzure:  func() error { return print(w, findingsAnnotated(azurePipelines(), result, options)) },
		formatGitLab: func() error { return findingsGitLab(w, result, options) },
	}.write(format)
}

func findingsJSON(w io.Writer, result validate.Result) error {
	result.Findings = orEmpty(result.Findings)
	return JSON(w, result)
}

// shown returns the findings that a person is shown.
func (o TextOptions) shown(all []finding.Finding) []finding.Finding {
	var list []finding.Finding
	for _, f := range all {
		if o.Notes || f.Severity != finding.Note {
			list = append(list, f)
		}
	}
	return list
}

// place returns the name of a file for the reader.
func (o TextOptions) place(file string) string {
	if o.Base == "" || file == "" {
		return file
	}
	return path.Join(o.Base, file)
}
