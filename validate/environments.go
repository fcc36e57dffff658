// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"fmt"
	"slices"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
)

// checkEnvironments objects to environments that the root does not list. If it lists
// none, a second name for one stage is a warning: templates that match environments by
// name do not bind it.
func checkEnvironments(v *validator) {
	used := map[string][]*manifest.Node{}
	for _, n := range v.registry.Nodes {
		if n.Environment != nil {
			used[n.Environment.Name.Value] = append(used[n.Environment.Name.Value], n)
		}
	}
	listed := v.registry.Root.Spec.Environments
	if listed == nil {
		checkStages(v, used)
		return
	}
	allowed := slices.Sorted(slices.Values(listed.Values()))
	for name, nodes := range used {
		if listed.Contains(name) {
			continue
		}
		hint := "add it to environments in " + v.registry.Root.File + ", or correct it"
		if meant := finding.Nearest(name, allowed); meant != "" {
			hint = "did you mean " + meant + "?"
		} else if meant := sameStage(name, allowed); meant != "" {
			hint = "did you mean " + meant + "?"
		}
		for _, n := range nodes {
			v.object(n.App.File, n.Environment.Name.Pos, finding.Finding{
				Rule: RuleUnknownEnvironment, Node: n.Path,
				Message: "environment " + finding.Quote(name) + " is not one of the registry's", Allowed: allowed, Hint: hint,
			})
		}
	}
}

// stages are the names that people use for one and the same stage, the most usual first.
func stages() [][]string {
	return [][]string{
		{"prod", "production", "prd"},
		{"staging", "stage", "stg"},
		{"dev", "development", "develop"},
		{"test", "testing", "tst"},
		{"integration", "int"},
		{"acceptance", "acc"},
		{"sandbox", "sbx"},
	}
}

// sameStage returns a name of a list that is used for the same stage as another, "" if
// there is none.
func sameStage(name string, list []string) string {
	for _, stage := range stages() {
		if slices.Contains(stage, name) {
			for _, other := range list {
				if other != name && slices.Contains(stage, other) {
					return other
				}
			}
		}
	}
	return ""
}

// checkStages warns once about every name of a stage but the one that most nodes have.
func checkStages(v *validator, used map[string][]*manifest.Node) {
	for _, stage := range stages() {
		names := slices.DeleteFunc(slices.Clone(stage), func(name string) bool { return len(used[name]) == 0 })
		if len(names) < 2 {
			continue
		}
		slices.SortStableFunc(names, func(a, b string) int { return len(used[b]) - len(used[a]) })
		for _, name := range names[1:] {
			n := used[name][0]
			v.object(n.App.File, n.Environment.Name.Pos, finding.Finding{
				Rule: RuleSimilarEnvironment, Severity: finding.Warning, Node: n.Path,
				Message: fmt.Sprintf("environment %s of %s is most likely what others call %s", finding.Quote(name), n.Path, finding.Quote(names[0])),
				Hint:    "use one name, and list the names under environments in " + v.registry.Root.File,
			})
		}
	}
}
