// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"fmt"
	"path/filepath"
	"strings"
)

// The files in CI_PROJECT_DIR that a job of GitLab can keep.
const (
	gitLabOutputs = "roster.env" // reports: dotenv
	gitLabSummary = "roster.md"
)

// gitLabSink writes files for a job to keep.
type gitLabSink struct{ getenv func(string) string }

// Output adds a variable to the dotenv report, as ROSTER_NAME: docs.gitlab.com,
// "CI/CD YAML syntax reference", reports:dotenv. A value there is one line.
func (s gitLabSink) Output(name, value string) error {
	if err := checkName(name); err != nil {
		return err
	}
	if strings.ContainsAny(value, "\r\n") {
		return fmt.Errorf("%w: %s has more than one line", errOutput, name)
	}
	variable := "ROSTER_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	return appendTo(s.file(gitLabOutputs), variable+"="+value+"\n")
}

// Summary writes the page to a file.
func (s gitLabSink) Summary(markdown string) error {
	return appendTo(s.file(gitLabSummary), fit(markdown, maxSummary))
}

func (s gitLabSink) file(name string) string {
	folder := s.getenv("CI_PROJECT_DIR")
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, name)
}
