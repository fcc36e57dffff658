// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/test/examples"
)

const readmePage = "../../README.md"

// TestReadme runs the consoles that the README shows, from the repository's root
// with an empty folder in place of "registry" and a pull request in place of
// "change", and compares what is printed.
func TestReadme(t *testing.T) {
	content, err := os.ReadFile(readmePage)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	dir := t.TempDir() + "/registry"
	pull := pullRequest(t)
	page := string(content)
	list := examples.Blocks(page)
	consoles := 0
	for _, b := range slices.Backward(list) { // from the end, so that offsets stay right
		if b.Info == "console" {
			consoles++
			got := console(t, b.Text, map[string]string{"registry": dir, "change": pull})
			if !*update && got != b.Text {
				t.Errorf("the README shows other output (-README +roster):\n%s", cmp.Diff(b.Text, got))
			}
			page = page[:b.Begin] + got + page[b.End:]
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
func console(t *testing.T, text string, folders map[string]string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(text) {
		command, found := strings.CutPrefix(line, "$ roster ")
		if !found {
			continue
		}
		args := strings.Fields(command)
		for i, arg := range args {
			if folder, known := folders[arg]; known {
				args[i] = folder
			}
		}
		stdout, _, _ := run(t, "", args...)
		for name, folder := range folders {
			stdout = strings.ReplaceAll(stdout, folder, name)
		}
		b.WriteString(line + strings.Trim(stdout, "\n") + "\n")
	}
	return b.String()
}

// pullRequest lays out the example registry with a change that asks for more.
func pullRequest(t *testing.T) string {
	t.Helper()
	base := map[string]string{}
	err := fs.WalkDir(os.DirFS("examples/shop"), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return err
		}
		text, err := os.ReadFile(filepath.Join("examples/shop", name))
		base[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	head := maps.Clone(base)
	for name, edit := range map[string][2]string{
		"apps/orders/checkout.yaml": {"acme/checkout, environment: prod", "acme/checkout"},
		"domains/orders.yaml":       {`"payments/refunds:write"`, `"payments/**:write"`},
	} {
		head[name] = strings.Replace(base[name], edit[0], edit[1], 1)
		if head[name] == base[name] {
			t.Fatalf("%s does not have %s", name, edit[0])
		}
	}
	return change(t, base, head)
}
