// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
)

// Rules of this file, each with its section in docs/checks.md.
const (
	ruleTooLarge = "file-too-large"
	ruleEncoding = "file-encoding"
)

// checkBytes objects to bytes that readers take in different ways or that show
// something else than they say, before any library looks at them. That a line
// ends with LF and nothing else is what makes our positions those of every
// editor: YAML 1.1 also breaks lines at CR, U+0085, U+2028 and U+2029.
//
// The limit on commas bounds the memory of the library: {a,b,c} is two values of
// 160 bytes each for every two bytes of the file, twice as much as any other
// shape, and they are counted only when all of them are there.
func checkBytes(file string, content []byte, limits Limits) (finding.Finding, bool) {
	f := finding.Finding{Severity: finding.Error, File: file}
	switch {
	case len(content) > limits.File:
		f.Rule = ruleTooLarge
		f.Message = fmt.Sprintf("file is larger than %d bytes", limits.File)
		f.Hint = "split it into several manifests"
		return f, true
	case bytes.Count(content, []byte{','}) > limits.Commas:
		f.Rule = ruleLimit
		f.Message = fmt.Sprintf("file contains more than %d commas", limits.Commas)
		f.Hint = "split it into several manifests"
		return f, true
	}
	offset, r := firstRefused(content)
	if offset < 0 {
		return checkDirective(file, content)
	}
	f.Rule = ruleEncoding
	f.Line, f.Column = lineColumn(content, offset)
	switch {
	case r == utf8.RuneError:
		f.Message, f.Hint = "file is not valid UTF-8", "save it as UTF-8"
	case r == byteOrderMark && offset == 0:
		f.Message, f.Hint = "file begins with a byte order mark", "save it as UTF-8 without BOM"
	default:
		f.Message = fmt.Sprintf("file contains the character %U", r)
		f.Hint = "remove it, or write it as an escape in double quotes"
	}
	return f, true
}

const byteOrderMark = '\uFEFF'

// firstRefused returns the place of the first character that is not allowed, or
// -1. Bytes that are no character are RuneError.
func firstRefused(content []byte) (int, rune) {
	for i := 0; i < len(content); {
		if c := content[i]; c >= ' ' && c < 0x7f || c == '\n' || c == '\t' {
			i++
			continue
		}
		r, size := utf8.DecodeRune(content[i:])
		lineEnd := r == '\r' && bytes.HasPrefix(content[i:], []byte("\r\n"))
		if r == utf8.RuneError && size == 1 || refused(r) && !lineEnd {
			return i, r
		}
		i += size
	}
	return -1, 0
}

// refused reports characters that a person does not see: controls, separators
// of lines, and those that reorder the text around them, with which a line can
// be made to show what it does not say (Unicode Technical Report 36, section
// 2.5; CVE-2021-42574).
func refused(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f: // C0, DEL and C1
	case r >= '\u2028' && r <= '\u202e': // line and paragraph separator, embeddings and overrides
	case r >= '\u2066' && r <= '\u2069': // isolates
	case r == byteOrderMark, r == '\ufffe', r == '\uffff':
	default:
		return false
	}
	return true
}

// checkDirective objects to directives, which can only come before everything
// else: the one says which YAML a file is, and ours is always the same; the
// other is for tags.
func checkDirective(file string, content []byte) (finding.Finding, bool) {
	number := 0
	for line := range bytes.Lines(content) {
		number++
		text := bytes.TrimSpace(line)
		if len(text) == 0 || text[0] == '#' {
			continue
		}
		if line[0] != '%' {
			break
		}
		return finding.Finding{
			Rule: ruleFeature, Severity: finding.Error, File: file, Line: number, Column: 1,
			Message: "directive " + finding.Quote(string(text)) + " is not allowed", Hint: "remove it",
		}, true
	}
	return finding.Finding{}, false
}

// lineColumn returns the line and column of a byte.
func lineColumn(content []byte, offset int) (line, column int) {
	begin := 1 + bytes.LastIndexByte(content[:offset], '\n')
	return 1 + bytes.Count(content[:begin], []byte{'\n'}), 1 + utf8.RuneCount(content[begin:offset])
}

// A cursor finds the bytes at places that are asked for one after the other, in
// one pass over the source.
type cursor struct {
	content              []byte
	offset, line, column int // line and column from 0
	begin                int // of the line
}

// seek moves to a place, and to the end of the source if there is no such place.
func (c *cursor) seek(line, column int) {
	if line-1 < c.line || line-1 == c.line && column-1 < c.column {
		*c = cursor{content: c.content}
	}
	for c.line < line-1 {
		end := bytes.IndexByte(c.content[c.offset:], '\n')
		if end < 0 {
			c.offset = len(c.content)
			return
		}
		c.offset += end + 1
		c.begin = c.offset
		c.line, c.column = c.line+1, 0
	}
	for c.column < column-1 && c.offset < len(c.content) && c.content[c.offset] != '\n' {
		_, size := utf8.DecodeRune(c.content[c.offset:])
		c.offset += size
		c.column++
	}
}

// at reports whether a character is at a place.
func (c *cursor) at(line, column int, char byte) bool {
	c.seek(line, column)
	return c.offset < len(c.content) && c.content[c.offset] == char
}

// behind reports whether a character is the last before a place, on its line,
// that is not a blank.
func (c *cursor) behind(line, column int, char byte) bool {
	c.seek(line, column)
	before := bytes.TrimRight(c.content[c.begin:c.offset], " \t")
	return len(before) > 0 && before[len(before)-1] == char
}
