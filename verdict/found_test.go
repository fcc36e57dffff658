// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"maps"
	"strings"
	"testing"
)

// TestFoundByTheOracle has the smallest changes of what the oracle found first: gains
// that were not said, and changes that were reported and give nothing.
func TestFoundByTheOracle(t *testing.T) {
	t.Parallel()
	root := func(d draft) object { return d["roster.yaml"]["spec"].(object) }
	spec := func(d draft, file string) object { return d[file]["spec"].(object) }
	for name, test := range map[string]struct {
		base, change func(draft)
		want         string // part of what is said; "" for nothing
	}{
		"a repository beside a vault that was listed": {
			func(d draft) { root(d)["sinks"] = []any{object{"keyVault": "vault-a"}} },
			func(d draft) { root(d)["sinks"] = []any{object{"keyVault": "vault-a", "githubSecret": "acme/evil"}} },
			"allows credentials to be delivered to githubSecret acme/evil",
		},
		"a new node with callers of one that a template binds": {
			func(d draft) { delete(d, "own.yaml"); d.forget("own") },
			func(d draft) {
				d["new.yaml"] = draft{"x": d["tool.yaml"]}.clone()["x"]
				d["new.yaml"]["metadata"] = object{"name": "new"}
				maker := spec(d, "new.yaml")
				delete(maker, "credentials")
				maker["domain"], maker["scopes"] = "b", texts() // not in the core tier, so dom does not bind it
				maker["identity"] = object{"github": object{"repository": "acme@1/one@2"}}
			},
			"app b/new is not bound by policy template dom, which bound a/shop@prod",
		},
		"a node of another kind, with its template": {
			func(d draft) {
				spec(d, "own.yaml")["match"] = object{"kinds": texts("App")}
				d["bot.yaml"]["kind"] = "App"
				for _, name := range []string{"sponsor", "onBehalfOf", "tokenLife", "until"} {
					delete(spec(d, "bot.yaml"), name)
				}
			},
			func(d draft) {
				spec(d, "own.yaml")["match"] = object{"kinds": texts("App", "Agent")}
				spec(d, "tpl.yaml")["match"] = object{}
				d["bot.yaml"]["kind"] = "Agent"
				maps.Copy(spec(d, "bot.yaml"), object{"sponsor": "user:ada", "tokenLife": "15m", "until": "2026-12-31"})
			}, "",
		},
		"approvers of a template, spelled out as the root's": {
			func(d draft) { delete(spec(d, "tpl.yaml"), "waivers") },
			func(d draft) { spec(d, "tpl.yaml")["waivers"] = object{"approvers": texts("group:sec")} }, "",
		},
		"a waiver without its policy": {
			func(draft) {},
			func(d draft) { delete(spec(d, "waive.yaml"), "policy"); delete(spec(d, "waive.yaml"), "rule") }, "",
		},
		"an approver in another case": {
			func(d draft) { spec(d, "waive.yaml")["approvedBy"] = "user:ada" },
			func(d draft) { spec(d, "waive.yaml")["approvedBy"] = "user:Ada" }, "",
		},
	} {
		d := company()
		test.base(d)
		next := d.clone()
		test.change(next)
		base, head := d.load(t), next.load(t)
		if base == nil || head == nil {
			t.Errorf("%s: one of the registries is not valid", name)
			continue
		}
		v := compare(base, head)
		var said []string
		for _, h := range v.NewHeadroom {
			said = append(said, h.Level+" "+h.Change)
		}
		if text := strings.Join(said, "\n"); test.want == "" && v.New() || !strings.Contains(text, test.want) {
			t.Errorf("%s: want %q, the verdict says\n%s", name, test.want, gainsOf(v))
		}
	}
}
