// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const readmePage = "../../README.md"

// TestReadme runs the consoles that the README shows, from the repository's root
// with an empty folder in place of "registry", and compares what is printed.
func TestReadme(t *testing.T) {
	content, err := os.ReadFile(readmePage)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	dir := t.TempDir() + "/registry"
	page := string(content)
	list := blocks(page)
	consoles := 0
	for _, b := range slices.Backward(list) { // from the end, so that offsets stay right
		if b.info == "console" {
			consoles++
			got := console(t, b.text, dir)
			if !*update && got != b.text {
				t.Errorf("the README shows other output (-README +roster):\n%s", cmp.Diff(b.text, got))
			}
			page = page[:b.begin] + got + page[b.end:]
		}
	}
	if consoles < 2 {
		t.Errorf("%d consoles found", consoles)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// console runs the commands of a console and returns it with their outputs.
func console(t *testing.T, text, dir string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(text) {
		command, found := strings.CutPrefix(line, "$ roster ")
		if !found {
			continue
		}
		args := strings.Fields(command)
		for i, arg := range args {
			if arg == "registry" {
				args[i] = dir
			}
		}
		stdout, _, _ := run(t, "", args...)
		b.WriteString(line + strings.ReplaceAll(strings.Trim(stdout, "\n"), dir, "registry") + "\n")
	}
	return b.String()
}
