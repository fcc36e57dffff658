// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// A swing is two changes of one field of the company: more is what gives somebody
// something, less is what does not; nil for a change that there is not.
type swing struct {
	more, less any
	base       func(draft)      // sets up the registry before the change
	set        func(draft, any) // writes the value; nil: at the first place that has the field
}

// absent is the value of a field that is removed.
type absent struct{}

// anew is why the field has no swing of its own: what has another kind is another
// declaration.
func anew() swing { return swing{} }

func in(file string, path ...string) func(draft, any) {
	return func(d draft, value any) { setFirst(d[file], path, value) }
}

// swings returns a swing for every field by which something can be gained, by kind and
// path.
func swings() map[string]swing {
	all := map[string]swing{}
	add := func(kind string, list map[string]swing) {
		for path, s := range list {
			all[kind+" "+path] = s
		}
	}
	add("Root", rootSwings())
	add("Domain", domainSwings())
	add("PolicyTemplate", templateSwings())
	add("Provider", providerSwings())
	add("Waiver", waiverSwings())
	for _, kind := range []string{"App", "Agent"} {
		add(kind, nodeSwings())
	}
	add("Agent", map[string]swing{
		"spec.sponsor": {more: "user:eve", less: "user:ADA"}, "spec.onBehalfOf": {more: texts("user:ada", "user:eve"), less: texts()},
		"spec.tokenLife": {more: "2h", less: "1m"}, "spec.until": {more: "2027-01-01", less: "2026-06-30"},
	})
	for _, kind := range []string{"Root", "Domain"} {
		add(kind, listedSinkSwings())
	}
	return all
}

func rootSwings() map[string]swing {
	return map[string]swing{
		"kind": anew(), "metadata.name": {more: "other"},
		"spec.ceiling": {more: texts("**:*"), less: texts("a/**:*", "b/**:*")}, "spec.deny": {more: absent{}, less: texts("a/never:*", "a/z:*")},
		"spec.policies": {more: texts(), less: texts("tpl", "dom")}, "spec.propagate": {more: texts("dir", "db"), less: texts()},
		"spec.guardrails.update": {more: "31%", less: "1%"}, "spec.guardrails.delete": {more: "11%", less: "1%"},
		"spec.guardrails.from": {more: 11, less: 1}, "spec.guardrails.privileged": {more: 6, less: 1},
		"spec.waivers.approvers": {more: texts("group:sec", "user:eve"), less: texts()}, "spec.waivers.longest": {more: "91d", less: "1d"},
		"spec.environments": {more: texts("dev", "prod", "test"), less: texts("prod", "dev")},
		"spec.store":        {more: "local:two.db"}, "spec.snapshotKeys": {more: texts("k+1+AA==", "k+2+AA=="), less: texts()},
		"spec.secretScopes": {more: texts(), less: texts("a/secret:*", "a/z:*")}, "spec.privilegedScopes": {more: texts(), less: texts("**:admin")},
		"spec.groups[].name": {
			more: "b", base: func(d draft) { setFirst(d["roster.yaml"], []string{"spec", "groups[]", "name"}, "c") },
			less: "z",
		},
		"spec.groups[].github[].id": {more: "9", less: "1"}, "spec.groups[].gitlab[].id": {more: "9", less: "2"}, "spec.groups[].azure[].id": {more: "9", less: "3"},
		"spec.include": {
			more: texts("[!w]*.yaml"), less: texts("*.yaml", "*.json"),
			set: func(d draft, value any) {
				setFirst(d["roster.yaml"], []string{"spec", "include"}, value)
				if len(value.([]any)) == 1 { // without own.yaml
					setFirst(d["roster.yaml"], []string{"spec", "include"}, texts("roster.yaml", "[abdst]*.yaml", "tpl.yaml"))
					for _, file := range []string{"shop.yaml", "tool.yaml", "bot.yaml"} {
						setFirst(d[file], []string{"spec", "policies"}, texts())
					}
				}
			},
		},
	}
}

func listedSinkSwings() map[string]swing {
	none := func(item object) func(draft) {
		return func(d draft) {
			d["roster.yaml"]["spec"].(object)["sinks"] = []any{}
			for _, file := range []string{"roster.yaml", "a.yaml"} {
				d[file]["spec"].(object)["sinks"] = []any{item}
			}
			if item["only"] != nil {
				delete(item, "only")
			}
		}
	}
	all := map[string]swing{
		"spec.sinks[].keyVault":     {more: "vault-z", less: "VAULT-A", base: none(object{"keyVault": "vault-a"})},
		"spec.sinks[].secret":       {more: absent{}, less: "S", base: none(object{"keyVault": "vault-a", "secret": "s"})},
		"spec.sinks[].githubSecret": {more: "acme/z", less: "ACME/one", base: none(object{"githubSecret": "acme/one"})},
		"spec.sinks[].environment":  {more: absent{}, less: "Prod", base: none(object{"githubSecret": "acme/one", "environment": "prod"})},
		"spec.sinks[].name":         {more: absent{}, less: "KEY", base: none(object{"githubSecret": "acme/one", "name": "KEY"})},
		"spec.sinks[].file":         {more: "z", less: "./one", base: none(object{"file": "one"})},
	}
	return all
}

func domainSwings() map[string]swing {
	return map[string]swing{
		"kind": anew(),
		"metadata.name": {more: "c", set: func(d draft, value any) {
			d["a.yaml"]["metadata"].(object)["name"] = value
			for _, file := range []string{"shop.yaml", "tool.yaml", "bot.yaml"} {
				setFirst(d[file], []string{"spec", "domain"}, value)
			}
			setFirst(d["waive.yaml"], []string{"spec", "for"}, "c/tool")
		}},
		"spec.ceiling": {more: texts("a/**:*"), less: texts("a/x:r"), base: func(d draft) { setFirst(d["a.yaml"], []string{"spec", "ceiling"}, texts("a/x:*")) }},
		"spec.deny":    {more: absent{}, less: texts("a/hidden:*", "a/z:*")}, "spec.owner": {more: "group:b", less: "GROUP:a"}, "spec.container": {more: "box-c"},
		"spec.sources": {more: absent{}, less: texts()}, "spec.policies": {more: absent{}, less: texts("dom", "own")}, "spec.retention": {more: "399d", less: "401d"},
	}
}

func templateSwings() map[string]swing {
	return map[string]swing{
		"kind": anew(),
		"metadata.name": {more: "other", set: func(d draft, value any) {
			d["own.yaml"]["metadata"].(object)["name"] = value
			for _, file := range []string{"shop.yaml", "tool.yaml", "bot.yaml"} {
				setFirst(d[file], []string{"spec", "policies"}, []any{value})
			}
		}},
		"spec.mode": {more: "audit", less: absent{}}, "spec.match.kinds": {more: texts("App"), less: absent{}, set: in("tpl.yaml", "spec", "match", "kinds")},
		"spec.match.domains":      {more: texts("a"), less: absent{}, set: in("tpl.yaml", "spec", "match", "domains")},
		"spec.match.environments": {more: texts("prod"), less: absent{}, set: in("tpl.yaml", "spec", "match", "environments")},
		"spec.match.labels":       {more: object{"tier": "core", "more": "x"}, less: absent{}, set: in("dom.yaml", "spec", "match", "labels")},
		"spec.waivers.approvers":  {more: texts("group:sec", "user:ada"), less: texts()}, "spec.waivers.longest": {more: "91d", less: "1d"},
		"spec.mustNever": {more: absent{}, less: texts("a/bad:*", "a/z:*")}, "spec.schema": {more: object{"type": "string"}}, "spec.params": {more: object{"p": "2"}},
		"spec.limits.credentialAge": {more: "91d", less: "1d"}, "spec.limits.tokenLife": {more: "2h", less: "1m"},
		"spec.limits.wildcards": {more: 4, less: 0}, "spec.limits.privileged": {more: 2, less: 0}, "spec.trust.required": {more: false},
		"spec.trust.issuers": {more: absent{}, less: texts("github")}, "spec.trust.pin": {more: absent{}, less: texts("environment", "ids")},
		"spec.trust.repositories": {more: texts("acme/one", "acme/two"), less: texts()},
		"spec.rules[].name":       {more: "other"}, "spec.rules[].expression": {more: "true"}, "spec.rules[].accepts": {more: "new-headroom", less: absent{}},
	}
}

func providerSwings() map[string]swing {
	return map[string]swing{
		"kind": anew(),
		"metadata.name": {more: "other", base: func(d draft) {
			d["db2.yaml"] = draft{"x": d["db.yaml"]}.clone()["x"]
			d["db2.yaml"]["metadata"].(object)["name"] = "other2"
			setFirst(d["db2.yaml"], []string{"spec", "account"}, "/subscriptions/1/accounts/two")
		}, set: func(d draft, value any) { // the credentials find another account under the name
			d["db.yaml"]["metadata"].(object)["name"] = value
			d["db2.yaml"]["metadata"].(object)["name"] = "db"
		}},
		"spec.type": {more: "cosmos", set: in("dir.yaml", "spec", "type")}, "spec.tenant": {more: "t2", less: "T1"}, "spec.client": {more: "c2"},
		"spec.account": {more: "/subscriptions/1/accounts/two", less: "/Subscriptions/1/accounts/one", set: in("db.yaml", "spec", "account")},
		"spec.key":     {more: "https://v.vault.azure.net/keys/two"}, "spec.maps": {more: object{"a/x:*": "Role.Admin"}, less: object{}, set: in("dir.yaml", "spec", "maps")},
		"spec.owns": {more: texts("p-*", "q-*"), less: texts()}, "spec.unmanaged": {more: "prune", less: absent{}}, "spec.excess": {more: texts("a/*:r"), less: texts()},
	}
}

func waiverSwings() map[string]swing {
	return map[string]swing{
		"kind": anew(), "metadata.name": {more: "other"}, "spec.for": {more: "a/bot"}, "spec.policy": {more: "own"}, "spec.rule": {more: absent{}},
		"spec.scopes": {more: texts("a/w:r,w"), less: texts()}, "spec.from": {more: "2025-01-01", less: "2026-02-01"},
		"spec.until": {more: "2026-07-01", less: "2026-02-01"}, "spec.approvedBy": {more: "group:b"},
	}
}

func nodeSwings() map[string]swing {
	all := map[string]swing{
		"kind": {}, "metadata.name": {more: "another", base: noWaiver}, "metadata.previously": {},
		"metadata.labels": {more: object{}, less: object{"tier": "core", "more": "x"}, base: func(d draft) {
			for _, file := range []string{"shop.yaml", "tool.yaml", "bot.yaml"} {
				d[file]["metadata"].(object)["labels"] = object{"tier": "core"}
			}
		}},
		"spec.domain": {more: "b", base: noWaiver}, "spec.parent": {more: absent{}, base: func(d draft) {
			for _, file := range []string{"shop.yaml", "bot.yaml"} {
				setFirst(d[file], []string{"spec", "parent"}, "tool")
			}
			setFirst(d["tool.yaml"], []string{"spec", "ceiling"}, texts("a/x:r"))
		}, set: func(d draft, _ any) { delete(d["bot.yaml"]["spec"].(object), "parent") }},
		"spec.provides": {}, "spec.ceiling": {more: texts("**:*"), less: texts("a/x:r", "a/z:r"), base: func(d draft) {
			for _, file := range []string{"shop.yaml", "tool.yaml", "bot.yaml"} {
				setFirst(d[file], []string{"spec", "ceiling"}, texts("a/*:r"))
			}
		}},
		"spec.deny": {more: absent{}, less: texts("a/secret:*", "a/z:*")}, "spec.policies": {more: texts(), less: texts("own", "tpl")},
		"spec.environments.*": {},
	}
	for path, s := range map[string]swing{
		"scopes": {more: texts("a/x:r,w"), less: texts()}, "owner": {more: "group:b", less: "GROUP:a"},
		"source": {more: "github.com/acme/two", less: "github.com/ACME/one"}, "protect": {more: false},
		"identity.github.repository": {more: "acme/three", less: "acme@7/one@8"}, "identity.github.environment": {more: "other", less: "PROD"},
		"identity.entra.application": {more: "other"}, "identity.okta.application": {more: "other"},
		"credentials[].name": {less: "renamed"}, "credentials[].type": {more: "okta-client-secret"}, "credentials[].provider": {more: "db"},
		"credentials[].rotate.every": {more: "31d", less: "1d"}, "credentials[].rotate.overlap": {more: "2d", less: "1h"},
		"credentials[].rotate.ackTimeout": {more: absent{}, less: "1d"}, "credentials[].rotate.consumers": {more: texts("one", "two"), less: texts("one")},
		"credentials[].sinks[].keyVault": {more: "vault-b", less: "VAULT-A"}, "credentials[].sinks[].secret": {more: "other", less: "S-PROD"},
		"credentials[].sinks[].githubSecret": {more: "acme/two", less: "ACME/one"}, "credentials[].sinks[].environment": {more: "other", less: "Prod"},
		"credentials[].sinks[].name": {more: "OTHER", less: "token"}, "credentials[].sinks[].file": {more: "other", less: "./one"},
	} {
		all["spec."+path], all["spec.environments.*."+path] = s, s
	}
	return all
}

// noWaiver removes what names a node by its path.
func noWaiver(d draft) { delete(d, "waive.yaml") }

// setFirst writes a value at a path, at the first item of each list that has the rest of
// the path, and at the environment prod.
func setFirst(at object, path []string, value any) bool {
	name, isList := strings.CutSuffix(path[0], "[]")
	if len(path) == 1 {
		if value == (absent{}) {
			_, there := at[name]
			delete(at, name)
			return there
		}
		at[name] = value
		return true
	}
	if isList {
		list, _ := at[name].([]any)
		for _, item := range list {
			if has(item.(object), path[1:]) {
				return setFirst(item.(object), path[1:], value)
			}
		}
		return false
	}
	if name == "*" {
		name = "prod"
	}
	below, there := at[name].(object)
	return there && setFirst(below, path[1:], value)
}

func has(at object, path []string) bool {
	name, isList := strings.CutSuffix(path[0], "[]")
	if name == "*" {
		name = "prod"
	}
	value, there := at[name]
	switch {
	case !there || len(path) == 1:
		return there
	case isList:
		return slices.ContainsFunc(value.([]any), func(item any) bool { return has(item.(object), path[1:]) })
	}
	below, is := value.(object)
	return is && has(below, path[1:])
}

// start returns the registry before a swing: the company, with the field in it.
func (s swing) start(f manifest.Field) draft {
	d := company()
	if f.Kind == manifest.KindAgent && strings.Contains(f.Path, "environments") {
		d["bot.yaml"]["spec"].(object)["environments"] = d["shop.yaml"]["spec"].(object)["environments"]
		delete(d, "shop.yaml")
	}
	if f.Kind == manifest.KindAgent || !strings.Contains(f.Path, "environments") {
		// The fields of nodes are those of an app without environments.
		spec := d["tool.yaml"]["spec"].(object)
		for _, name := range []string{"identity", "credentials"} {
			d["bot.yaml"]["spec"].(object)[name] = draft{"x": spec}.clone()["x"][name]
		}
	}
	for _, file := range []string{"shop.yaml", "tool.yaml", "bot.yaml"} {
		if d[file] == nil {
			continue
		}
		for _, spec := range append([]object{d[file]["spec"].(object)}, environmentsOf(d[file])...) {
			complete(spec)
		}
	}
	if s.base != nil {
		s.base(d)
	}
	return d
}

func environmentsOf(file object) []object {
	var list []object
	environments, _ := file["spec"].(object)["environments"].(object)
	for _, e := range environments {
		list = append(list, e.(object))
	}
	return list
}

// complete gives a node sinks of every form, and every identity.
func complete(spec object) {
	if identity, there := spec["identity"].(object); there {
		identity["okta"] = object{"application": "okta-1"}
		if identity["entra"] == nil {
			identity["entra"] = object{"application": "entra-1"}
		}
		identity["github"] = object{"repository": "acme/one", "environment": "prod"}
	}
	list, _ := spec["credentials"].([]any)
	if len(list) > 0 {
		first := list[0].(object)
		first["type"], first["provider"] = "entra-client-secret", "dir"
		first["sinks"] = []any{
			object{"keyVault": "vault-a", "secret": "s-prod"}, object{"githubSecret": "acme/one", "environment": "prod", "name": "TOKEN"}, object{"file": "one"},
		}
		spec["credentials"] = list[:1]
	}
}

// change returns the registry after a value was written to a field of a kind.
func (s swing) change(t *testing.T, f manifest.Field, d draft, value any) draft {
	t.Helper()
	next := d.clone()
	if s.set != nil {
		s.set(next, value)
		return next
	}
	var files []string
	for name, file := range next {
		if file["kind"] == string(f.Kind) {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	if at := slices.Index(files, "tool.yaml"); at > 0 && !strings.Contains(f.Path, "environments") { // it holds access itself
		files[0], files[at] = files[at], files[0]
	}
	path := strings.Split(f.Path, ".")
	for _, name := range files {
		if has(next[name], path) && setFirst(next[name], path, value) {
			return next
		}
	}
	t.Fatalf("%s %s: no place has the field", f.Kind, f.Path)
	return nil
}

// TestEveryFieldGains changes every field of every kind by which something can be
// gained, in both directions.
func TestEveryFieldGains(t *testing.T) {
	t.Parallel()
	all := swings()
	more, less := 0, 0
	for _, f := range judgedFields(t) {
		s, there := all[string(f.Kind)+" "+f.Path]
		if !there {
			t.Errorf("%s %s has no swing: add one", f.Kind, f.Path)
			continue
		}
		delete(all, string(f.Kind)+" "+f.Path)
		d := s.start(f)
		base := d.load(t)
		if base == nil {
			t.Errorf("%s %s: the registry before the change is not valid", f.Kind, f.Path)
			continue
		}
		for value, gains := range map[any]bool{&s.more: true, &s.less: false} {
			v := *value.(*any)
			if v == nil {
				continue
			}
			head := s.change(t, f, d, v).load(t)
			if head == nil {
				t.Errorf("%s %s = %v is not valid", f.Kind, f.Path, v)
				continue
			}
			if verdict := compare(base, head); verdict.New() != gains || !verdict.Complete {
				t.Errorf("%s %s = %v: gain is %t\n%s", f.Kind, f.Path, v, verdict.New(), gainsOf(verdict))
			}
			if gains {
				more++
			} else {
				less++
			}
		}
	}
	for name := range all {
		t.Errorf("%s has a swing and is no field", name)
	}
	t.Logf("%d changes that give something, %d that do not", more, less)
}

// TestEveryComparisonIsNeeded takes out one comparison after the other: each time a gain
// is not said.
func TestEveryComparisonIsNeeded(t *testing.T) {
	t.Parallel()
	type pair struct {
		base, head *manifest.Registry
		whole      *verdict.Verdict
	}
	var pairs []pair
	all := swings()
	for _, f := range judgedFields(t) {
		s := all[string(f.Kind)+" "+f.Path]
		if s.more == nil {
			continue
		}
		d := s.start(f)
		base, head := d.load(t), s.change(t, f, d, s.more).load(t)
		pairs = append(pairs, pair{base, head, compare(base, head)})
	}
	for skip := range verdict.Steps() {
		missed := slices.ContainsFunc(pairs, func(p pair) bool {
			tree := bounds.New(p.head, nil)
			v := verdict.CompareWithout(skip, bounds.New(p.base, tree.Budget()), tree, verdict.Config{Opens: validate.Opens(wire.Systems())})
			return gainsOf(v) != gainsOf(p.whole) || len(v.Credentials) != len(p.whole.Credentials)
		})
		if !missed {
			t.Errorf("nothing is missed without comparison %d", skip)
		}
	}
}
