// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/validate"
)

// TestFingerprintsOutliveShiftedLines moves every finding down, and the lines
// that messages name, and wants the same fingerprints: one for each finding.
func TestFingerprintsOutliveShiftedLines(t *testing.T) {
	t.Parallel()
	for format, fingerprints := range map[string]func(*testing.T, []finding.Finding) []string{
		formatSARIF: sarifFingerprints, formatGitLab: gitLabFingerprints,
	} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			outliveShiftedLines(t, fingerprints)
		})
	}
}

func outliveShiftedLines(t *testing.T, fingerprints func(*testing.T, []finding.Finding) []string) {
	t.Helper()
	before := newFindings().Findings
	before = append(before, before[1]) // the same once more, at another line
	before[len(before)-1].Line += 2
	before = finding.Sort(before)
	var after []finding.Finding
	for _, f := range before {
		if f.Line > 0 {
			f.Line += 40
		}
		f.Message = strings.ReplaceAll(f.Message, "roster.yaml:6", "roster.yaml:1234")
		after = append(after, f)
	}
	was, is := fingerprints(t, before), fingerprints(t, after)
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("fingerprints (-before +after):\n%s", diff)
	}
	seen := map[string]bool{}
	for _, f := range was {
		if seen[f] {
			t.Errorf("two findings have the fingerprint %s", f)
		}
		seen[f] = true
	}
	after[0].Message += "!"
	if cmp.Equal(was, fingerprints(t, after)) {
		t.Error("another message has the same fingerprint")
	}
}

func sarifFingerprints(_ *testing.T, list []finding.Finding) []string {
	var all []string
	for _, r := range results(list, rulesOf(list), "") {
		all = append(all, r.Fingerprints[fingerprintName])
	}
	return all
}

func gitLabFingerprints(t *testing.T, list []finding.Finding) []string {
	t.Helper()
	var b bytes.Buffer
	if err := Findings().Write(&b, formatGitLab, validate.Result{Findings: list}, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	var issues []qualityIssue
	if err := json.Unmarshal(b.Bytes(), &issues); err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(issues))
	for i, issue := range issues {
		all[i] = issue.Fingerprint
	}
	return all
}
