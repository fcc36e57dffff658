// SPDX-License-Identifier: Apache-2.0

package manifest_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/manifest"
)

const fieldsPage = "../docs/fields.md"

// TestFieldsPage holds docs/fields.md equal to the table of fields.
func TestFieldsPage(t *testing.T) {
	t.Parallel()
	want := fieldsMarkdown()
	if *update {
		if err := os.WriteFile(fieldsPage, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(fieldsPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/fields.md is out of date; run: go test ./manifest -run TestFieldsPage -update")
	}
}

// fieldsMarkdown writes the classes, and each kind's fields by class.
func fieldsMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Fields and what a change of them can gain

Every field of a manifest has one class. The class says what a change of the field can give to somebody. ` +
		"`roster validate --base`" + ` compares base and head class by class. This page is generated from the types in package manifest.

## Classes

| class | its fields say | a gain is |
|---|---|---|
`)
	for _, c := range manifest.Classes() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", c.Class, c.Holds, c.Gain)
	}
	b.WriteString("\n## Fields\n\n`[]` means each item of a list, `*` for each key of a mapping.\n")
	fields := manifest.Fields()
	for _, kind := range manifest.Kinds() {
		fmt.Fprintf(&b, "\n### %s\n\n| class | fields |\n|---|---|\n", kind)
		for _, c := range manifest.Classes() {
			var paths []string
			for _, f := range fields {
				if f.Kind == kind && f.Class == c.Class {
					paths = append(paths, "`"+f.Path+"`")
				}
			}
			if slices.Sort(paths); len(paths) > 0 {
				fmt.Fprintf(&b, "| %s | %s |\n", c.Class, strings.Join(paths, ", "))
			}
		}
	}
	return b.String()
}
