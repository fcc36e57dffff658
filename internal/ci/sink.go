// SPDX-License-Identifier: Apache-2.0

package ci

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
)

// A Sink takes what a command leaves beside its output: for later steps of the
// job, and for the page of the run. Nothing that it is given becomes anything
// else than the value or the page that it is.
type Sink interface {
	// Output gives a value to later steps under a name of letters, digits, _ and
	// -. Errors: those of writing, and of a value that the system cannot carry.
	Output(name, value string) error
	// Summary shows Markdown on the page of the run, as far as it fits.
	Summary(markdown string) error
}

// NewSink returns the sink of the system that runs a command; none of a terminal
// takes anything. commands is what the system reads commands from, random the
// source of what nobody may know beforehand.
func NewSink(getenv func(string) string, commands io.Writer, random io.Reader) Sink {
	switch Detect(getenv) {
	case GitHub:
		return gitHubSink{getenv, random}
	case Azure:
		return azureSink{getenv, commands}
	case GitLab:
		return gitLabSink{getenv, map[string]bool{}}
	default:
		return nowhere{}
	}
}

// nowhere is the sink of a terminal: the output itself is all there is.
type nowhere struct{}

func (nowhere) Output(string, string) error { return nil }
func (nowhere) Summary(string) error        { return nil }

var (
	errOutputName = errors.New("invalid name of an output")
	errOutput     = errors.New("invalid value of an output")
)

func checkName(name string) error {
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`).MatchString(name) {
		return fmt.Errorf("%w: %q; allowed: letters, digits, _ and -", errOutputName, name)
	}
	return nil
}

// fit returns a page of at most so many bytes, or a line that says where it is.
func fit(markdown string, most int) string {
	if len(markdown) > most {
		return "The report is too long for a summary; it is in the log of the step.\n"
	}
	return markdown
}

// appendTo appends to a file of the CI system. Outside a step there is no such
// file, and nothing is written.
func appendTo(path, text string) (err error) {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("write for the CI system: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := io.WriteString(file, text); err != nil {
		return fmt.Errorf("write for the CI system: %w", err)
	}
	return nil
}

var (
	_ Sink = gitHubSink{}
	_ Sink = azureSink{}
	_ Sink = gitLabSink{}
	_ Sink = nowhere{}
)
