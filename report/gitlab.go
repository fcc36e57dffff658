// SPDX-License-Identifier: Apache-2.0

package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
	seen := map[string]int{}
	for i, f := range result.Findings {
		file := f.File
		if file == "" {
			file = manifest.RootFile // what concerns no file concerns the whole
		}
		place := options.place(file)
		// Its line may move while it stays the same issue.
		same := fmt.Sprintf("%q %q %q %q", f.Rule, place, f.Node, f.Message)
		seen[same]++
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", same, seen[same]))
		issues[i] = qualityIssue{
			Description: safe(f.Sentence()), CheckName: safe(f.Rule), Fingerprint: hex.EncodeToString(sum[:]),
			Severity: qualitySeverity(f.Severity),
			Location: qualityLocation{Path: safe(place), Lines: qualityLines{Begin: max(f.Line, 1)}},
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
