// SPDX-License-Identifier: Apache-2.0

package report

import (
	"io"
	"path"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

// Findings writes the findings of validate. Text and annotations leave notes out
// unless the options ask for them; JSON, SARIF and GitLab's reports have every
// finding.
func Findings() Result[validate.Result] {
	forms := Result[validate.Result]{
		{formatText, FindingsText},
		asJSON(func(result validate.Result) any {
			result.Findings = orEmpty(result.Findings)
			return result
		}),
		{formatSARIF, func(w io.Writer, result validate.Result, options TextOptions) error {
			return sarif(w, result.Findings, options.Base)
		}},
	}
	for _, d := range dialects() {
		forms = append(forms, form[validate.Result]{d.format, func(w io.Writer, result validate.Result, options TextOptions) error {
			return findingsAnnotated(w, d, result, options)
		}})
	}
	return append(forms, form[validate.Result]{formatGitLab, findingsGitLab})
}

// findingsAnnotated writes findings as text with annotations between the findings
// and the end.
func findingsAnnotated(w io.Writer, d dialect, result validate.Result, options TextOptions) error {
	p := &page{colour: options.Colour}
	list := options.shown(result.Findings)
	writeFindings(p, list, options)
	p.annotate(d, annotationsOf(list, options))
	writeSummary(p, result, options)
	return print(w, p)
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
