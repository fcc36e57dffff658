// SPDX-License-Identifier: Apache-2.0

package report

import (
	"cmp"
	"io"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

// A qualityIssue is one entry of GitLab's Code Quality report.
// https://docs.gitlab.com/ci/testing/code_quality/ (Code Quality report format)
type qualityIssue struct {
	Description string          `json:"description"`
	CheckName   string          `json:"check_name"`
	Fingerprint string          `json:"fingerprint"` // the same while the issue is the same
	Severity    string          `json:"severity"`    // info, minor, major, critical, blocker
	Location    qualityLocation `json:"location"`
}

type qualityLocation struct {
	Path  string       `json:"path"` // relative, without ./
	Lines qualityLines `json:"lines"`
}

type qualityLines struct {
	Begin int `json:"begin"`
}

// findingsGitLab writes findings as a Code Quality report. It holds all of them,
// as JSON and SARIF do.
func findingsGitLab(w io.Writer, result validate.Result, options TextOptions) error {
	issues := make([]qualityIssue, len(result.Findings))
	names := newFingerprints()
	for i, f := range result.Findings {
		// What concerns no file concerns the whole. The name holds the folder of the
		// registry, since reports of several registries meet in one pipeline.
		f.File = options.place(cmp.Or(f.File, manifest.RootFile))
		issues[i] = qualityIssue{
			Description: safe(f.Sentence()), CheckName: safe(f.Rule), Fingerprint: names.next(f),
			Severity: qualitySeverity(f.Severity),
			Location: qualityLocation{Path: safe(f.File), Lines: qualityLines{Begin: max(f.Line, 1)}},
		}
	}
	return JSON(w, issues)
}

func qualitySeverity(s finding.Severity) string {
	switch s {
	case finding.Error:
		return "critical"
	case finding.Warning:
		return "minor"
	default:
		return "info"
	}
}
