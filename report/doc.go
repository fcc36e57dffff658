// SPDX-License-Identifier: Apache-2.0

// Package report writes results for people and machines: text for a terminal, JSON,
// SARIF 2.1.0, annotations of GitHub Actions and Azure Pipelines, GitLab's Code
// Quality reports, Markdown, Mermaid and DOT. Start with the function of a result,
// such as Plan: it returns a [Result] with its formats. There is a file for each
// result and each format.
//
// The same value gives the same bytes on every machine. Texts of manifests and
// stores are hostile: every value goes through [safe] or, in JSON, through
// [escapeJSON], so that none becomes a terminal sequence, a second line or a
// command to a CI system.
package report

import (
	"errors"
	"fmt"
	"io"
)

// ErrFormat is returned for a format that a result does not have.
var ErrFormat = errors.New("unknown format")

// The formats. A result has some of them.
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
	Colour bool                               // colour with terminal sequences
	Lines  func(file string, line int) string // a line of a manifest for a snippet; nil: no snippets
	Notes  bool                               // show findings that are notes
	Base   string                             // folder of the registry as seen by the reader, put before every file; "" for none
}

// print writes a whole page at once.
func print(w io.Writer, p *page) error {
	if _, err := io.WriteString(w, p.text.String()); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
