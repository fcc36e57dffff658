// SPDX-License-Identifier: Apache-2.0

// Package report turns results into what people and machines read: text for a
// terminal, JSON, SARIF 2.1.0, annotations of GitHub Actions and Azure Pipelines,
// GitLab's Code Quality reports, Markdown, Mermaid and DOT. There is a
// file for each result and each format. It decides nothing and reads nothing
// but the value it is given; the same value is the same bytes on every machine.
//
// Whatever a manifest or a store says is hostile. Every value goes through
// [safe] or, in JSON, through [escapeJSON], so that none becomes a terminal
// sequence, a line of its own or a command to a CI system.
//
// The package stands above the packages whose results it prints and below the
// command line, which picks the format and the writer.
package report

import (
	"errors"
	"fmt"
	"io"
)

// ErrFormat is returned for a format that a result does not have.
var ErrFormat = errors.New("unknown format")

// Formats. Not every result has all of them.
const (
	formatText     = "text"
	formatJSON     = "json"
	formatSARIF    = "sarif"
	formatGitHub   = "github"
	formatAzure    = "azure"
	formatGitLab   = "gitlab"
	formatMarkdown = "markdown"
	formatMermaid  = "mermaid"
	formatDOT      = "dot"
)

// TextOptions say how text for people looks. The zero value is plain text
// without snippets or notes.
type TextOptions struct {
	Colour bool                               // paint with terminal sequences
	Lines  func(file string, line int) string // a line of a manifest for a snippet; nil: no snippets
	Notes  bool                               // show findings that are notes
	Base   string                             // folder of the registry as seen by the reader, put before every file; "" for none
}

// forms is what a result can be written as.
type forms map[string]func() error

// write writes one of the forms.
func (f forms) write(format string) error {
	form, known := f[format]
	if !known {
		return fmt.Errorf("%w %q", ErrFormat, format)
	}
	return form()
}

// print writes a whole page at once.
func print(w io.Writer, p *page) error {
	if _, err := io.WriteString(w, p.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
