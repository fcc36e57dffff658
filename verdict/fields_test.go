// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/manifest"
)

// TestEveryFieldIsCompared fails for a field that something can be gained by and
// that no step compares. Add it to a step of fields.go, or to pendingSteps.
func TestEveryFieldIsCompared(t *testing.T) {
	t.Parallel()
	for _, fault := range faultsOf(manifest.Fields(), steps()) {
		t.Error(fault)
	}
}

// TestForgottenFieldIsFound plants fields and steps, and sees what fails.
func TestForgottenFieldIsFound(t *testing.T) {
	t.Parallel()
	fields := append(manifest.Fields(),
		manifest.Field{Kind: manifest.KindWaiver, Path: "spec.planted", Class: manifest.ClassLimit},
		manifest.Field{Kind: "Review", Path: "spec.owner", Class: manifest.ClassControl},
		manifest.Field{Kind: "Review", Path: "spec.note", Class: manifest.ClassDescriptive},
	)
	planted := append(steps(),
		step{nil, []fieldSet{of(manifest.ClassLimit, manifest.KindRoot, "spec.store", "spec.gone")}},
		step{nil, []fieldSet{of(manifest.ClassDescriptive, manifest.KindAgent, "spec.version")}},
	)
	want := []string{
		"Root spec.store is of class control, and a step has it under limit",
		"Root spec.store is in 2 steps, want 1",
		"Agent spec.version is descriptive, and a step compares it",
		"Waiver spec.planted (limit) is in no step: nothing compares it",
		"Review spec.owner (control) is in no step: nothing compares it",
		"Root spec.gone is in a step, and is no field",
	}
	if got := faultsOf(fields, planted); !slices.Equal(got, want) {
		t.Errorf("faults\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// faultsOf returns what is wrong with steps for some fields.
func faultsOf(fields []manifest.Field, steps []step) []string {
	type key struct {
		kind manifest.Kind
		path string
	}
	classes := map[key][]manifest.Class{}
	var order []key
	for _, s := range steps {
		for _, set := range s.fields {
			for _, kind := range set.kinds {
				for _, path := range set.paths {
					k := key{kind, path}
					classes[k] = append(classes[k], set.class)
					order = append(order, k)
				}
			}
		}
	}
	var faults []string
	fault := func(f manifest.Field, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s %s "+format, append([]any{f.Kind, f.Path}, args...)...))
	}
	for _, f := range fields {
		given := classes[key{f.Kind, f.Path}]
		delete(classes, key{f.Kind, f.Path})
		if f.Class == manifest.ClassDescriptive {
			if len(given) > 0 {
				fault(f, "is descriptive, and a step compares it")
			}
			continue
		}
		for _, class := range given {
			if class != f.Class {
				fault(f, "is of class %s, and a step has it under %s", f.Class, class)
			}
		}
		switch len(given) {
		case 0:
			fault(f, "(%s) is in no step: nothing compares it", f.Class)
		case 1:
		default:
			fault(f, "is in %d steps, want 1", len(given))
		}
	}
	for _, k := range order {
		if _, left := classes[k]; left {
			faults = append(faults, fmt.Sprintf("%s %s is in a step, and is no field", k.kind, k.path))
			delete(classes, k)
		}
	}
	return faults
}
