// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/readers"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

// sarifSchemaText returns the schema of SARIF 2.1.0 as OASIS published it. A linter
// that the tools module pins carries a copy, so roster's own module needs none.
func sarifSchemaText(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "download", "-modfile=../tools/go.mod", "-json", "github.com/securego/gosec/v2").Output()
	if err != nil {
		t.Fatalf("find the module: %v: %s", err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(module.Dir, "report/sarif/testdata/sarif-schema-2.1.0.json"))
	if err != nil || !strings.Contains(string(text), "toolComponentReference") || !strings.Contains(string(text), sarifSchema) {
		t.Fatalf("no schema of SARIF 2.1.0 in %s: %v", module.Dir, err)
	}
	return string(text)
}

// TestSARIFMatchesItsSchema validates every SARIF output, and shows that the
// schema would have objected.
func TestSARIFMatchesItsSchema(t *testing.T) {
	t.Parallel()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(sarifSchemaText(t)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(sarifSchema, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(sarifSchema)
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string][]byte{}
	for _, s := range specimens() {
		if strings.HasPrefix(s.name, "findings") && s.name != "findings-colour" && s.name != "findings-many" {
			outputs[s.name] = s.bytes(t, formatSARIF, s.make(t))
			for _, text := range readers.Hostile() {
				spoilt := s.make(t)
				eachField(spoilt, func(f field) { f.set(text) })
				outputs[s.name+" with "+strconv.Quote(text)] = s.bytes(t, formatSARIF, spoilt)
			}
		}
	}
	outputs["too many"] = tooMany(t)
	for name, out := range outputs {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
		value.(map[string]any)["version"] = "2.0.0"
		if schema.Validate(value) == nil {
			t.Fatalf("%s is valid as version 2.0.0: nothing was checked", name)
		}
	}
}

// tooMany is a log of more findings than GitHub takes.
func tooMany(t *testing.T) []byte {
	t.Helper()
	list := make([]finding.Finding, maxResults+1)
	for i := range list {
		list[i] = finding.Finding{Rule: "expired", Severity: finding.Warning, File: "a.yaml", Line: i + 1, Column: 1, Message: "m"}
	}
	list[maxResults].Severity = finding.Error
	var b bytes.Buffer
	if err := Findings().Write(&b, formatSARIF, validate.Result{Findings: list}, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decodeSARIF(t *testing.T, out []byte) sarifRun {
	t.Helper()
	var log sarifLog
	if err := json.Unmarshal(out, &log); err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

// TestSARIFKeepsTheMostSevere shows that a log that was cut says so, and that
// no error is cut for a warning.
func TestSARIFKeepsTheMostSevere(t *testing.T) {
	t.Parallel()
	run := decodeSARIF(t, tooMany(t))
	if len(run.Results) != maxResults || run.Results[maxResults-1].Level != "error" {
		t.Errorf("%d results, the last of level %s", len(run.Results), run.Results[len(run.Results)-1].Level)
	}
	want := []sarifNotification{{Level: "warning", Message: sarifMessage{"this file has the 25000 most severe of 25001 findings; --format json has all"}}}
	if diff := cmp.Diff(want, run.Invocations[0].Notifications); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}

// TestRelativeURIs resolves what is written against a base, as a viewer does,
// and wants the file again.
func TestRelativeURIs(t *testing.T) {
	t.Parallel()
	base, err := url.Parse("https://example.com/repository/")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"roster.yaml", "apps/a b.yaml", "c:/x.yaml", "a%20b", "ü/日本.yaml", "q?a=b#c", "http:/x", "a//b", "apps/[x].yaml", `a\b`} {
		uri := relativeURI(file)
		reference, err := url.Parse(uri)
		if err != nil || reference.IsAbs() || reference.Host != "" {
			t.Errorf("relativeURI(%q) = %q, which is not relative: %v", file, uri, err)
			continue
		}
		if got, want := base.ResolveReference(reference).Path, "/repository/"+file; got != want {
			t.Errorf("relativeURI(%q) = %q, which leads to %q", file, uri, got)
		}
	}
}

// TestSARIFHoldsNoLinks makes sure that no message becomes a link in a viewer.
func TestSARIFHoldsNoLinks(t *testing.T) {
	t.Parallel()
	list := []finding.Finding{{Rule: "r", Severity: finding.Error, Message: "see [this](https://example.com)"}}
	if text := results(list, rulesOf(list), "")[0].Message.Text; strings.Contains(text, "](") {
		t.Errorf("message %q holds a link", text)
	}
	if got := location(list[0], "shop").Physical.File.URI; got != "shop/"+manifest.RootFile {
		t.Errorf("a finding of the registry stands at %q", got)
	}
}
