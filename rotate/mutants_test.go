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

// A mutant is a bug that is planted: a text of a file that is replaced.
type mutant struct {
	name, file, old, text string
}

func mutants() []mutant {
	return []mutant{
		{"revoke before the overlap is over", "steps.go", "w.Now().Before(w.rotation.Wait) {\n\t\treturn &Later", "w.Now().IsZero() {\n\t\treturn &Later"},
		{"promote before delivery", "steps.go", "case Verified:\n\t\treturn w.deliver(ctx)", "case Verified:\n\t\treturn w.advance(ctx, Delivered, false)"},
		{"deliver to the first sink only", "steps.go", "for _, place := range w.t.Sinks {", "for _, place := range w.t.Sinks[:1] {"},
		{"leave what is left over", "steps.go", "if !ours || k.ID == liveKey(w.credential) {", "if true || !ours {"},
		{"end by age instead of by marker", "steps.go", "ours := strings.HasPrefix(k.Marker, family(w.t)) ||", "ours := k.Created.Before(w.rotation.Started) || strings.HasPrefix(k.Marker, family(w.t)) ||"},
		{"end what is not marked", "steps.go", "if k.Marker != w.rotation.Marker || k.ID == liveKey(w.credential) ||", "if k.ID == liveKey(w.credential) ||"},
		{"make another beside what was made", "steps.go", "if k.Marker != w.rotation.Marker || k.ID", "if true || k.ID"},
		{"prove nothing", "steps.go", "const proofs = 3", "const proofs = 0"},
		{"skip the journal", "steps.go", "return w.advance(ctx, StagedUp, false)", "w.rotation.State = StagedUp\n\treturn nil"},
		{"forget the previous key", "steps.go", "w.credential.Previous = &previous", "_ = previous"},
		{"revoke without proving the new one again", "steps.go", "\t\tif err := w.prove(ctx, value); err != nil {\n\t\t\treturn err\n\t\t}\n\t\tif err := w.end", "\t\t_ = value\n\t\tif err := w.end"},
		{"do not forget the staged value", "steps.go", "if err := w.unstage(ctx, family(w.t)); err != nil {", "if err := error(nil); err != nil {"},
		{"write over another worker's", "record.go", "return errors.Join(err, errFenced)\n\t\t}", "}\n\t\tfor i := range changes {\n\t\t\tif d, err := w.read(ctx, changes[i].Document.ID); err == nil {\n\t\t\t\tchanges[i].IfMatch = d.ETag\n\t\t\t}\n\t\t}"},
		{"take a rotation that another one has", "worker.go", "case w.Holder != lease.Holder && now.Before(lease.Until):", "case false:"},
		{"do not look before a call", "worker.go", "if doc.ID == \"\" || doc.ETag != w.rotationETag {\n\t\treturn errFenced", "if true {\n\t\treturn nil"},
		{"do not wait for consumers", "marks.go", "if len(missing) == 0 || w.rotation.Unawaited", "if true || len(missing) == 0 || w.rotation.Unawaited"},
		{"ask for a failed operation for ever", "worker.go", "if _, later := errors.AsType[*Later](err); !later {", "if _, later := errors.AsType[*Later](err); !later && err == nil {"},
		{"forget what the provider is at", "steps.go", "r.Wait, r.For, r.Operation, r.Lease.Until = later.At, later.What, later.Operation, w.Now()", "r.Wait, r.For, r.Lease.Until = later.At, later.What, w.Now()"},
		{"lose an ask when its run ends", "worker.go", "\tw.credential.Asked = reason\n", ""},
		{"end a slot that is not proven", "steps.go", "case w.source.Shape() == Slots && served: // the provider shows the value again\n\tcase w.source.Shape() == Slots:\n\t\tw.rotation.Since = w.Now() // the slot is made anew; what it holds does not count\n", ""},
		{"forget keys that have no marker", "steps.go", "(k.Marker == w.rotation.Marker || w.same(k, w.rotation.Digest))", "k.Marker == w.rotation.Marker"},
		{"sweep what is live", "orphans.go", "case w.needed(k):", "case false:"},
		{"sweep while it is renewed", "orphans.go", "if w.rotationETag != \"\" || w.credential.Asked != \"\" {", "if false {"},
		{"one marker for every rotation of a generation", "documents.go", "family(t), generation, sum[:4])", "family(t), generation, sum[:0])"},
		{"end what a sink was given", "steps.go", " || slices.Contains(w.rotation.Leftover, k.ID) {\n\t\t\tcontinue", " {\n\t\t\tcontinue"},
		{"make anew what is served", "steps.go", "if k.ID == live.Key && k.Value.Reveal() != \"\" &&", "if false && k.ID == live.Key &&"},
		{"give up after the first failure", "worker.go", "const maxFailures = 5", "const maxFailures = 1"},
	}
}

// TestMutants plants each bug, and expects the other tests of the package to find
// it. make mutants runs it, with ROSTER_MUTANTS=all; another value is part of the names
// of those that are planted.
func TestMutants(t *testing.T) {
	t.Parallel()
	chosen := os.Getenv("ROSTER_MUTANTS")
	if chosen == "" {
		t.Skip("SKIPPED: make mutants runs it")
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	list := slices.DeleteFunc(mutants(), func(m mutant) bool { return chosen != "all" && !strings.Contains(m.name, chosen) })
	caught := 0
	for _, m := range list {
		path := filepath.Join(dir, m.file)
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), m.old) != 1 {
			t.Fatalf("%s: %s has its text %d times: %v", m.name, m.file, strings.Count(string(text), m.old), err)
		}
		changed, overlay := filepath.Join(t.TempDir(), m.file), filepath.Join(t.TempDir(), "overlay.json")
		replace, err := json.Marshal(map[string]map[string]string{"Replace": {path: changed}})
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{changed: bytes.Replace(text, []byte(m.old), []byte(m.text), 1), overlay: replace} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		found, out := planted(t, overlay)
		if found == "" {
			t.Errorf("%s: nobody finds it\n%s", m.name, out)
			continue
		}
		caught++
		t.Logf("%s: %s", m.name, found)
	}
	t.Logf("%d of %d planted bugs are found", caught, len(list))
}

// planted runs the other tests with a file that is another one, with few executions of
// the model first and many if they find nothing. It returns what a test said, and all
// that was said.
func planted(t *testing.T, overlay string) (found, out string) {
	t.Helper()
	for _, model := range []string{"1500", "100000"} {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-count=1", "-failfast", ".")
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
