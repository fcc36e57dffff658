// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns a text as one line that is harmless wherever it is read.
func Line(text string) string { return safe(text) }

// safe returns a value in a form that is harmless wherever text is read: on a
// terminal, and by the log readers of GitHub Actions and Azure Pipelines.
// Safe text is left as it is, and so safe twice is the same as once.
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

// isPlain reports text that is safe at a glance: nearly all there is.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '#' {
			return false
		}
	}
	return !strings.HasPrefix(strings.TrimLeft(s, " "), ":")
}

// escape writes every character that has no place on a line as an escape.
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

// visible reports whether a character shows on a line as what it is. Beside
// control, format and separator characters the ignorable ones do not: .NET, in
// which the log readers are written, may compare text as if they were not there.
func visible(r rune) bool {
	return strconv.IsPrint(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// columns returns how many columns of a terminal a safe text takes.
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
