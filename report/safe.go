// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as one line that is safe on a terminal and in a CI log.
func Line(text string) string { return safe(text) }

// safe returns a value in a form that is safe to print: on a terminal, and in the logs
// of GitHub Actions and Azure Pipelines. It is idempotent.
//
//   - Control characters, line separators, invisible and bidirectional
//     characters and bytes that are not UTF-8 are written as escapes.
//   - "##[" and "##vso[" begin a command anywhere in a line.
//     https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs (TryParse)
//     https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
//   - "::" begins a command after any white space at the start of a line (the
//     same file, TryParseV2), so that no value begins with a colon.
func safe(s string) string {
	if isPlain(s) {
		return s
	}
	s = escape(s)
	s = strings.ReplaceAll(s, "##[", `\x23#[`)
	s = strings.ReplaceAll(s, "##vso[", `\x23#vso[`)
	if rest := strings.TrimLeft(s, " "); strings.HasPrefix(rest, ":") {
		s = s[:len(s)-len(rest)] + `\x3a` + rest[1:]
	}
	return s
}

// isPlain reports text that is safe without a closer look, as most text is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '#' {
			return false
		}
	}
	return !strings.HasPrefix(strings.TrimLeft(s, " "), ":")
}

// escape replaces every character that is not visible on a line by an escape.
func escape(s string) string {
	var b strings.Builder
	for i, width := 0, 0; i < len(s); i += width {
		var r rune
		r, width = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && width == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case visible(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// visible reports whether a character is visible on a line as itself. Control, format,
// separator and ignorable characters are not. The log readers are written in .NET,
// which may ignore the ignorable ones in comparisons.
func visible(r rune) bool {
	return strconv.IsPrint(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// columns returns the width of a safe text on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide reports the characters that take two columns: East Asian scripts, full
// width forms and pictographs (Unicode Standard Annex 11).
func wide(r rune) bool {
	const (
		fullWidthFirst, fullWidthLast = 0xFF01, 0xFF60
		pictureFirst, pictureLast     = 0x1F300, 0x1FAFF
	)
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) ||
		r >= fullWidthFirst && r <= fullWidthLast || r >= pictureFirst && r <= pictureLast
}
