// SPDX-License-Identifier: Apache-2.0

package schema_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/schema"
)

// FuzzCheck reads any text as a manifest and checks it: nothing crashes, no
// check is given up, and every finding has a rule of this package and a place
// that exists in the file.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(typical))
	for _, file := range slices.Concat(glob(f, "ok/*.yaml"), glob(f, "err/*.yaml")) {
		source, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(source)
	}
	rules := []string{schema.RuleUnknownField, schema.RuleMissingField, schema.RuleType, schema.RuleValue}
	checker := schema.New()
	f.Fuzz(func(t *testing.T, source []byte) {
		doc, _ := manifest.Parse("a.yaml", source, manifest.Limits{})
		if doc == nil {
			return
		}
		findings := checker.Check(doc)
		for i, found := range findings {
			if !slices.Contains(rules, found.Rule) {
				t.Errorf("finding of rule %q: %s", found.Rule, found.Sentence())
			}
			if !inside(string(source), found.Line, found.Column) {
				t.Errorf("finding at %s, outside the file", found.Position())
			}
			if !utf8.ValidString(found.Sentence()) || strings.ContainsAny(found.Sentence(), "\n\r\x1b\u2028\u202e") {
				t.Errorf("finding says %q", found.Sentence())
			}
			if i > 0 && finding.Compare(findings[i-1], found) >= 0 {
				t.Errorf("findings are not sorted, or come twice: %v", findings)
			}
		}
	})
}

// inside reports whether a text has a line and, in it, a column; one column
// past the end is where an empty value stands.
func inside(text string, line, column int) bool {
	lines := strings.Split(text, "\n")
	return line >= 1 && line <= len(lines) && column >= 1 && column <= utf8.RuneCountInString(lines[line-1])+1
}
