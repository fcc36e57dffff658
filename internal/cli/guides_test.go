// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGuidesNameWhatThereIs holds every command that a guide shows against the
// command line: the command is there, and so is each of its flags.
func TestGuidesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)^ *(?:\$ )?roster ((?:[^\n]*\\\n)*[^\n]*)$`)
	flag := regexp.MustCompile(`--[a-z-]+`)
	commands := 0
	for _, page := range append(pages, readmePage) {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllStringSubmatch(string(content), -1) {
			commands++
			line, _, _ := strings.Cut(strings.ReplaceAll(m[1], "\\\n", " "), "#")
			var words []string
			for word := range strings.FieldsSeq(line) {
				if !regexp.MustCompile(`^[a-z]+$`).MatchString(word) || word == "registry" {
					break
				}
				words = append(words, word)
			}
			help, stderr, code := run(t, "", append(words, "--help")...)
			if code != 0 {
				t.Errorf("%s: roster %s: %s", page, line, stderr)
			}
			for _, name := range flag.FindAllString(line, -1) {
				if !strings.Contains(help, name+" ") {
					t.Errorf("%s: roster %s: there is no flag %s", page, line, name)
				}
			}
		}
	}
	if commands < 25 {
		t.Errorf("only %d commands", commands)
	}
}

// TestTroubleshootingQuotesWhatIsSaid holds every message that the page explains
// against the source: each part between … stands in it.
func TestTroubleshootingQuotesWhatIsSaid(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	source := sourceText(t)
	messages := regexp.MustCompile("(?m)^### `(.*)`$").FindAllStringSubmatch(string(page), -1)
	for _, m := range messages {
		for part := range strings.SplitSeq(m[1], "…") {
			for piece := range strings.SplitSeq(part, ": ") {
				if piece = strings.Trim(piece, " ,;"); len(piece) > 3 && !strings.Contains(source, piece) {
					t.Errorf("%q: nobody says %q", m[1], piece)
				}
			}
		}
	}
	if len(messages) < 15 {
		t.Errorf("only %d messages", len(messages))
	}
}

// sourceText is the text of everything that can say something, in which a string
// that is written in two lines is one.
func sourceText(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{"node_modules", "testdata", "docs", "test", ".git"}, entry.Name()) {
			return fs.SkipDir
		}
		if entry.IsDir() || strings.HasSuffix(path, "_test.go") || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".sh") {
			return nil
		}
		content, err := os.ReadFile(path)
		all.Write(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`"\+\s*"`).ReplaceAllString(strings.ReplaceAll(all.String(), `" +`, `"+`), "")
}
