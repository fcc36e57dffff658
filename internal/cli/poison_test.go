// SPDX-License-Identifier: Apache-2.0

package cli_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/internal/cli"
	"github.com/appofapps/roster/validate"
)

// guarded is a registry whose domain orders binds a template that forbids key
// vaults to apps of tier core.
func guarded() map[string]string {
	return map[string]string{
		"roster.yaml": `apiVersion: roster/v1
kind: Root
metadata: {name: acme}
spec:
  include: ["domains/*.yaml", "policies/*.yaml", "apps/*.yaml", "waivers/*.yaml"]
  ceiling: ["orders/**:read,write", "keyvault/**:get"]
`,
		"domains/orders.yaml": `apiVersion: roster/v1
kind: Domain
metadata: {name: orders}
spec: {owner: "group:orders-team", policies: [guard]}
`,
		"domains/lax.yaml": `apiVersion: roster/v1
kind: Domain
metadata: {name: lax}
spec: {owner: "group:lax-team"}
`,
		"policies/guard.yaml": `apiVersion: roster/v1
kind: PolicyTemplate
metadata: {name: guard}
spec:
  match: {labels: {tier: core}}
  mustNever: ["keyvault/**:*"]
`,
		"apps/checkout.yaml": checkout("orders", "core", ""),
		"waivers/none.yaml": `apiVersion: roster/v1
kind: Waiver
metadata: {name: none}
spec: {for: orders/checkout, scopes: ["orders/carts:read"], reason: "none", approvedBy: "group:orders-team", until: 2026-12-31}
`,
	}
}

// checkout is the app, with a key vault among its scopes or not.
func checkout(domain, tier, scope string) string {
	return `apiVersion: roster/v1
kind: App
metadata: {name: checkout, labels: {tier: ` + tier + `}}
spec:
  domain: ` + domain + `
  owner: "group:checkout-team"
  version: v1
  scopes: [` + scope + `]
  identity: {github: {repository: acme/checkout, environment: prod}}
`
}

const (
	vault      = `"keyvault/orders/db:get"`
	laxGuard   = "apiVersion: roster/v1\nkind: PolicyTemplate\nmetadata: {name: guard}\nspec: {mustNever: []}\n"
	guardFile  = "policies/guard.yaml"
	ordersFile = "domains/orders.yaml"
)

// poisonings are ways of changing the policy in the pull request that it should
// judge. Each edits a head that already asks for what the base forbids.
func poisonings() map[string]func(t *testing.T, dir string, head map[string]string) {
	edit := func(file, old, text string) func(*testing.T, string, map[string]string) {
		return func(t *testing.T, _ string, head map[string]string) {
			t.Helper()
			if !strings.Contains(head[file], old) {
				t.Fatalf("%s has no %q", file, old)
			}
			head[file] = strings.Replace(head[file], old, text, 1)
		}
	}
	type way = func(*testing.T, string, map[string]string)
	and := func(ways ...way) way {
		return func(t *testing.T, dir string, head map[string]string) {
			t.Helper()
			for _, w := range ways {
				w(t, dir, head)
			}
		}
	}
	remove := func(file string) way {
		return func(_ *testing.T, _ string, head map[string]string) { delete(head, file) }
	}
	set := func(file, text string) way {
		return func(_ *testing.T, _ string, head map[string]string) { head[file] = text }
	}
	emptied := edit(ordersFile, "policies: [guard]", "policies: []")
	return map[string]way{
		"edited":  edit(guardFile, `"keyvault/**:*"`, `"none/none:x"`),
		"deleted": and(remove(guardFile), emptied),
		"renamed": and(
			edit(guardFile, "metadata: {name: guard}", "metadata: {name: warden}"), edit(guardFile, `"keyvault/**:*"`, ""),
			edit(ordersFile, "[guard]", "[warden]")),
		"made a symlink": and(remove(guardFile), func(t *testing.T, dir string, head map[string]string) {
			t.Helper()
			head["lax.txt"] = laxGuard
			link(t, dir, "../lax.txt", guardFile)
		}),
		"made a submodule": and(remove(guardFile), func(t *testing.T, dir string, _ map[string]string) {
			t.Helper()
			writeInto(t, dir, map[string]string{guardFile: laxGuard})
			commitAll(t, filepath.Join(dir, "policies"))
		}),
		"changed in case":           and(remove(guardFile), set("policies/Guard.yaml", laxGuard)),
		"left out by include":       and(edit("roster.yaml", `"policies/*.yaml"`, `"lax/*.yaml"`), set("lax/guard.yaml", laxGuard)),
		"loosened with its user":    and(edit(guardFile, "tier: core", "tier: kernel"), set("apps/checkout.yaml", checkout("orders", "edge", vault))),
		"no longer listed":          emptied,
		"waived":                    set("waivers/db.yaml", "apiVersion: roster/v1\nkind: Waiver\nmetadata: {name: db}\nspec: {for: orders/checkout, policy: guard, reason: need, approvedBy: \"group:orders-team\", until: 2026-12-31}\n"),
		"escaped to another domain": set("apps/checkout.yaml", checkout("lax", "core", vault)),
		"made unreadable":           set(guardFile, "apiVersion: \xff\xfe\n"),
		"set to audit":              edit(guardFile, "spec:\n", "spec:\n  mode: audit\n"),
	}
}

func link(t *testing.T, dir, target, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

// judged runs validate on a change and returns what it says.
func judged(t *testing.T, dir string) validate.Result {
	t.Helper()
	stdout, stderr, code := run(t, "", "validate", dir, "--base", "HEAD", "--format", "json")
	if code != cli.ExitFindings {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	var result validate.Result
	if err := json.Unmarshal([]byte(stdout), &result); err != nil {
		t.Fatal(err)
	}
	return result
}

// byGuard returns what the template guard of the base says of a change.
func byGuard(t *testing.T, result validate.Result) string {
	t.Helper()
	for _, f := range result.Findings {
		if f.Rule == "policy-must-never" && f.Severity == "error" && strings.Contains(f.Message, "policy template guard, policies/guard.yaml:3") {
			message := strings.TrimPrefix(f.Message, "by the base: ")
			return strings.NewReplacer("lax/", "orders/").Replace(message)
		}
	}
	return ""
}

// TestPolicyOfTheBaseJudges edits the policy in twelve and one ways in the same
// change that breaks it: what is said of the change is what the base's policy
// says of it without the edit.
func TestPolicyOfTheBaseJudges(t *testing.T) {
	t.Parallel()
	broken := guarded()
	broken["apps/checkout.yaml"] = checkout("orders", "core", vault)
	control := judged(t, change(t, guarded(), broken))
	want := byGuard(t, control)
	if want == "" {
		t.Fatalf("the policy does not judge at all: %v", control.Findings)
	}
	if n := len(poisonings()); n < 12 {
		t.Errorf("only %d ways", n)
	}
	for name, poison := range poisonings() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head := maps.Clone(broken)
			dir := change(t, guarded(), nil)
			poison(t, dir, head)
			writeInto(t, dir, head)
			result := judged(t, dir)
			if d := cmp.Diff(want, byGuard(t, result)); d != "" {
				t.Errorf("the judgement differs (-base +poisoned):\n%s\n%v", d, result.Findings)
			}
			if got := result.Verdict.NewAccess; len(got) != 1 || got[0].Witness != "keyvault/orders/db:get" {
				t.Errorf("new access is %v", got)
			}
			if len(result.Verdict.Policy)+len(result.Verdict.NewHeadroom) == 0 && name != "escaped to another domain" {
				t.Errorf("the verdict does not name the change of policy: %+v", result.Verdict)
			}
		})
	}
}

// TestUnreadableBaseDenies shows bases by which nothing can be judged.
func TestUnreadableBaseDenies(t *testing.T) {
	t.Parallel()
	t.Run("template that is no YAML", func(t *testing.T) {
		t.Parallel()
		base := guarded()
		base[guardFile] = "apiVersion: \xff\n"
		result := judged(t, change(t, base, guarded()))
		if rules := rulesOf(result); !rules["base-unreadable"] {
			t.Errorf("findings: %v", result.Findings)
		}
	})
	t.Run("template that is a link", func(t *testing.T) {
		t.Parallel()
		base := guarded()
		base["lax.txt"] = laxGuard
		delete(base, guardFile)
		dir := write(t, base)
		link(t, dir, "../lax.txt", guardFile)
		commitAll(t, dir)
		if rules := rulesOf(judged(t, dir)); !rules["base-unreadable"] {
			t.Errorf("rules: %v", rules)
		}
	})
	t.Run("revision that is not there", func(t *testing.T) {
		t.Parallel()
		stdout, stderr, code := run(t, "", "validate", change(t, guarded(), guarded()), "--base", "origin/main")
		if code != cli.ExitUsage || !strings.Contains(stderr, `no such revision: "origin/main"; git fetch origin +refs/heads/main:refs/remotes/origin/main`) {
			t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
		}
	})
	t.Run("no registry in the base", func(t *testing.T) {
		t.Parallel()
		head := guarded()
		head["apps/checkout.yaml"] = checkout("orders", "none", vault)
		result := judged(t, change(t, map[string]string{"README.md": "nothing yet\n"}, head))
		if len(result.Verdict.NewAccess) != 1 {
			t.Errorf("new access is %v", result.Verdict.NewAccess)
		}
	})
}

func rulesOf(result validate.Result) map[string]bool {
	rules := map[string]bool{}
	for _, f := range result.Findings {
		rules[f.Rule] = true
	}
	return rules
}
