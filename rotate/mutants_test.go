// SPDX-License-Identifier: Apache-2.0

package rotate_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// mutants are the bugs that are planted. Each names a function of the package and
// what it forgets there: a call, a condition, a field. No source text and no place
// is named, so that they stay what they are when the code moves.
func mutants() []mutant {
	return []mutant{
		{"revoke before the overlap is over", never("revoke", "Before")},
		{"deliver nothing", skip("deliver", "guarded")},
		{"deliver to the first sink only", firstOnly("deliver")},
		{"leave what is left over", skip("clean", "revokeAll")},
		{"revoke other credentials' keys", always("leftover", "HasPrefix")},
		{"revoke keys without a marker", always("unstaged", "Marker")},
		{"create another key beside the one that was created", skip("createAndStage", "revokeAll")},
		{"prove nothing", constant("proofs", "0")},
		{"skip the journal", skip("advance", "write")},
		{"forget the previous key", forget("promote", "Previous")},
		{"revoke without proving the new key again", skip("revoke", "prove")},
		{"keep the staged value", skip("clean", "remove")},
		{"write over another worker's document", blind("commit")},
		{"believe what was read before the rotation", always("load", "agree")},
		{"take a rotation that another worker holds", never("acquire", "Before")},
		{"do not check the lease before a call", skip("guarded", "guard")},
		{"do not wait for consumers", skip("revoke", "acknowledged")},
		{"ask for a failed operation for ever", forget("guarded", "Operation")},
		{"forget the operation of the provider", forget("wait", "Operation")},
		{"lose a request when its run ends", forget("supersede", "Requested")},
		{"trust a key of two that failed its proof", never("restart", "DualKey")},
		{"forget keys that have no marker", never("made", "hasValue")},
		{"sweep the live key", never("inventory", "needed")},
		{"sweep while a rotation is in progress", never("Sweep", "inProgress")},
		{"one marker for every rotation of a generation", emptySlice("marker", "sum")},
		{"revoke a key that a sink was given", never("unstaged", "Leftover")},
		{"regenerate the key that is served", skip("createAndStage", "recognise")},
		{"give up after the first failure", constant("maxFailures", "1")},
	}
}

// TestMutants plants each bug, and expects the other tests of the package to find
// it. make mutants runs it, with ROSTER_MUTANTS=all; another value is part of the
// names of those that are planted.
func TestMutants(t *testing.T) {
	t.Parallel()
	chosen := os.Getenv("ROSTER_MUTANTS")
	if chosen == "" {
		t.Skip("SKIPPED: make mutants runs it")
	}
	list := slices.DeleteFunc(mutants(), func(m mutant) bool { return chosen != "all" && !strings.Contains(m.name, chosen) })
	caught := 0
	for _, m := range list {
		found, out := planted(t, overlay(t, m))
		if found == "" {
			t.Errorf("%s: nobody finds it\n%s", m.name, out)
			continue
		}
		caught++
		t.Logf("%s: %s", m.name, found)
	}
	t.Logf("%d of %d planted bugs are found", caught, len(list))
}

// TestMutantsCanBePlanted finds the place of every bug: exactly one each.
func TestMutantsCanBePlanted(t *testing.T) {
	t.Parallel()
	for _, m := range mutants() {
		if _, _, err := m.plant("."); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

// overlay writes the file of a bug, and what tells the compiler to take it.
func overlay(t *testing.T, m mutant) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	file, text, err := m.plant(".")
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	changed, overlay := filepath.Join(t.TempDir(), file), filepath.Join(t.TempDir(), "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(dir, file): changed}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{changed: text, overlay: replace} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}

// planted runs the other tests with a file that is another one, with few executions
// of the model first and many if they find nothing. It returns what a test said, and
// all that was said.
func planted(t *testing.T, overlay string) (found, out string) {
	t.Helper()
	for _, model := range []string{"1500", "100000"} {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-count=1", "-timeout=40m", "-failfast", ".")
		cmd.Env = append(os.Environ(), "ROSTER_MUTANTS=", "ROSTER_MODEL="+model)
		text, err := cmd.CombinedOutput()
		if bytes.Contains(text, []byte("[build failed]")) {
			t.Fatalf("it does not build\n%s", text)
		}
		said := regexp.MustCompile(`(?m)^--- FAIL: .*\n +\w+_test\.go:\d+: (.*(?:\n.*)?)`).FindSubmatch(text)
		if err != nil && said != nil {
			return string(bytes.TrimSpace(said[1])), ""
		}
		out = string(text)
	}
	return "", out
}
