// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// files is a module with an operator of each form. Its test looks at most of them.
func files() map[string]string {
	return map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n",
		"sum/sum.go": `package sum

func Sum(list []int, most int) (total, left int) {
	for i := 0; i < len(list); i++ {
		total += list[i]
	}
	left = most - total*2
	return total, left
}

func Wide(n int, ok bool) bool { return n >= 10 && ok }

func Not(ok bool) int {
	if ok {
		return 1
	}
	return 2
}

func Unreached(n int) bool { return n == 3 }

func First(list []int) int {
	if len(list) == 0 {
		return 0
	}
	return list[0]
}
`,
		"sum/sum_test.go": `package sum

import "testing"

func TestSum(t *testing.T) {
	if total, left := Sum([]int{1, 2}, 10); total != 3 || left != 4 {
		t.Errorf("%d, %d", total, left)
	}
}

func TestWide(t *testing.T) {
	if !Wide(11, true) || Wide(9, true) || Wide(11, false) {
		t.Error("wide")
	}
}

func TestNot(t *testing.T) {
	if Not(true) != 1 {
		t.Error("not")
	}
}

func TestFirst(t *testing.T) {
	if First(nil) != 0 {
		t.Error("first")
	}
}
`,
		"internal/cli/cli_test.go": "package cli\n\nimport \"testing\"\n\nfunc TestPulls(*testing.T) {}\n",
	}
}

// TestMutate plants every mutant of a small module. It tells a failed test from a panic,
// and finds what no test sees.
func TestMutate(t *testing.T) {
	dir := t.TempDir()
	for name, text := range files() {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"--dir", dir, "--sample", "0", "-v", "sum"}, &stdout, &stderr); code != exitSurvived {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	got := map[string]string{}
	for _, m := range regexp.MustCompile(`sum\.go:\d+: (.*)\n +(killed|crashed|timed out|survived|not reached)`).FindAllStringSubmatch(stdout.String(), -1) {
		got[m[1]] = m[2]
	}
	for mutant, want := range map[string]string{
		"i < len(list) -> i <= len(list)":      "crashed",
		"i < len(list) -> i >= len(list)":      "killed",
		"i++ -> i--":                           "crashed",
		"total += list[i] -> total -= list[i]": "killed",
		"most - total * 2 -> most + total * 2": "killed",
		"total * 2 -> total / 2":               "killed",
		"n >= 10 && ok -> n >= 10 || ok":       "killed",
		"n >= 10 -> n > 10":                    "survived", // nobody asks for 10
		"n >= 10 -> n < 10":                    "killed",
		"ok -> !(ok)":                          "killed",
		"n == 3 -> n != 3":                     "not reached",
		"len(list) == 0 -> len(list) != 0":     "crashed",
	} {
		if got[mutant] != want {
			t.Errorf("%s is %q, want %q", mutant, got[mutant], want)
		}
	}
	if !strings.Contains(stdout.String(), "11 of 13") {
		t.Errorf("counts are missing:\n%s", stdout.String())
	}
}
