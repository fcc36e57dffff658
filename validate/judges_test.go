// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/validate"
)

// A shopwindow is a registry whose parts a test changes.
type shopwindow struct {
	root, house, app, waiver string // specs; "" for no waiver
	name, labels             string // of the app
	domain                   string // more of the domain's spec
}

func window() shopwindow {
	return shopwindow{
		root: `include: ["*/*.yaml"], policies: [house], sinks: [{keyVault: live}]`, house: `mustNever: ["keyvault/**:get"], waivers: {approvers: ["group:security"]}`,
		app: `domain: orders, owner: "group:team", version: v1, scopes: ["keyvault/acme/db:get"]`, name: "till",
	}
}

func (w shopwindow) files() map[string]string {
	of := func(kind, name, labels, spec string) string {
		return "apiVersion: roster/v1\nkind: " + kind + "\nmetadata: {name: " + name + labels + "}\nspec: {" + spec + "}\n"
	}
	files := map[string]string{
		"roster.yaml":  of("Root", "acme", "", w.root),
		"d/o.yaml":     of("Domain", "orders", "", `owner: "group:leads"`+w.domain),
		"d/p.yaml":     of("Domain", "payments", "", `owner: "group:money"`),
		"p/house.yaml": of("PolicyTemplate", "house", "", w.house),
		"a/app.yaml":   of("App", w.name, w.labels, w.app),
		"a/pay.yaml":   of("App", "pay", "", `domain: payments, owner: "group:money", version: v1, scopes: [], provides: ["payments/ledger:read"]`),
	}
	if w.waiver != "" {
		files["w/w.yaml"] = of("Waiver", "w", "", w.waiver)
	}
	return files
}

// judged returns what the template house has against the change from one registry to
// another.
func judged(t *testing.T, base, head shopwindow) []string {
	t.Helper()
	findings, _ := validate.Registry(load(t, head.files()), validate.Config{
		Systems: wire.Systems(), At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		Base: &validate.Base{Registry: load(t, base.files())}, Change: policy.Change{Author: "user:ada"},
	})
	said := []string{}
	for _, f := range findings {
		if strings.Contains(f.Message, "(policy template house") && f.Severity == finding.Error {
			sentence, _, _ := strings.Cut(f.Message, " (policy template")
			said = append(said, f.Node+": "+sentence)
		}
	}
	return said
}

// TestTwoJudges: templates and waivers of the base and of the head both judge a change.
func TestTwoJudges(t *testing.T) {
	t.Parallel()
	const waiver = `for: orders/till, policy: house, reason: need, approvedBy: "group:security", until: 2026-12-31`
	const needs = `orders/till: orders/till needs "keyvault/acme/db:get", which it must never hold`
	const byBase = `orders/till: by the base: orders/till needs "keyvault/acme/db:get", which it must never hold`
	core := func(w *shopwindow) {
		w.labels, w.house = ", labels: {tier: core}", `match: {labels: {tier: core}}, `+w.house
	}
	for name, test := range map[string]struct {
		base, head func(*shopwindow) // nil: nothing is changed
		want       []string
	}{
		"nothing changes":                 {nil, nil, []string{needs}},
		"the template is no longer named": {nil, func(w *shopwindow) { w.root = strings.Replace(w.root, "[house]", "[]", 1) }, []string{byBase}},
		"the template permits more":       {nil, func(w *shopwindow) { w.house = `mustNever: ["keyvault/other/**:get"]` }, []string{byBase}},
		"the template permits less":       {func(w *shopwindow) { w.house = `mustNever: ["keyvault/other/**:get"]` }, nil, []string{needs}},
		"both forbid it, in other words":  {func(w *shopwindow) { w.house = `mustNever: ["keyvault/acme/**:get"]` }, nil, []string{byBase, needs}},
		"the template audits now":         {nil, func(w *shopwindow) { w.house = "mode: audit, " + w.house }, []string{byBase}},
		"a waiver comes":                  {nil, func(w *shopwindow) { w.waiver = waiver }, []string{needs}},
		"a waiver stays":                  {func(w *shopwindow) { w.waiver = waiver }, func(w *shopwindow) { w.waiver = waiver }, []string{}},
		"a waiver goes":                   {func(w *shopwindow) { w.waiver = waiver }, nil, []string{needs}},
		"a waiver is of the base alone":   {func(w *shopwindow) { w.waiver = waiver }, func(w *shopwindow) { w.house = `mustNever: ["keyvault/**:*"]` }, []string{needs}},
		"a waiver and a changed template": {func(w *shopwindow) { w.waiver = waiver }, func(w *shopwindow) {
			w.waiver, w.house = waiver, `mustNever: ["keyvault/**:*"], waivers: {approvers: ["group:security"]}`
		}, []string{}},
		"a new waiver and a looser template": {nil, func(w *shopwindow) {
			w.waiver, w.house = waiver, `mustNever: ["keyvault/o/**:*"], waivers: {approvers: ["group:security"]}`
		}, []string{byBase}},
		"a label that bound is dropped": {core, func(w *shopwindow) { core(w); w.labels = "" }, []string{byBase}},
		"a label that binds comes":      {func(w *shopwindow) { core(w); w.labels = "" }, core, []string{needs}},
		"a label that binds nothing":    {func(w *shopwindow) { core(w); w.labels = "" }, func(w *shopwindow) { core(w); w.labels = ", labels: {tier: edge}" }, []string{}},
		"the app is renamed": {
			func(w *shopwindow) { w.waiver = waiver },
			func(w *shopwindow) {
				w.name, w.labels, w.waiver = "checkout", ", previously: orders/till", strings.Replace(waiver, "orders/till", "orders/checkout", 1)
			},
			[]string{},
		},
		"the app is new, in a domain whose template goes": {
			func(w *shopwindow) {
				w.name, w.root, w.domain = "other", strings.Replace(w.root, "[house]", "[]", 1), ", policies: [house]"
			},
			func(w *shopwindow) { w.root = strings.Replace(w.root, "[house]", "[]", 1) },
			[]string{byBase},
		},
		"the app is new, with a waiver": {
			func(w *shopwindow) { w.name = "other" },
			func(w *shopwindow) { w.waiver = waiver },
			[]string{needs},
		},
	} {
		base, head := window(), window()
		if test.base != nil {
			test.base(&base)
		}
		if test.head != nil {
			test.head(&head)
		}
		if d := cmp.Diff(test.want, judged(t, base, head)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestRulesAboutAChange: a rule reads what a change gives a node, and whose it is.
func TestRulesAboutAChange(t *testing.T) {
	t.Parallel()
	rule := func(expression string) string { return fmt.Sprintf("rules: [{name: r, expression: %q}]", expression) }
	scopes := func(list string) string { return strings.Replace(window().app, `"keyvault/acme/db:get"`, list, 1) }
	gains := map[string]struct{ before, after, targets string }{
		"nothing":       {scopes(""), scopes(""), ""},
		"fewer scopes":  {scopes(`"payments/ledger:read"`), scopes(""), ""},
		"a scope":       {scopes(""), scopes(`"payments/ledger:read"`), "group:money"},
		"a provider's":  {scopes(""), scopes(`"keyvault/acme/db:get"`), "unowned"},
		"of two owners": {scopes(""), scopes(`"payments/ledger:read", "orders/carts:read"`), "group:leads, group:money"},
		"a delivery": {
			scopes(`"payments/ledger:read"`) + `, credentials: [{name: c, type: self-issued-token, sinks: [{keyVault: live, secret: a}]}]`,
			scopes(`"payments/ledger:read"`) + `, credentials: [{name: c, type: self-issued-token, sinks: [{keyVault: live, secret: b}]}]`, "group:money",
		},
	}
	for _, name := range slices.Sorted(maps.Keys(gains)) {
		gain := gains[name]
		for _, ask := range []struct {
			expression string
			holds      bool
		}{
			{"change.widens", gain.targets != ""},
			{"!change.widens", gain.targets == ""},
			{"change.author == 'user:ada' && !change.bot", true},
			{"change.targets.size() == 0", gain.targets == ""},
			{"change.targets == [" + quoted(gain.targets) + "]", true},
		} {
			base, head := window(), window()
			base.app, head.app = gain.before, gain.after
			base.house, head.house = rule(ask.expression), rule(ask.expression)
			about := slices.DeleteFunc(judged(t, base, head), func(s string) bool { return !strings.HasPrefix(s, "orders/till") })
			if (len(about) == 0) != ask.holds {
				t.Errorf("%s: %q holds is %v: %q", name, ask.expression, !ask.holds, about)
			}
		}
	}
}

func quoted(list string) string {
	if list == "" {
		return ""
	}
	return "'" + strings.ReplaceAll(list, ", ", "', '") + "'"
}
