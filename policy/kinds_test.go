// SPDX-License-Identifier: Apache-2.0

package policy

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/manifest"
)

// TestRuleKindsAreComplete fails for a row of the table that lacks something.
func TestRuleKindsAreComplete(t *testing.T) {
	t.Parallel()
	for _, fault := range faultsOf(RuleKinds()) {
		t.Error(fault)
	}
}

// TestForgottenPartOfARuleKindIsFound adds a kind of which everything is
// forgotten, and one that is there already.
func TestForgottenPartOfARuleKindIsFound(t *testing.T) {
	t.Parallel()
	planted := append(RuleKinds(), RuleKind{Name: "limits.planted", Waivable: true}, mustNeverKind())
	want := []string{
		"limits.planted states no field", "limits.planted has no names", "limits.planted has no judge", "limits.planted has no compare",
		"mustNever is there twice",
	}
	if got := faultsOf(planted); !slices.Equal(got, want) {
		t.Errorf("faults %q, want %q", got, want)
	}
	if waiverPattern(planted[:len(planted)-1]) == waiverPattern(RuleKinds()) {
		t.Error("a waivable kind more, and the same pattern")
	}
}

func faultsOf(kinds []RuleKind) []string {
	var faults []string
	seen := map[string]bool{}
	for _, k := range kinds {
		for _, part := range []struct {
			missing bool
			text    string
		}{
			{seen[k.Name], "is there twice"},
			{len(k.Fields) == 0, "states no field"},
			{k.names == nil, "has no names"},
			{k.judge == nil, "has no judge"},
			{k.compare == nil, "has no compare"},
		} {
			if part.missing {
				faults = append(faults, k.Name+" "+part.text)
			}
		}
		seen[k.Name] = true
	}
	return faults
}

// TestRuleKindsCoverTheSpec holds the table against the fields of the format that
// state a rule: those of limits, trust and rules, and those beside them.
func TestRuleKindsCoverTheSpec(t *testing.T) {
	t.Parallel()
	var want, got []string
	for _, f := range manifest.Fields() {
		rule := !strings.HasPrefix(f.Path, "spec.waivers.") && f.Path != "spec.mode"
		if f.Kind == manifest.KindPolicyTemplate && f.Class == manifest.ClassLimit && rule {
			want = append(want, f.Path)
		}
	}
	for _, k := range RuleKinds() {
		got = append(got, k.Fields...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the kinds of rules state\n%q, the format has\n%q", got, want)
	}
}

// TestWaiverSchemaNamesRuleKinds holds what the schema of waivers accepts as a
// rule against the kinds that can be waived.
func TestWaiverSchemaNamesRuleKinds(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../schema/v1/waiver.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var waiver struct {
		Definitions map[string]struct {
			Pattern string `json:"pattern"`
		} `json:"definitions"`
	}
	if err := json.Unmarshal(text, &waiver); err != nil {
		t.Fatal(err)
	}
	if got, want := waiver.Definitions["ruleOfTemplate"].Pattern, waiverPattern(RuleKinds()); got != want {
		t.Errorf("the schema of waivers accepts the rules\n%s, want\n%s", got, want)
	}
}

const expressionName = "[a-z0-9]+(-+[a-z0-9]+)*"

// waiverPattern accepts the name of a CEL rule and of each kind that can be
// waived, grouped by what stands before the dot.
func waiverPattern(kinds []RuleKind) string {
	isName := regexp.MustCompile("^" + expressionName + "$")
	groups := map[string][]string{}
	var order []string
	for _, k := range kinds {
		if !k.Waivable || isName.MatchString(k.Name) {
			continue
		}
		group, name, _ := strings.Cut(k.Name, ".")
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], name)
	}
	pattern := []string{expressionName}
	for _, group := range order {
		names := groups[group]
		slices.Sort(names)
		if text := strings.Join(names, "|"); text != "" {
			group += "[.](" + text + ")"
		}
		pattern = append(pattern, group)
	}
	return "^(" + strings.Join(pattern, "|") + ")$"
}

// TestKindOf finds every kind by its name; any other name is that of an expression.
func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, kind := range RuleKinds() {
		if got := kindOf(kind.Name).Name; got != kind.Name {
			t.Errorf("%s is taken for %s", kind.Name, got)
		}
	}
	if got := kindOf("mine").Name; got != expressionKind().Name {
		t.Errorf("an expression is taken for %s", got)
	}
}
