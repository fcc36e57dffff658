// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// maxSummary is the largest summary of a step; a larger one is dropped as a whole
// (docs.github.com, "Workflow commands", adding a job summary: 1 MiB).
const maxSummary = 1 << 20

var (
	errOutputName = errors.New("is no name of an output: letters, digits, _ and -")
	errOutput     = errors.New("output holds the text that ends it")
)

// WriteOutput gives an output to later steps of a GitHub job, through the file
// that GITHUB_OUTPUT names. The value is between two lines of a random text,
// which it cannot know, so that no value becomes another output: the library's
// own delimiter is fixed.
func WriteOutput(getenv func(string) string, random io.Reader, name, value string) error {
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`).MatchString(name) {
		return fmt.Errorf("%q %w", name, errOutputName)
	}
	var seed [16]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return fmt.Errorf("draw delimiter: %w", err)
	}
	delimiter := "roster_" + hex.EncodeToString(seed[:])
	if strings.Contains(value, delimiter) {
		return errOutput
	}
	return appendTo(getenv("GITHUB_OUTPUT"), name+"<<"+delimiter+"\n"+value+"\n"+delimiter+"\n")
}

// WriteSummary adds Markdown to the summary of a GitHub job, through the file
// that GITHUB_STEP_SUMMARY names. What does not fit is replaced by a line that
// says so: GitHub would drop it in silence.
func WriteSummary(getenv func(string) string, markdown string) error {
	if len(markdown) > maxSummary {
		markdown = "The report is too long for a summary; it is in the log of the step.\n"
	}
	return appendTo(getenv("GITHUB_STEP_SUMMARY"), markdown)
}

// appendTo adds to a file of the runner's. There is none where a step was
// started by something else than a runner: then nobody reads it.
func appendTo(path, text string) (err error) {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write for the runner: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := io.WriteString(file, text); err != nil {
		return fmt.Errorf("write for the runner: %w", err)
	}
	return nil
}
