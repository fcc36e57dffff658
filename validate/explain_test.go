// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
)

var update = flag.Bool("update", false, "regenerate golden files")

// explained is a registry whose root, domain, app and templates each have their say.
func explained() map[string]string {
	head := func(kind, name, spec string) string {
		return "apiVersion: roster/v1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec:\n  " + strings.ReplaceAll(spec, "\n", "\n  ") + "\n"
	}
	return map[string]string{
		"roster.yaml":   head("Root", "acme", "include: [\"*/*.yaml\"]\npolicies: [house, watch]\nceiling: [\"orders/**:*\", \"keyvault/**:get\"]\ndeny: [\"orders/secret:*\"]"),
		"d/orders.yaml": head("Domain", "orders", "owner: group:leads\npolicies: [loose]\nceiling: [\"orders/**:read\", \"orders/a/*:write\"]\ndeny: [\"orders/both:*\"]"),
		"d/open.yaml":   head("Domain", "open", "owner: group:leads"),
		"p/house.yaml":  head("PolicyTemplate", "house", "mustNever: [\"orders/waived:*\"]\nlimits: {wildcards: 0}\nwaivers: {approvers: [\"group:security\"]}"),
		"p/watch.yaml":  head("PolicyTemplate", "watch", "mode: audit\nmustNever: [\"orders/watched:*\"]"),
		"p/loose.yaml":  head("PolicyTemplate", "loose", "match: {kinds: [Agent]}\nmustNever: [\"**:*\"]"),
		"p/strict.yaml": head("PolicyTemplate", "strict", "mustNever: [\"orders/never:*\"]"),
		"p/idle.yaml":   head("PolicyTemplate", "idle", "limits: {wildcards: 3}"),
		"a/checkout.yaml": head("App", "checkout", "domain: orders\nowner: group:team\nversion: v1\nidentity: {github: {repository: acme/checkout}}\npolicies: [house, strict]\nscopes:\n"+
			"  - orders/carts:read\n  - orders/carts:write\n  - orders/carts:read,write\n  - orders/secret:read\n  - orders/never:read\n  - orders/waived:read\n  - orders/watched:read\n  - orders/lifted:write\n  - orders/both:write\n  - msgraph/User:read"),
		"a/split.yaml": head("App", "split", "domain: open\nowner: group:team\nscopes: [\"orders/carts:read\"]\nenvironments: {prod: {version: v1}}"),
		"w/one.yaml":   head("Waiver", "one", "for: orders/checkout\npolicy: house\nrule: mustNever\nreason: need\napprovedBy: group:security\nuntil: 2026-02-28"),
		"w/two.yaml":   head("Waiver", "two", "for: orders/checkout\nscopes: [\"orders/lifted:write\", \"orders/both:write\"]\nreason: need\napprovedBy: group:leads\nuntil: 2026-02-28"),
	}
}

// outline writes an explanation a line for each step.
func outline(e validate.Explanation) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s, %s:%d, holds %v, as %s\n", e.Node, e.Owner, e.File, e.Line, e.Holds, e.Identities)
	for _, s := range e.Scopes {
		fmt.Fprintf(&b, "%s allowed %v\n", s.Scope, s.Allowed)
		for _, step := range s.Steps {
			fmt.Fprintf(&b, "  %s, %s:%d: %s %s\n", step.Level, step.File, step.Line, step.Outcome, step.Detail)
		}
	}
	for _, p := range e.Policies {
		fmt.Fprintf(&b, "%s of %s, %s, binds %v, objects %q, waived %q\n", p.Template, p.NamedBy, p.Mode, p.Binds, p.Objections, p.Waived)
	}
	return b.String()
}

// TestExplain shows what each level and each template says of each scope. A scope is
// allowed if and only if validate has nothing against it.
func TestExplain(t *testing.T) {
	t.Parallel()
	registry := load(t, explained())
	config := validate.Config{At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}
	findings, _ := validate.Registry(registry, config)
	var text strings.Builder
	for _, node := range []string{"orders/checkout", "open/split", "open/split@prod"} {
		e := validate.Explain(registry, registry.Node(node), config)
		text.WriteString(outline(e) + "\n")
		for _, scope := range e.Scopes {
			refused := slices.ContainsFunc(findings, func(f finding.Finding) bool {
				return f.Node == node && f.Severity == finding.Error && f.Rule != validate.RuleDanglingScope && strings.Contains(f.Message, fmt.Sprintf("needs %q", scope.Scope))
			})
			if scope.Allowed == refused {
				t.Errorf("%s of %s: allowed %v, and refused %v", scope.Scope, node, scope.Allowed, refused)
			}
		}
	}
	golden(t, "explain.txt", text.String())
}

// TestListPolicies lists templates with the places that name them and the nodes that
// they bind.
func TestListPolicies(t *testing.T) {
	t.Parallel()
	listed := func(registry *manifest.Registry) string {
		var lines []string
		for _, l := range validate.ListPolicies(registry).Templates {
			lines = append(lines, fmt.Sprintf("%s, %s, built in %v, %s, named by %q, %d nodes, %d rules", l.Name, l.File, l.BuiltIn, l.Mode, l.NamedBy, l.Nodes, len(l.Rules)))
		}
		return strings.Join(lines, "\n") + "\n"
	}
	registry, _ := read(t, explained())
	golden(t, "policies.txt", listed(registry)+"\nwithout a registry\n"+listed(nil))
}

// golden compares a text with a file below testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), text); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}
