// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
)

// checkPositions fails for findings that are not inside a file: behind its last
// line or more than one behind the last character of a line.
func checkPositions(t *testing.T, source string, findings []finding.Finding) {
	t.Helper()
	lines := strings.Split(source, "\n")
	for _, f := range findings {
		switch {
		case f.Line == 0 && f.Column == 0:
		case f.Line < 1 || f.Line > len(lines) || f.Column < 1:
			t.Errorf("%s is not in the file of %d lines: %s", f.Position(), len(lines), f.Message)
		case f.Column > utf8.RuneCountInString(lines[f.Line-1])+1:
			t.Errorf("%s is behind the end of line %q: %s", f.Position(), lines[f.Line-1], f.Message)
		}
	}
}
