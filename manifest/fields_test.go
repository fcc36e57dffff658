// SPDX-License-Identifier: Apache-2.0

package manifest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestEveryFieldHasAClass fails for a field of the format without a class or
// with an unknown one. Give the field a class tag in kinds.go.
func TestEveryFieldHasAClass(t *testing.T) {
	t.Parallel()
	for _, row := range kindTable() {
		value, _ := row.make("")
		w := fieldWalk{kind: row.kind}
		w.structure("", reflect.TypeFor[envelope]())
		w.structure("", reflect.TypeOf(value).Elem())
		for _, fault := range w.faults {
			t.Error(fault)
		}
		paths := map[string]bool{}
		for _, f := range w.fields {
			if paths[f.Path] {
				t.Errorf("%s has the field %s twice", row.kind, f.Path)
			}
			paths[f.Path] = true
		}
	}
}

// TestForgottenClassIsFound shows that the walk finds each mistake, at any depth.
func TestForgottenClassIsFound(t *testing.T) {
	t.Parallel()
	type inner struct {
		Good      String `manifest:"good" class:"limit"`
		Forgotten Int    `manifest:"forgotten"`
	}
	type scratch struct {
		File    string
		Flat    Strings `manifest:"flat"`
		Unknown Map     `manifest:"unknown" class:"secret"`
		List    []inner `manifest:"list"`
		Pointer *inner  `manifest:"pointer"`
		Twice   inner   `manifest:"twice" class:"limit"`
		Other   Int     `manifest:"other" only:"Agent"`
	}
	w := fieldWalk{kind: KindApp}
	w.structure("spec", reflect.TypeFor[scratch]())
	want := []string{
		"field spec.flat has no class (kind App)",
		`field spec.unknown has the unknown class "secret" (kind App)`,
		"field spec.list[].forgotten has no class (kind App)",
		"field spec.pointer.forgotten has no class (kind App)",
		`field spec.twice has class "limit", and so have fields below it (kind App)`,
	}
	if !slices.Equal(w.faults, want) {
		t.Errorf("faults\n%s\nwant\n%s", strings.Join(w.faults, "\n"), strings.Join(want, "\n"))
	}
	fields := []Field{
		{KindApp, "spec.list[].good", ClassLimit},
		{KindApp, "spec.pointer.good", ClassLimit},
	}
	if !slices.Equal(w.fields, fields) {
		t.Errorf("fields %v, want %v", w.fields, fields)
	}
}

// TestEveryKindIsResolved adds one manifest of each kind: the registry keeps it,
// and lists it among those that judge if its kind does.
func TestEveryKindIsResolved(t *testing.T) {
	t.Parallel()
	if faults := unresolved(kindTable()); len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
	if !Kind("").Judges() || KindApp.Judges() || KindAgent.Judges() || !KindDomain.Judges() {
		t.Error("Judges is wrong for unknown, App, Agent or Domain")
	}
}

// TestForgottenKindIsFound adds kinds that only the table knows.
func TestForgottenKindIsFound(t *testing.T) {
	t.Parallel()
	type review struct{ Meta Metadata }
	planted := func(string) (any, *String) { v := &review{}; return v, &v.Meta.Name }
	got := unresolved([]kindRow{{"Review", true, planted}, {"Note", false, planted}})
	want := []string{
		"kind Review: manifest: no list of the registry for *manifest.review",
		"kind Review judges, and Registry.Judging does not list it",
		"kind Note: manifest: no list of the registry for *manifest.review",
	}
	if !slices.Equal(got, want) {
		t.Errorf("faults %q, want %q", got, want)
	}
}

// unresolved returns what the registry lacks of some kinds.
func unresolved(table []kindRow) []string {
	var faults []string
	for _, row := range table {
		value, name := row.make("a.yaml")
		*name = String{Value: "a", Pos: Pos{1, 1}}
		root, isRoot := value.(*Root)
		if !isRoot {
			root = &Root{}
		}
		r := &resolver{registry: &Registry{Root: root}}
		func() {
			defer func() {
				if p := recover(); p != nil {
					faults = append(faults, fmt.Sprintf("kind %s: %v", row.kind, p))
				}
			}()
			r.add(loaded{value: value})
		}()
		listed := slices.ContainsFunc(r.registry.Judging(), func(d Declaration) bool { return d.Kind == row.kind && d.Name == "a" })
		switch {
		case row.judge && !listed:
			faults = append(faults, fmt.Sprintf("kind %s judges, and Registry.Judging does not list it", row.kind))
		case !row.judge && listed:
			faults = append(faults, fmt.Sprintf("kind %s does not judge, and Registry.Judging lists it", row.kind))
		}
	}
	return faults
}
