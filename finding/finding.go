// SPDX-License-Identifier: Apache-2.0

// Package finding holds what roster reports about a registry: one value with
// rule, severity, position and a sentence. A finding is a mistake of the
// manifest's author, never a failure of roster. Findings are collected, not
// wrapped, and Compare gives them one total order.
package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Severity says what a finding does to the verdict.
type Severity string

// The severities, strongest first. Only an Error makes a command exit with 1.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Note    Severity = "note"
)

// docsPage is where each rule has its section, relative to the repository.
const docsPage = "docs/checks.md"

// quoteLimit is the longest value, in bytes, that a message repeats in full.
const quoteLimit = 80

// A Finding is one objection. The zero Line means "the file as a whole", an
// empty File "the registry as a whole".
type Finding struct {
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`   // from 1
	Column   int      `json:"column,omitempty"` // from 1, in characters
	Node     string   `json:"node,omitempty"`   // path of the node, if one is concerned
	Message  string   `json:"message"`          // the mistake, the value quoted
	Allowed  []string `json:"allowed,omitempty"`
	Hint     string   `json:"hint,omitempty"` // what to do next
}

// Docs returns the anchor of the rule's section.
func (f Finding) Docs() string { return docsPage + "#" + f.Rule }

// Sentence returns the text that every output format shows: the mistake,
// the allowed values, the next step.
func (f Finding) Sentence() string {
	var b strings.Builder
	b.WriteString(f.Message)
	if len(f.Allowed) > 0 {
		b.WriteString("; allowed: ")
		b.WriteString(strings.Join(f.Allowed, ", "))
	}
	if f.Hint != "" {
		b.WriteString("; ")
		b.WriteString(f.Hint)
	}
	return b.String()
}

// Position returns "file:line:column" with the unknown parts left out.
func (f Finding) Position() string {
	switch {
	case f.File == "":
		return ""
	case f.Line == 0:
		return f.File
	default:
		return fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Column)
	}
}

// Compare orders findings by place, then rule, then text. Two findings that
// compare equal are the same finding.
func Compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File),
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Rule, b.Rule),
		cmp.Compare(a.Node, b.Node),
		cmp.Compare(a.Message, b.Message),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Hint, b.Hint),
		slices.Compare(a.Allowed, b.Allowed),
	)
}

// Sort puts findings into their total order and removes exact repetitions.
func Sort(list []Finding) []Finding {
	slices.SortFunc(list, Compare)
	return slices.CompactFunc(list, func(a, b Finding) bool { return Compare(a, b) == 0 })
}

// Count returns how many findings have a severity.
func Count(list []Finding, severity Severity) int {
	n := 0
	for _, f := range list {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// Quote returns a hostile value in a form that is safe in every output: one
// line, control, bidirectional and separator characters escaped, cut with a
// mark when long.
func Quote(s string) string {
	if len(s) <= quoteLimit {
		return strconv.Quote(s)
	}
	cut := quoteLimit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "..."
}
