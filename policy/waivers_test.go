// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/policy"
)

// TestWaivers shows when a waiver lifts a rule, and when a ceiling.
func TestWaivers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spec, at       string
		waived, lifted bool
	}{
		"in force":               {`policy: house, approvedBy: "group:security", from: 2026-01-01, until: 2026-01-31`, "2026-01-15", true, false},
		"first day":              {`policy: house, approvedBy: "group:security", from: 2026-01-15, until: 2026-01-31`, "2026-01-15", true, false},
		"last day":               {`policy: house, approvedBy: "group:security", from: 2026-01-01, until: 2026-01-15`, "2026-01-15", true, false},
		"day before":             {`policy: house, approvedBy: "group:security", from: 2026-01-16, until: 2026-01-31`, "2026-01-15", false, false},
		"day after":              {`policy: house, approvedBy: "group:security", from: 2026-01-01, until: 2026-01-14`, "2026-01-15", false, false},
		"of the rule":            {`policy: house, rule: mustNever, approvedBy: "group:security", from: 2026-01-01, until: 2026-01-31`, "2026-01-15", true, false},
		"of another rule":        {`policy: house, rule: schema, approvedBy: "group:security", from: 2026-01-01, until: 2026-01-31`, "2026-01-15", false, false},
		"of another rule, later": {`policy: house, rule: mustNever, approvedBy: "group:security", from: 2026-02-01, until: 2026-02-28`, "2026-01-15", false, false},
		"of another template":    {`policy: other, approvedBy: "group:leads", from: 2026-01-01, until: 2026-01-31`, "2026-01-15", false, false},
		"by the domain's owner":  {`policy: house, approvedBy: "group:leads", from: 2026-01-01, until: 2026-01-31`, "2026-01-15", false, false},
		"by its own owner":       {`policy: house, approvedBy: "group:team", from: 2026-01-01, until: 2026-01-31`, "2026-01-15", false, false},
		"too long":               {`policy: house, approvedBy: "group:security", from: 2026-01-01, until: 2026-04-02`, "2026-01-15", false, false},
		"without a beginning":    {`policy: house, approvedBy: "group:security", until: 2026-01-31`, "2026-01-15", false, false},
		"ceilings":               {`scopes: ["keyvault/acme/db:get"], approvedBy: "group:leads", until: 2026-01-31`, "2026-01-15", false, true},
		"ceilings by its owner":  {`scopes: ["keyvault/acme/db:get"], approvedBy: "group:team", until: 2026-01-31`, "2026-01-15", false, false},
		"ceilings by outsiders":  {`scopes: ["keyvault/acme/db:get"], approvedBy: "group:security", until: 2026-01-31`, "2026-01-15", false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := load(t, "house, other", map[string]string{
				"p/house.yaml":  template("house", "mustNever: [\"keyvault/**:get\"]\nwaivers: {approvers: [\"group:security\"], longest: 90d}"),
				"p/other.yaml":  template("other", "limits: {wildcards: 9}"),
				"a/worker.yaml": "apiVersion: roster/v1\nkind: App\nmetadata: {name: worker}\nspec: {domain: orders, parent: checkout, owner: \"group:else\", version: v1, scopes: []}\n",
				"p/w.yaml":      "apiVersion: roster/v1\nkind: Waiver\nmetadata: {name: w}\nspec: {for: orders/checkout, reason: need, " + test.spec + "}\n",
			})
			at, err := time.Parse(time.DateOnly, test.at)
			if err != nil {
				t.Fatal(err)
			}
			set, _ := policy.New(bounds.New(registry, nil), nil)
			for _, node := range []string{"orders/checkout", "orders/checkout@prod"} {
				if got := set.Waived(registry.Node(node), "house", policy.MustNever, at); got != test.waived {
					t.Errorf("%s: waived is %v", node, got)
				}
				if got := len(set.Lifted(registry.Node(node), at)) > 0; got != test.lifted {
					t.Errorf("%s: lifted is %v", node, got)
				}
			}
			for _, other := range []string{"orders/helper", "orders/checkout/worker"} {
				if set.Waived(registry.Node(other), "house", policy.MustNever, at) || len(set.Lifted(registry.Node(other), at)) > 0 {
					t.Errorf("%s is waived too", other)
				}
			}
		})
	}
}

// TestNobodyApprovesForThemselves writes the same person in another way, or as the
// owner of an environment, or names them in a list.
func TestNobodyApprovesForThemselves(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		root, template, approver string
		waived                   bool
	}{
		"another case":                 {"", "", "group:TEAM", false},
		"listed by the template":       {"", `waivers: {approvers: ["group:team"]}`, "group:team", false},
		"listed by the root":           {`waivers: {approvers: ["group:Team"]}`, "", "group:team", false},
		"somebody the root lists":      {`waivers: {approvers: ["group:security"]}`, "", "group:Security", true},
		"the template before the root": {`waivers: {approvers: ["group:security"]}`, `waivers: {approvers: ["group:audit"]}`, "group:security", false},
		"the domain's owner":           {"", "", "group:Leads", true},
		"not if the root lists others": {`waivers: {approvers: ["group:security"]}`, "", "group:leads", false},
		"longer than the root allows":  {`waivers: {approvers: ["group:security"], longest: 7d}`, `waivers: {longest: 90d}`, "group:security", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := load(t, "house", map[string]string{
				"p/house.yaml": template("house", "mustNever: [\"keyvault/**:get\"]\n"+test.template),
				"p/w.yaml": "apiVersion: roster/v1\nkind: Waiver\nmetadata: {name: w}\nspec: {for: orders/checkout, policy: house, reason: need, " +
					"from: 2026-01-10, until: 2026-01-31, approvedBy: \"" + test.approver + "\"}\n",
			})
			registry.Root.Spec.Waivers = load(t, "house", map[string]string{"p/house.yaml": template("house", "limits: {wildcards: 9}\n"+test.root)}).Templates[0].Spec.Waivers
			set, _ := policy.New(bounds.New(registry, nil), nil)
			if got := set.Waived(registry.Node("orders/checkout@prod"), "house", policy.MustNever, at); got != test.waived {
				t.Errorf("waived is %v", got)
			}
		})
	}
}

// TestWaiverSentences says of every waiver whether it is in force, and why not.
func TestWaiverSentences(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 15, 18, 0, 0, 0, time.UTC)
	const security = `approvedBy: "group:security", `
	for name, test := range map[string]struct{ root, spec, want string }{
		"in force":       {"", security + "policy: house, from: 2026-01-01, until: 2026-01-31", "note waiver is in force; 16 days left"},
		"one day":        {"", security + "policy: house, from: 2026-01-01, until: 2026-01-16", "note waiver is in force; 1 day left"},
		"last day":       {"", security + "policy: house, from: 2026-01-01, until: 2026-01-15", "note waiver is in force; 0 days left"},
		"later":          {"", security + "policy: house, from: 2026-01-18, until: 2026-01-31", "note waiver begins in 3 days"},
		"tomorrow":       {"", security + "policy: house, from: 2026-01-16, until: 2026-01-31", "note waiver begins in 1 day"},
		"over":           {"", security + "policy: house, from: 2026-01-01, until: 2026-01-14", "error waiver-expired ended 1 day ago; remove it, or get a new approval"},
		"long over":      {"", security + "policy: house, from: 2026-01-01, until: 2026-01-05", "error waiver-expired ended 10 days ago; remove it, or get a new approval"},
		"exactly so":     {"", security + "policy: house, from: 2026-01-01, until: 2026-04-01", "note waiver is in force; 76 days left"},
		"too long":       {"", security + "policy: house, from: 2026-01-01, until: 2026-04-02", "error waiver-long lasts longer than 90d, so it has no effect; set from and an earlier until"},
		"no beginning":   {"", security + "policy: house, until: 2026-01-31", "error waiver-long lasts longer than 90d, so it has no effect; set from and an earlier until"},
		"root is short":  {"longest: 7d", security + "policy: house, from: 2026-01-10, until: 2026-01-31", "error waiver-long lasts longer than 7d, so it has no effect; set from and an earlier until"},
		"root is long":   {"longest: 400d", security + "policy: house, from: 2026-01-01, until: 2026-04-02", "error waiver-long lasts longer than 90d, so it has no effect; set from and an earlier until"},
		"root alone":     {"longest: 7d", `approvedBy: "group:leads", scopes: ["keyvault/acme/db:get"], from: 2026-01-10, until: 2026-01-31`, "error waiver-long lasts longer than 7d, so it has no effect; set from and an earlier until"},
		"root, in time":  {"longest: 7d", `approvedBy: "group:leads", scopes: ["keyvault/acme/db:get"], from: 2026-01-10, until: 2026-01-17`, "note waiver is in force; 2 days left"},
		"nobody's limit": {"", `approvedBy: "group:leads", scopes: ["keyvault/acme/db:get"], until: 2029-01-31`, "note waiver is in force; 1112 days left"},
		"no approver":    {"", `approvedBy: "group:else", policy: house, from: 2026-01-01, until: 2026-01-31`, `error waiver-approver was approved by "group:else", who is not allowed to, so it has no effect; allowed: [group:security]`},
		"by the owner":   {`approvers: ["group:team"]`, `approvedBy: "group:team", scopes: ["keyvault/acme/db:get"], until: 2026-01-31`, `error waiver-approver was approved by "group:team", who is not allowed to, so it has no effect; the owner of a node cannot approve its own waiver; list other approvers under waivers of the root`},
		"of a template":  {`approvers: ["group:team"]`, `approvedBy: "group:team", policy: open, from: 2026-01-01, until: 2026-01-31`, `error waiver-approver was approved by "group:team", who is not allowed to, so it has no effect; the owner of a node cannot approve its own waiver; list other approvers under waivers of the template, or of the root`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{
				"p/house.yaml": template("house", "mustNever: [\"keyvault/**:get\"]\nwaivers: {approvers: [\"group:security\"], longest: 90d}"),
				"p/open.yaml":  template("open", "mustNever: [\"keyvault/**:get\"]"),
				"p/w.yaml":     "apiVersion: roster/v1\nkind: Waiver\nmetadata: {name: w}\nspec: {for: orders/checkout, reason: need, " + test.spec + "}\n",
			}
			registry := load(t, "house", files)
			if test.root != "" {
				files["p/open.yaml"] = template("open", "waivers: {"+test.root+"}")
				for _, declared := range load(t, "house", files).Templates {
					if declared.Meta.Name.Value == "open" {
						registry.Root.Spec.Waivers = declared.Spec.Waivers
					}
				}
			}
			set, _ := policy.New(bounds.New(registry, nil), nil)
			list := set.Waivers(at)
			if len(list) != 1 {
				t.Fatal(list)
			}
			f := list[0]
			got := fmt.Sprintf("%s %s %s", f.Severity, f.Rule, strings.TrimPrefix(f.Message, "waiver w of orders/checkout "))
			if f.Hint != "" {
				got += "; " + f.Hint
			}
			if len(f.Allowed) > 0 {
				got += fmt.Sprintf("; allowed: %s", f.Allowed)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestUnreadableDates: a waiver whose dates cannot be read lifts nothing. The schema
// refuses it; this is for a registry that was not held against it.
func TestUnreadableDates(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		from, until string
		want        bool
	}{
		"both right": {"2026-01-01", "2026-01-31", true}, "no such day": {"2026-01-32", "2026-01-31", false}, "no day at all": {"soon", "2026-01-31", false},
		"an end that is no day": {"2026-01-01", "never", false}, "an empty end": {"2026-01-01", "", false},
	} {
		registry := load(t, "house", map[string]string{
			"p/house.yaml": template("house", "mustNever: [\"keyvault/**:get\"]\nwaivers: {approvers: [\"group:security\"]}"),
			"p/w.yaml":     "apiVersion: roster/v1\nkind: Waiver\nmetadata: {name: w}\nspec: {for: orders/checkout, policy: house, reason: need, from: 2026-01-01, until: 2026-01-31, approvedBy: \"group:security\"}\n",
		})
		registry.Waivers[0].Spec.From.Value, registry.Waivers[0].Spec.Until.Value = test.from, test.until
		set, _ := policy.New(bounds.New(registry, nil), nil)
		if got := set.Waived(registry.Node("orders/checkout"), "house", policy.MustNever, at); got != test.want {
			t.Errorf("%s: waived is %v", name, got)
		}
		if got := len(set.Waivers(at)) == 1; got != test.want {
			t.Errorf("%s: said is %v", name, got)
		}
	}
}
