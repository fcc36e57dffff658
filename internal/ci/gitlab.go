// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The files in CI_PROJECT_DIR that a job of GitLab can keep.
const (
	gitLabOutputs = "roster.env" // reports: dotenv
	gitLabSummary = "roster.md"
)

// gitLabSink writes files for a job to keep. They lie in the checkout, where a commit
// can have put a file or a link of that name, so the first write creates them anew.
type gitLabSink struct {
	getenv func(string) string
	begun  map[string]bool // files that this sink has created
}

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
	return s.add(gitLabOutputs, variable+"="+value+"\n")
}

// Summary writes the page to a file.
func (s gitLabSink) Summary(markdown string) error {
	return s.add(gitLabSummary, fit(markdown, maxSummary))
}

// add appends to a file, and creates it first unless this sink has done so.
func (s gitLabSink) add(name, text string) error {
	path := s.file(name)
	if path == "" || s.begun[name] {
		return appendTo(path, text)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	// O_EXCL follows no link (open(2)).
	file, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write for the CI system: %w", err)
	}
	s.begun[name] = true
	_, err = io.WriteString(file, text)
	return errors.Join(err, file.Close())
}

func (s gitLabSink) file(name string) string {
	folder := s.getenv("CI_PROJECT_DIR")
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, name)
}
