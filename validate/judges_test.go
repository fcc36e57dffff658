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
	"github.com/appofapps/roster/manifest"
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
		"a label that bound is dropped with the name": {
			func(w *shopwindow) { core(w); w.name = "other" }, func(w *shopwindow) { core(w); w.labels = "" }, []string{byBase},
		},
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

// TestSameRepositoryByIds: a new app that is the workflow of a repository with the same
// ids is bound as the other is, whatever the repository is called.
func TestSameRepositoryByIds(t *testing.T) {
	t.Parallel()
	app := func(name, labels, repository string) string {
		return "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + labels + "}\nspec: {domain: payments, owner: \"group:money\", version: v1, scopes: [\"keyvault/acme/db:get\"], identity: {github: {repository: " + repository + "}}}\n"
	}
	for repository, want := range map[string]int{"acme@1/two@2": 1, "acme@1/two@3": 0, "acme/two": 0, "acme/one": 1} {
		base, head := window().files(), window().files()
		for _, files := range []map[string]string{base, head} {
			files["p/house.yaml"] = strings.Replace(files["p/house.yaml"], "spec: {", "spec: {match: {labels: {tier: core}}, ", 1)
			files["a/x.yaml"] = app("x", ", labels: {tier: core}", "acme@1/one@2")
		}
		head["a/y.yaml"] = app("y", "", repository)
		findings, _ := validate.Registry(load(t, head), validate.Config{Systems: wire.Systems(), Base: &validate.Base{Registry: load(t, base)}})
		got := 0
		for _, f := range findings {
			if f.Node == "payments/y" && strings.HasPrefix(f.Message, "by the base: ") {
				got++
			}
		}
		if got != want {
			t.Errorf("%s: %d findings by the base, want %d", repository, got, want)
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

// TestAcceptedGains: templates that the base names for the root or for the domain of a
// gain accept it; then it is a note.
func TestAcceptedGains(t *testing.T) {
	t.Parallel()
	accept := func(what string) string {
		return "rules: [{name: r, expression: \"true\", accepts: " + what + "}]"
	}
	scope := func(w *shopwindow) {
		w.app = strings.Replace(w.app, `"keyvault/acme/db:get"`, `"keyvault/acme/db:get", "msgraph/User:read"`, 1)
	}
	root := func(w *shopwindow) { w.root += `, snapshotKeys: ["k+1+AA=="]` }
	domain := func(w *shopwindow) { w.domain += ", retention: 1d" }
	owner := func(w *shopwindow) { w.app = strings.Replace(w.app, "group:team", "group:other", 1) }
	bound := func(w *shopwindow) { w.app += `, ceiling: ["keyvault/acme/**:get"]` }
	wide := func(w *shopwindow) { w.app += `, ceiling: ["keyvault/**:get"]` }
	sink := func(w *shopwindow) {
		w.app += `, credentials: [{name: c, type: self-issued-token, sinks: [{keyVault: live, secret: a}]}]`
	}
	ofDomain := func(w *shopwindow) {
		w.root, w.domain = strings.Replace(w.root, "[house]", "[]", 1), w.domain+", policies: [house]"
	}
	for name, test := range map[string]struct {
		house      string
		base, head []func(*shopwindow) // head has what base has
		want       string
	}{
		"access":                             {accept("new-access"), nil, []func(*shopwindow){scope}, "new-access note"},
		"access, by a rule for limits":       {accept("new-headroom"), nil, []func(*shopwindow){scope}, "new-access error"},
		"access, by the domain":              {accept("new-access"), []func(*shopwindow){ofDomain}, []func(*shopwindow){scope}, "new-access note"},
		"access, by labels that match":       {"match: {labels: {tier: core}}, " + accept("new-access"), []func(*shopwindow){func(w *shopwindow) { w.labels = ", labels: {tier: core}" }}, []func(*shopwindow){scope}, "new-access note"},
		"access, by labels that do not":      {"match: {labels: {tier: core}}, " + accept("new-access"), nil, []func(*shopwindow){scope}, "new-access error"},
		"access, of a new app":               {accept("new-access"), []func(*shopwindow){func(w *shopwindow) { w.name = "other" }}, []func(*shopwindow){func(w *shopwindow) { w.name = "till" }}, "new-access note"},
		"a key":                              {accept("new-control"), nil, []func(*shopwindow){root}, "new-control note"},
		"a key, by the domain":               {accept("new-control"), []func(*shopwindow){ofDomain}, []func(*shopwindow){root}, "new-control error"},
		"an owner, by the domain":            {accept("new-control"), []func(*shopwindow){ofDomain}, []func(*shopwindow){owner}, "new-control note"},
		"a shorter retention":                {accept("new-control"), []func(*shopwindow){func(w *shopwindow) { w.domain = ", retention: 90d" }}, []func(*shopwindow){func(w *shopwindow) { w.domain = "" }, domain}, "new-control note"},
		"a shorter retention, by the domain": {accept("new-control"), []func(*shopwindow){ofDomain, func(w *shopwindow) { w.domain += ", retention: 90d" }}, []func(*shopwindow){func(w *shopwindow) { w.domain = ", policies: [house]" }, domain}, "new-control note"},
		"a ceiling":                          {accept("new-headroom"), []func(*shopwindow){bound}, []func(*shopwindow){func(w *shopwindow) { w.app = window().app }, wide}, "new-headroom note"},
		"a ceiling, by the domain":           {accept("new-headroom"), []func(*shopwindow){bound, ofDomain}, []func(*shopwindow){func(w *shopwindow) { w.app = window().app }, wide}, "new-headroom note"},
		"a delivery":                         {accept("new-delivery"), nil, []func(*shopwindow){sink}, "new-delivery note"},
		"a delivery, by the domain":          {accept("new-delivery"), []func(*shopwindow){ofDomain}, []func(*shopwindow){sink}, "new-delivery note"},
		"a delivery, by a rule for control":  {accept("new-control"), nil, []func(*shopwindow){sink}, "new-delivery error"},
	} {
		base := window()
		base.house = test.house
		for _, edit := range test.base {
			edit(&base)
		}
		head := base
		for _, edit := range test.head {
			edit(&head)
		}
		registry := load(t, head.files())
		findings, _ := validate.Registry(registry, validate.Config{Systems: wire.Systems(), Base: &validate.Base{Registry: load(t, base.files())}})
		var got []string
		for _, f := range findings {
			if strings.HasPrefix(f.Rule, "new-") {
				got = append(got, f.Rule+" "+string(f.Severity))
			}
		}
		slices.Sort(got)
		if said := strings.Join(slices.Compact(got), " "); said != test.want {
			t.Errorf("%s: %q, want %q", name, said, test.want)
		}
		base.house, base.waiver = "mustNever: [\"keyvault/never:*\"]", "" // the rule is new itself
		findings, _ = validate.Registry(registry, validate.Config{Systems: wire.Systems(), Base: &validate.Base{Registry: load(t, base.files())}})
		for _, f := range findings {
			if strings.HasPrefix(f.Rule, "new-") && f.Severity != finding.Error {
				t.Errorf("%s: a rule accepts what its own change gives: %v", name, f)
			}
		}
	}
}

// TestPlacesAreNamed says in which place two credentials meet, and who else is there.
func TestPlacesAreNamed(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]string{
		"{keyVault: live, secret: s}": `keyVault "s" of "live"`, "{githubSecret: acme/till, name: KEY}": `githubSecret "KEY" of "acme/till"`,
		"{githubSecret: acme/till, environment: live, name: KEY}": `githubSecret "KEY" of "acme/till", environment "live"`,
		"{file: /run/secrets/till}":                               `file "/run/secrets/till"`,
	} {
		spec := "  source: github.com/acme/till\n  credentials: [{name: one, type: self-issued-token, sinks: [" + place + "]}, {name: two, type: self-issued-token, sinks: [" + place + "]}, {name: three, type: self-issued-token, sinks: [" + place + "]}]\n"
		var got []string
		for _, f := range errorsOf(t, shop(spec, nil)) {
			got = append(got, f.Sentence())
		}
		want := []string{
			`credential "one" of sales/till is delivered to ` + want + `, which also serves its credential "three", its credential "two"; give each credential its own sink`,
			`credential "two" of sales/till is delivered to ` + want + `, which also serves its credential "one", its credential "three"; give each credential its own sink`,
			`credential "three" of sales/till is delivered to ` + want + `, which also serves its credential "one", its credential "two"; give each credential its own sink`,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", place, d)
		}
	}
	twice := "  credentials: [{name: one, type: self-issued-token, sinks: [{keyVault: live, secret: s}, {keyVault: live, secret: s}]}]\n"
	for _, f := range errorsOf(t, shop(twice, nil)) {
		if !strings.HasSuffix(f.Sentence(), "which also serves it a second time; remove one of the two sinks") {
			t.Error(f.Sentence())
		}
	}
}

// TestDeniesAreCounted names the first deny that a scope meets, and counts the others.
func TestDeniesAreCounted(t *testing.T) {
	t.Parallel()
	files := shop("  deny: [\"sales/a:*\", \"sales/b:*\", \"sales/*:write\", \"other/**:*\"]\n", nil)
	files["a/till.yaml"] = strings.Replace(files["a/till.yaml"], "scopes: []", `scopes: ["sales/*:write", "sales/a:read", "sales/c:read"]`, 1)
	var got []string
	for _, f := range of(validate.RuleDeniedScope, errorsOf(t, files)) {
		_, after, counted := strings.Cut(f.Message, "; other denies there that overlap it: ")
		got = append(got, fmt.Sprint(counted, after))
	}
	if d := cmp.Diff([]string{"true2", "false"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestStraysOfAChange: a manifest that no include names is an error where a change adds
// or edits it.
func TestStraysOfAChange(t *testing.T) {
	t.Parallel()
	with := func(text string) map[string]string {
		files := shop("", nil)
		if text != "" {
			files["lost/new.yaml"] = text
		}
		return files
	}
	const app, other = "apiVersion: roster/v1\nkind: App\nmetadata: {name: new}\nspec: {domain: sales}\n", "apiVersion: roster/v1\nkind: App\nmetadata: {name: other}\nspec: {domain: sales}\n"
	moved := shop("", map[string]string{"lost/moved.yaml": app})
	for name, test := range map[string]struct {
		base, head map[string]string
		want       int
	}{
		"none": {with(""), with(""), 0}, "added": {with(""), with(app), 1}, "as before": {with(app), with(app), 0},
		"edited": {with(app), with(other), 1}, "moved": {with(app), moved, 1}, "removed": {with(app), with(""), 0},
	} {
		base, _ := read(t, test.base)
		head, _ := read(t, test.head)
		findings, _ := validate.Registry(head, validate.Config{Systems: wire.Systems(), Base: &validate.Base{Registry: base}})
		if got := len(of(manifest.RuleNotIncluded, findings)); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

// TestUnreadableBase: what judges cannot be unreadable in the base; an app can.
func TestUnreadableBase(t *testing.T) {
	t.Parallel()
	for file, test := range map[string]struct {
		severity finding.Severity
		want     int
	}{
		"a/till.yaml": {finding.Error, 0}, "d.yaml": {finding.Error, 1}, "roster.yaml": {finding.Error, 1}, "": {finding.Error, 1},
		"p/house.yaml": {finding.Error, 1}, "lost.yaml": {finding.Warning, 0},
	} {
		base := load(t, shop("", nil))
		findings, _ := validate.Registry(base, validate.Config{Systems: wire.Systems(), Base: &validate.Base{
			Registry: base, Findings: []finding.Finding{{Rule: "syntax", Severity: test.severity, File: file, Message: "broken"}},
		}})
		if got := len(of(validate.RuleBaseUnreadable, findings)); got != test.want {
			t.Errorf("%s: %d, want %d", file, got, test.want)
		}
	}
}
