// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes a result as one JSON object, indented by two spaces.
func JSON(w io.Writer, result any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		return fmt.Errorf("encode result: %w", err)
	}
	if _, err := w.Write(escapeJSON(b.Bytes())); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// escapeJSON rewrites JSON so that it means the same and is safe to print: an
// invisible character becomes \u escapes (RFC 8259 section 7), and so does the first
// character of what log readers would take for a command. Both occur in strings
// only.
func escapeJSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i, width := 0, 0; i < len(text); i += width {
		var r rune
		r, width = utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && width == 1:
			out = appendEscape(out, utf8.RuneError)
		case r == '#' && beginsCommand(text[i:]), !visible(r) && r != '\n':
			out = appendEscape(out, r)
		default:
			out = append(out, text[i:i+width]...)
		}
	}
	return out
}

func beginsCommand(text []byte) bool {
	return bytes.HasPrefix(text, []byte("##[")) || bytes.HasPrefix(text, []byte("##vso["))
}

func appendEscape(out []byte, r rune) []byte {
	for _, unit := range utf16.AppendRune(nil, r) {
		out = fmt.Appendf(out, `\u%04x`, unit)
	}
	return out
}

// orEmpty returns a list that is [] in JSON where it would be null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
