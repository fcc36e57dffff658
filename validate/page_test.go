// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/examples"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/schema"
	"github.com/appofapps/roster/validate"
)

// read loads a registry as the command does, whatever is wrong with it.
func read(t *testing.T, files map[string]string) (*manifest.Registry, []finding.Finding) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	registry, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{Check: schema.New().Check, BuiltIn: policy.BuiltIn, Limits: manifest.DefaultLimits()})
	if err != nil {
		t.Fatal(err)
	}
	return registry, findings
}

// linesOf returns what validate says of an example, a line for each finding.
func linesOf(t *testing.T, head, base map[string]string) []string {
	t.Helper()
	registry, loaded := read(t, head)
	config := validate.Config{Systems: wire.Systems(), Folder: "/srv/shop", At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}
	if base != nil {
		before, findings := read(t, base)
		config.Base = &validate.Base{Registry: before, Findings: findings, Revision: strings.Repeat("0", 40)}
	}
	found, _ := validate.Registry(registry, config)
	var lines []string
	for _, f := range validate.Merge(loaded, found) {
		lines = append(lines, fmt.Sprintf("%s: %s: %s [%s]", f.Position(), f.Severity, f.Sentence(), f.Rule))
	}
	return lines
}

// TestPages runs the examples of the page of checks and of the pages of the built-in
// templates: each page shows exactly what validate finds.
func TestPages(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sections := examples.Sections(string(content))
	pages, err := filepath.Glob("../docs/policies/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		s := examples.Page(string(content))
		s.Rule = filepath.Base(page)
		sections = append(sections, s)
	}
	for _, s := range sections {
		if s.Output == nil {
			continue
		}
		t.Run(s.Rule, func(t *testing.T) {
			t.Parallel()
			got := linesOf(t, s.Files, s.Base)
			if d := cmp.Diff(shown(s.Output.Text), got); d != "" {
				t.Errorf("(-page +validate):\n%s", d)
			}
		})
	}
}

// shown returns the lines of findings that a page shows, about a revision of zeros.
func shown(output string) []string {
	line := regexp.MustCompile(`^\S+:\d+:\d+: (error|warning|note): .* \[[a-z0-9-]+\]$`)
	var lines []string
	revision := regexp.MustCompile(`in revision [0-9a-f]{12}`)
	for text := range strings.Lines(revision.ReplaceAllString(output, "in revision 000000000000")) {
		if text = strings.TrimSuffix(text, "\n"); line.MatchString(text) {
			lines = append(lines, text)
		}
	}
	return slices.Clip(lines)
}
