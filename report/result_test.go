// SPDX-License-Identifier: Apache-2.0

package report

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/internal/doctor"
	"github.com/appofapps/roster/internal/provision"
	"github.com/appofapps/roster/manifest"
)

// TestEveryResultIsHeldInEveryFormat finds a result, or a format of one, that no
// specimen has: every function that returns a Result needs an entry here.
func TestEveryResultIsHeldInEveryFormat(t *testing.T) {
	t.Parallel()
	held := map[string]struct {
		formats   []string
		specimens []string
	}{
		"AccessDiff":   {AccessDiff().Formats(), []string{"accessdiff"}},
		"Diagnosis":    {Diagnosis().Formats(), []string{"diagnosis"}},
		"Explanation":  {Explanation().Formats(), []string{"explanation"}},
		"Failures":     {Failures().Formats(), []string{"failure"}},
		"Findings":     {Findings().Formats(), []string{"findings"}},
		"Graph":        {Graph(GraphOptions{}).Formats(), []string{"graph"}},
		"Log":          {Log().Formats(), []string{"log"}},
		"Plan":         {Plan().Formats(), []string{"plan"}},
		"PolicyList":   {PolicyList().Formats(), []string{"policylist"}},
		"PolicyTests":  {PolicyTests().Formats(), []string{"policytests"}},
		"Provision":    {Provision().Formats(), []string{"provision"}},
		"Reviews":      {Reviews(0).Formats(), []string{"findings", "review"}},
		"Rotation":     {Rotation().Formats(), []string{"rotation"}},
		"RotationPlan": {RotationPlan().Formats(), []string{"rotationplan"}},
		"Standing":     {Standing().Formats(), []string{"standing"}},
		"Sync":         {Sync().Formats(), []string{"sync"}},
		"Verification": {Verification().Formats(), []string{"verification"}},
		"Versions":     {Versions().Formats(), []string{"version"}},
	}
	for _, name := range resultFunctions(t) {
		result, known := held[name]
		if !known {
			t.Errorf("%s has no entry in this table", name)
			continue
		}
		delete(held, name)
		var formats []string
		for _, s := range specimens() {
			if slices.Contains(result.specimens, s.name) {
				formats = append(formats, s.formats...)
			}
		}
		for i, format := range result.formats {
			if !slices.Contains(formats, format) {
				t.Errorf("no specimen %v is written as %s", result.specimens, format)
			}
			if slices.Contains(result.formats[:i], format) {
				t.Errorf("%s has the format %s twice", name, format)
			}
		}
	}
	for name := range held {
		t.Errorf("%s does not exist any more", name)
	}
}

// resultFunctions returns the exported functions of the package that return a
// Result.
func resultFunctions(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, isFunction := d.(*ast.FuncDecl); isFunction && f.Recv == nil && f.Name.IsExported() && returnsResult(f) {
				names = append(names, f.Name.Name)
			}
		}
	}
	if len(names) < 15 {
		t.Fatalf("only %d functions were found", len(names))
	}
	return names
}

func returnsResult(f *ast.FuncDecl) bool {
	if f.Type.Results == nil {
		return false
	}
	generic, isGeneric := f.Type.Results.List[0].Type.(*ast.IndexExpr)
	if !isGeneric {
		return false
	}
	name, isName := generic.X.(*ast.Ident)
	return isName && name.Name == "Result"
}

func newDiagnosis() *doctor.Diagnosis {
	return &doctor.Diagnosis{
		APIVersion: manifest.APIVersion, Kind: doctor.Kind, Store: "cosmos:https://acme.documents.azure.com/registry", For: doctor.Sync,
		Checks: []doctor.Check{
			{Name: "identity", State: doctor.OK, Detail: "GitHub Actions"},
			{Name: "container orders", State: doctor.Lacking, Detail: "it is not there", Fix: "roster store init --writer OBJECT_ID"},
			{Name: "least privilege in roster", State: doctor.Excessive, Detail: "may items/delete", Fix: "roster store init --writer OBJECT_ID"},
		},
	}
}

func newProvisioned() *Provisioned {
	return &Provisioned{
		APIVersion: manifest.APIVersion, Kind: ProvisionKind, Store: "cosmos:https://acme.documents.azure.com/registry",
		Steps: []provision.Step{
			{Kind: "database", Name: "registry", State: provision.Present},
			{Kind: "container", Name: "orders", State: provision.Missing, Detail: "partition key /pk", Fix: "az cosmosdb sql container create"},
			{Kind: "role", Name: "sync", State: provision.Denied, Fix: "az cosmosdb sql role definition create"},
		},
	}
}

func formatDiagnosis(w io.Writer, format string, r any) error {
	return Diagnosis().Write(w, format, r.(*doctor.Diagnosis), TextOptions{})
}

func formatProvision(w io.Writer, format string, r any) error {
	return Provision().Write(w, format, *r.(*Provisioned), TextOptions{})
}

func writeVersion(w io.Writer, format string, r any) error {
	return Versions().Write(w, format, *r.(*Version), TextOptions{})
}
