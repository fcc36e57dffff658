// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // holds the schema that sarifSchemaText reads
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/readers"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

// sarifSchemaText returns the schema of SARIF 2.1.0 as OASIS published it, from
// the source of a module that carries it as a constant.
func sarifSchemaText(t *testing.T) string {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatalf("find the module: %v", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == "schema" {
			text, err = strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		}
		return true
	})
	if err != nil || !strings.Contains(text, "toolComponentReference") {
		t.Fatalf("no schema in %s: %v", dir, err)
	}
	return text
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
	if err := Findings(&b, formatSARIF, validate.Result{Findings: list}, TextOptions{}); err != nil {
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
	want := []sarifNotification{{Level: "warning", Message: sarifMessage{"25000 of 25001 findings are in this file, the most severe; --format json has all"}}}
	if diff := cmp.Diff(want, run.Invocations[0].Notifications); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
}

// TestFingerprintsOutliveShiftedLines moves every finding down, and the lines
// that messages name, and wants the same fingerprints: one for each finding.
func TestFingerprintsOutliveShiftedLines(t *testing.T) {
	t.Parallel()
	before := newFindings().Findings
	before = append(before, before[1]) // the same once more, at another line
	before[len(before)-1].Line += 2
	before = finding.Sort(before)
	var after []finding.Finding
	for _, f := range before {
		if f.Line > 0 {
			f.Line += 40
		}
		f.Message = strings.ReplaceAll(f.Message, "roster.yaml:6", "roster.yaml:1234")
		after = append(after, f)
	}
	was, is := fingerprints(before), fingerprints(after)
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("fingerprints (-before +after):\n%s", diff)
	}
	seen := map[string]bool{}
	for _, f := range was {
		if seen[f] {
			t.Errorf("two findings have the fingerprint %s", f)
		}
		seen[f] = true
	}
	after[0].Message += "!"
	if cmp.Equal(was, fingerprints(after)) {
		t.Error("another message has the same fingerprint")
	}
}

func fingerprints(list []finding.Finding) []string {
	var all []string
	for _, r := range results(list, rulesOf(list), "") {
		all = append(all, r.Fingerprints[fingerprintName])
	}
	return all
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
