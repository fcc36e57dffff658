// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewNodesInheritWhatBound: a new node that is of the file of a node which is gone,
// or can be the same workflow as another, is bound as that was, or the verdict says so.
func TestNewNodesInheritWhatBound(t *testing.T) {
	t.Parallel()
	app := func(name, labels, identity, more string) string {
		return "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + labels + "}\nspec: {domain: a, owner: group:a, scopes: [], identity: {github: {repository: acme/" + identity + "}}" + more + "}\n"
	}
	const core = ", labels: {tier: core}"
	for name, test := range map[string]struct{ base, head, want map[string]string }{
		"the workflow in any environment": {
			map[string]string{"one.yaml": app("one", core, "x, environment: prod", "")},
			map[string]string{"two.yaml": app("two", "", "x", "")},
			map[string]string{"app a/two": "tier"},
		},
		"the workflow in one environment": {
			map[string]string{"one.yaml": app("one", core, "x", "")},
			map[string]string{"two.yaml": app("two", "", "x, environment: prod", "")},
			map[string]string{"app a/two": "tier"},
		},
		"another environment of the repository": {
			map[string]string{"one.yaml": app("one", core, "x, environment: prod", "")},
			map[string]string{"two.yaml": app("two", "", "x, environment: dev", "")},
			nil,
		},
		"another repository": {
			map[string]string{"one.yaml": app("one", core, "x", "")}, map[string]string{"two.yaml": app("two", "", "y", "")}, nil,
		},
		"with the label": {
			map[string]string{"one.yaml": app("one", core, "x", "")}, map[string]string{"two.yaml": app("two", core, "x", "")}, nil,
		},
		"the file of an app that is gone": {
			map[string]string{"one.yaml": app("one", core, "x", "")}, map[string]string{"one.yaml": app("two", "", "y", "")}, map[string]string{"app a/two": "tier"},
		},
		"a new environment": {
			map[string]string{"one.yaml": app("one", "", "x", ", environments: {prod: {identity: {github: {repository: acme/p}}}}")},
			map[string]string{"one.yaml": app("one", "", "x", ", environments: {prod: {identity: {github: {repository: acme/p}}}, dev: {identity: {github: {repository: acme/d}}}}")},
			nil,
		},
		"an environment with another name": {
			map[string]string{"one.yaml": app("one", "", "x", ", environments: {prod: {identity: {github: {repository: acme/p}}}}")},
			map[string]string{"one.yaml": app("one", "", "x", ", environments: {live: {identity: {github: {repository: acme/d}}}}")},
			map[string]string{"app a/one@live": "stage"},
		},
	} {
		files := func(more ...map[string]string) map[string]string {
			all := edited(t, nested(), [3]string{"roster.yaml", "ceiling:", "policies: [tier, stage], ceiling:"})
			all["tier.yaml"] = "apiVersion: roster/v1\nkind: PolicyTemplate\nmetadata: {name: tier}\nspec: {match: {labels: {tier: core}}, mustNever: [\"a/q:*\"]}\n"
			all["stage.yaml"] = "apiVersion: roster/v1\nkind: PolicyTemplate\nmetadata: {name: stage}\nspec: {match: {environments: [prod]}, mustNever: [\"a/q:*\"]}\n"
			for _, list := range more {
				maps.Copy(all, list)
			}
			return all
		}
		var got map[string]string
		for _, h := range compare(load(t, files(test.base)), load(t, files(test.base, test.head))).NewHeadroom {
			if got == nil {
				got = map[string]string{}
			}
			_, after, _ := strings.Cut(h.Change, "policy template ")
			got[h.Level], _, _ = strings.Cut(after, ",")
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestDigestCoversLevels: a gain has another digest where the levels around it say
// something else, also if its example is the same.
func TestDigestCoversLevels(t *testing.T) {
	t.Parallel()
	more := [3]string{"a.yaml", `"a/**:r"`, `"a/**:r", "a/**:w"`}
	digests := map[string]string{}
	for name, edits := range map[string][][3]string{
		"as it is":             nil,
		"a wider root":         {{"roster.yaml", `"b/**:*"`, `"b/**:*", "c/**:*"`}},
		"a root with a deny":   {{"roster.yaml", `ceiling:`, `deny: ["b/no:*"], ceiling:`}},
		"a base that had more": {{"a.yaml", `"a/**:r"`, `"a/**:r", "b/q:r"`}},
		"another deny":         {{"a.yaml", `"a/z:*"`, `"a/zz:*"`}},
		"no ceiling above":     {{"roster.yaml", `, ceiling: ["a/**:*", "b/**:*"]`, ""}},
	} {
		base := edited(t, nested(), edits...)
		v := compare(load(t, base), load(t, edited(t, base, more)))
		if len(v.NewHeadroom) != 1 {
			t.Fatalf("%s: %s", name, gainsOf(v))
		}
		if other := digests[v.Digest]; other != "" {
			t.Errorf("%s has the digest of %s", name, other)
		}
		digests[v.Digest] = name
	}
}

// TestDeliveriesSayWhatTheyOpen names the scopes that a reader of a new place can use.
func TestDeliveriesSayWhatTheyOpen(t *testing.T) {
	t.Parallel()
	d := company()
	bot := d["bot.yaml"]["spec"].(object)
	bot["identity"], bot["scopes"] = object{"okta": object{"application": "okta-1"}}, texts("a/x:w")
	for name, test := range map[string]struct{ kind, provider, opens, scopes string }{
		"an account":     {"cosmos-key", "db", "cosmos account /subscriptions/1/accounts/one", "a/x:r cosmos/one/**:*"},
		"an application": {"okta-client-secret", "dir", "okta:okta-1 at t1", "a/x:r a/x:w"}, // with what a/bot holds, which is the same one
		"the node":       {"self-issued-token", "", "a/tool", "a/x:r"},
	} {
		base, head := d.clone(), d.clone()
		set := func(d draft, list ...any) {
			credential := object{"name": "c", "type": test.kind, "sinks": list}
			if test.provider != "" {
				credential["provider"] = test.provider
			}
			d["tool.yaml"]["spec"].(object)["credentials"] = []any{credential}
		}
		set(base, object{"keyVault": "vault-a", "secret": "one"})
		set(head, object{"keyVault": "vault-a", "secret": "one"}, object{"keyVault": "vault-a", "secret": "two"})
		v := compare(base.load(t), head.load(t))
		if len(v.NewDelivery) != 1 {
			t.Fatalf("%s: %s", name, gainsOf(v))
		}
		if got := v.NewDelivery[0]; got.Opens != test.opens || strings.Join(got.Scopes, " ") != test.scopes {
			t.Errorf("%s opens %q: %q", name, got.Opens, got.Scopes)
		}
	}
}

// TestAccountsBelongToNodes: a credential of an account that base gave to another node is
// named, and one of the node alone belongs to nobody else.
func TestAccountsBelongToNodes(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"cosmos-key": "app a/bot uses cosmos account /subscriptions/1/accounts/one, which belongs to a/tool", "self-issued-token": "",
	} {
		base, head := company(), company()
		credential := object{"name": "c", "type": kind, "sinks": []any{object{"keyVault": "vault-a", "secret": "one"}}}
		for _, d := range []draft{base, head} {
			d["tool.yaml"]["spec"].(object)["credentials"] = []any{credential}
		}
		head["bot.yaml"]["spec"].(object)["credentials"] = []any{credential}
		got := ""
		for _, h := range compare(base.load(t), head.load(t)).NewControl {
			got += h.Level + " " + h.Change
		}
		if got != want {
			t.Errorf("%s: %q, want %q", kind, got, want)
		}
	}
}

// TestBlastRadius: a changed credential reaches every node that is served from its places,
// and what they declare.
func TestBlastRadius(t *testing.T) {
	t.Parallel()
	base, head := company(), company()
	credential := func(name string) object {
		return object{"name": name, "type": "self-issued-token", "sinks": []any{object{"keyVault": "vault-a", "secret": "shared"}}}
	}
	for _, d := range []draft{base, head} {
		d["bot.yaml"]["spec"].(object)["credentials"] = []any{credential("b")}
		d["bot.yaml"]["spec"].(object)["scopes"] = texts("b/x:r")
		d["tool.yaml"]["spec"].(object)["credentials"] = []any{}
	}
	head["tool.yaml"]["spec"].(object)["credentials"] = []any{credential("t")}
	v := compare(base.load(t), head.load(t))
	if len(v.Credentials) != 1 {
		t.Fatalf("%+v", v.Credentials)
	}
	got := v.Credentials[0]
	if got.Change != "added" || strings.Join(got.Nodes, " ") != "a/bot a/tool" || strings.Join(got.Scopes, " ") != "a/x:r b/x:r" {
		t.Errorf("%+v", got)
	}
}
