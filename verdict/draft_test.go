// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
	"github.com/appofapps/roster/verdict"
)

// A draft is a registry as data, a tree for each file, so that any field of any kind
// can be changed.
type draft map[string]map[string]any

// object is a mapping of a draft.
type object = map[string]any

func texts(list ...string) []any {
	all := make([]any, len(list))
	for i, text := range list {
		all[i] = text
	}
	return all
}

// company is a draft in which every field of every kind has a value.
func company() draft {
	envelope := func(kind, name string, spec object) object {
		return object{"apiVersion": manifest.APIVersion, "kind": kind, "metadata": object{"name": name}, "spec": spec}
	}
	credential := func(name, kind, provider, sink string) object {
		c := object{
			"name": name, "type": kind,
			"rotate": object{"every": "30d", "overlap": "1d", "ackTimeout": "2d", "consumers": texts("one")},
			"sinks":  []any{object{"keyVault": "vault-a", "secret": sink}},
		}
		if provider != "" {
			c["provider"] = provider
		}
		return c
	}
	environment := func(name string) object {
		return object{
			"owner": "group:a", "source": "github.com/acme/one", "scopes": texts("a/x:r"), "protect": true, "version": "v1",
			"identity":    object{"github": object{"repository": "acme/one", "environment": name}, "entra": object{"application": "app-" + name}},
			"credentials": []any{credential("c", "entra-client-secret", "dir", "s-"+name)},
		}
	}
	app := func(kind, name string, more object) object {
		spec := object{
			"domain": "a", "owner": "group:a", "version": "v1", "source": "github.com/acme/one", "scopes": texts("a/x:r"),
			"provides": texts("a/x:r,w"), "ceiling": texts("**:*"), "deny": texts("a/secret:*"), "policies": texts("own"), "protect": true,
		}
		maps.Copy(spec, more)
		return envelope(kind, name, spec)
	}
	group := func(id string) []any { return []any{object{"login": "ada", "id": id}} }
	root := envelope("Root", "acme", object{
		"include": texts("*.yaml"), "ceiling": texts("a/**:*", "b/**:*", "cosmos/**:*"), "deny": texts("a/never:*"), "policies": texts("tpl"),
		"propagate": texts("dir"), "guardrails": object{"update": "30%", "delete": "10%", "from": 10, "privileged": 5},
		"environments": texts("dev", "prod"), "store": "local:one.db", "waivers": object{"approvers": texts("group:sec"), "longest": "90d"}, "secretScopes": texts("a/secret:*"), "privilegedScopes": texts("a/**:admin"),
		"sinks": []any{object{"keyVault": "vault-a"}, object{"githubSecret": "acme/one"}}, "snapshotKeys": texts("k+1+AA=="),
		"groups": []any{object{"name": "a", "github": group("1"), "gitlab": group("2"), "azure": group("3")}},
	})
	domain := func(name string) object {
		return envelope("Domain", name, object{
			"owner": "group:" + name, "container": "box-" + name, "sources": texts("github.com/acme/one"), "ceiling": texts("**:*"),
			"deny": texts(name + "/hidden:*"), "policies": texts("dom"), "retention": "400d", "sinks": []any{object{"keyVault": "vault-" + name}},
		})
	}
	template := func(name string, match object) object {
		return envelope("PolicyTemplate", name, object{
			"match": match, "mode": "enforce", "mustNever": texts("a/bad:*"), "schema": object{"type": "object"}, "params": object{"p": "1"},
			"limits": object{"credentialAge": "90d", "tokenLife": "1h", "wildcards": 3, "privileged": 1},
			"trust":  object{"required": true, "issuers": texts("github", "entra", "okta"), "pin": texts("environment"), "repositories": texts("acme/one")},
			"rules": []any{
				object{"name": "one", "expression": "has(object.owner)", "message": "m"},
				object{"name": "two", "expression": "change.widens == false", "accepts": "new-access"},
			},
			"waivers": object{"approvers": texts("group:sec"), "longest": "90d"},
		})
	}
	shop := app("App", "shop", object{"environments": object{"prod": environment("prod"), "dev": environment("dev")}})
	shop["metadata"].(object)["labels"] = object{"tier": "core"}
	return draft{
		"roster.yaml": root, "a.yaml": domain("a"), "b.yaml": domain("b"), "shop.yaml": shop,
		"tool.yaml": app("App", "tool", object{
			"identity":    object{"github": object{"repository": "acme@1/two@2"}, "okta": object{"application": "okta-1"}},
			"credentials": []any{credential("k", "cosmos-key", "db", "key"), credential("o", "okta-client-secret", "dir", "okta"), credential("t", "self-issued-token", "", "t")},
		}),
		"bot.yaml": app("Agent", "bot", object{"sponsor": "user:ada", "onBehalfOf": texts("user:ada"), "tokenLife": "1h", "until": "2026-12-31"}),
		"tpl.yaml": template("tpl", object{"kinds": texts("App", "Agent"), "domains": texts("a", "b"), "environments": texts("prod", "dev"), "labels": object{}}),
		"dom.yaml": template("dom", object{"labels": object{"tier": "core"}}),
		"own.yaml": template("own", object{}),
		"dir.yaml": envelope("Provider", "dir", object{
			"type": "entra", "tenant": "t1", "client": "c1", "key": "https://v.vault.azure.net/keys/one", "maps": object{"a/x:*": "Role.A"},
			"owns": texts("p-*"), "unmanaged": "report", "excess": texts("a/more:r"),
		}),
		"db.yaml": envelope("Provider", "db", object{"type": "cosmos", "account": "/subscriptions/1/accounts/one", "maps": object{"b/x:*": "Role.B"}}),
		"waive.yaml": envelope("Waiver", "waive", object{
			"for": "a/tool", "policy": "tpl", "rule": "limits.wildcards", "scopes": texts("a/w:r"), "reason": "r", "approvedBy": "group:sec",
			"from": "2026-01-01", "until": "2026-06-30",
		}),
	}
}

// clone copies a draft.
func (d draft) clone() draft {
	copied := make(draft, len(d))
	for name, file := range d {
		copied[name] = copyOf(file).(object)
	}
	return copied
}

func copyOf(value any) any {
	switch v := value.(type) {
	case object:
		copied := make(object, len(v))
		for key, below := range v {
			copied[key] = copyOf(below)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, item := range v {
			copied[i] = copyOf(item)
		}
		return copied
	default:
		return v
	}
}

// appendJSON appends the JSON form of a value, which is YAML too. Package encoding/json
// would take as long as all comparisons.
func appendJSON(text []byte, value any) []byte {
	switch v := value.(type) {
	case object:
		text = append(text, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(appendJSON(text, key), ':', ' ')
			text = appendJSON(text, v[key])
		}
		return append(text, '}')
	case []any:
		text = append(text, '[')
		for i, item := range v {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendJSON(text, item)
		}
		return append(text, ']')
	case string:
		return strconv.AppendQuote(text, v) // the texts of drafts have nothing that JSON quotes in another way
	default:
		return fmt.Append(text, v)
	}
}

// load resolves a draft; nil if it is no registry that a change could be compared with.
func (d draft) load(t testing.TB) *manifest.Registry {
	t.Helper()
	return d.loadBy(t, nil)
}

// loadBy is load with a check of each document.
func (d draft) loadBy(t testing.TB, check func(*manifest.Document) []finding.Finding) *manifest.Registry {
	t.Helper()
	fsys := make(fstest.MapFS, len(d))
	for name, file := range d {
		fsys[name] = &fstest.MapFile{Data: appendJSON(nil, file)}
	}
	registry, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{Workers: 1, Check: check})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Severity == finding.Error {
			return nil
		}
	}
	return registry
}

// compare returns what a change between two registries allows.
func compare(base, head *manifest.Registry) *verdict.Verdict {
	tree := bounds.New(head, nil)
	return verdict.Compare(bounds.New(base, tree.Budget()), tree, verdict.Config{Opens: validate.Opens(wire.Systems())})
}

// pool returns values for a field, nil for none. A field without a pool is an error of
// the test: every field takes part.
func pool(f manifest.Field) []any {
	name := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
	scopes := []any{nil, texts(), texts("a/x:r"), texts("a/x:r,w"), texts("a/*:r"), texts("**:*"), texts("a/secret:r", "b/x:r")}
	days := []any{nil, "1d", "30d", "90d", "400d"}
	people := []any{"group:a", "group:b", "user:ada", "user:Ada"}
	pools := map[string][]any{
		"include": {texts("*.yaml")}, "ceiling": scopes, "deny": scopes, "scopes": scopes, "provides": scopes, "mustNever": scopes, "excess": scopes,
		"secretScopes": scopes, "privilegedScopes": scopes, "policies": {nil, texts(), texts("tpl"), texts("dom"), texts("own"), texts("tpl", "dom", "own")},
		"propagate": {nil, texts(), texts("dir"), texts("dir", "db")}, "update": {nil, "10%", "30%", "90%"}, "delete": {nil, "0%", "10%", "50%"},
		"from": {nil, 0, 10, 90}, "privileged": {nil, 0, 1, 9}, "wildcards": {nil, 0, 3, 9}, "store": {nil, "local:one.db", "local:two.db"},
		"snapshotKeys": {nil, texts("k+1+AA=="), texts("k+1+AA==", "k+2+AA==")}, "id": {"1", "2", "3", "4"},
		"owner": people, "sponsor": {"user:ada", "user:Ada", "user:eve"}, "approvedBy": people, "onBehalfOf": {nil, texts(), texts("user:ada"), texts("user:ada", "group:b")},
		"container": {nil, "box-a", "box-b", "box-c"}, "sources": {nil, texts(), texts("github.com/acme/one"), texts("github.com/acme/one", "github.com/acme/two")},
		"source": {nil, "github.com/acme/one", "github.com/ACME/one", "github.com/acme/two"}, "retention": days, "longest": days,
		"credentialAge": days, "tokenLife": {nil, "15m", "1h", "24h"}, "every": days, "overlap": days, "ackTimeout": days,
		"consumers": {nil, texts(), texts("one"), texts("one", "two")}, "protect": {nil, true, false}, "domain": {"a", "b"}, "parent": {nil, "tool"},
		"repository": {"acme/one", "ACME/One", "acme/two", "acme@1/one@2", "acme@1/two@2"}, "environment": {nil, "prod", "Prod", "dev"},
		"application": {"app-prod", "app-dev", "okta-1", "other"}, "type": {"entra-client-secret", "okta-client-secret", "cosmos-key", "cosmos-readonly-key", "self-issued-token"},
		"provider": {nil, "dir", "db"}, "keyVault": {"vault-a", "VAULT-A", "vault-b"}, "secret": {"s-prod", "key", "new"},
		"githubSecret": {nil}, "file": {nil}, "mode": {nil, "enforce", "audit"}, "schema": {nil, object{"type": "object"}, object{"type": "string"}},
		"params": {nil, object{"p": "1"}, object{"p": "2"}}, "required": {nil, true, false}, "issuers": {nil, texts("github"), texts("github", "entra", "okta")},
		"pin": {nil, texts(), texts("environment"), texts("environment", "ids")}, "repositories": {nil, texts("acme/one"), texts("acme/one", "acme/two")},
		"expression": {"has(object.owner)", "true", "change.widens == false"}, "accepts": {nil, "new-access"}, "approvers": {nil, texts("group:sec"), texts("group:sec", "user:ada")},
		"kinds": {nil, texts("App"), texts("App", "Agent")}, "domains": {nil, texts("a"), texts("a", "b")}, "environments": {nil, texts("prod"), texts("prod", "dev")},
		"labels": {nil, object{}, object{"tier": "core"}, object{"tier": "lab"}}, "tenant": {nil, "t1", "T1", "t2"}, "account": {nil, "/subscriptions/1/accounts/one", "/subscriptions/1/accounts/two"},
		"client": {nil, "c1", "c2"}, "key": {nil, "https://v.vault.azure.net/keys/one", "https://v.vault.azure.net/keys/two"},
		"maps": {nil, object{"a/x:*": "Role.A"}, object{"a/**:*": "Role.A", "b/x:*": "Role.B"}}, "owns": {nil, texts("p-*"), texts("p-*", "q-*")},
		"unmanaged": {nil, "report", "prune"}, "for": {"a/tool", "a/bot"}, "policy": {nil, "tpl", "own"}, "rule": {nil, "limits.wildcards", "one"},
		"until": {nil, "2026-06-30", "2026-12-31"}, "previously": {nil, "a/gone", "a/tool", "a/shop"}, "kind": {nil}, "*": {nil}, "name": {nil},
	}
	if f.Kind == manifest.KindProvider && name == "type" {
		return []any{"entra", "okta", "cosmos"}
	}
	if f.Path == "spec.from" {
		return []any{nil, "2026-01-01", "2026-03-01"}
	}
	if names := namePools()[string(f.Kind)+" "+f.Path]; names != nil {
		return names
	}
	return pools[name]
}

// namePools returns names for the fields that are names, by kind and path.
func namePools() map[string][]any {
	return map[string][]any{
		"Root metadata.name": {"acme", "other"}, "Root spec.groups[].name": {"a", "b", "sec"}, "Domain metadata.name": {"a", "b", "c"},
		"PolicyTemplate metadata.name": {"tpl", "dom", "own", "new"}, "PolicyTemplate spec.rules[].name": {"one", "two", "three"},
		"Provider metadata.name": {"dir", "db", "other"}, "Waiver metadata.name": {"waive", "other"},
		"App metadata.name": {"shop", "tool", "till"}, "Agent metadata.name": {"bot", "till"},
		"App spec.credentials[].name": {"c", "k", "n"}, "App spec.environments.*.credentials[].name": {"c", "k", "n"},
	}
}

// mutate gives one random field of one random declaration another value. It reports the
// field, and whether there is such a place.
func (d draft) mutate(r *rand.Rand, fields []manifest.Field) (string, bool) {
	f := fields[r.IntN(len(fields))]
	values := pool(f)
	var files []string
	for name, file := range d {
		if file["kind"] == string(f.Kind) {
			files = append(files, name)
		}
	}
	if len(files) == 0 || !slices.ContainsFunc(values, func(value any) bool { return value != nil }) {
		return "", false // a field that has one value, such as kind
	}
	slices.Sort(files)
	name := files[r.IntN(len(files))]
	return name + " " + f.Path, set(r, d[name], strings.Split(f.Path, "."), values[r.IntN(len(values))])
}

// set writes a value at a path, at a random item of each list and a random key of each
// mapping; nil removes the field.
func set(r *rand.Rand, at object, path []string, value any) bool {
	name, isList := strings.CutSuffix(path[0], "[]")
	if len(path) == 1 {
		if value == nil {
			delete(at, name)
		} else {
			at[name] = value
		}
		return true
	}
	if path[1] == "*" {
		below, _ := at[name].(object)
		keys := slices.Sorted(func(yield func(string) bool) {
			for key := range below {
				if !yield(key) {
					return
				}
			}
		})
		if len(keys) == 0 || len(path) == 2 {
			return false
		}
		return set(r, below[keys[r.IntN(len(keys))]].(object), path[2:], value)
	}
	if isList {
		list, _ := at[name].([]any)
		if len(list) == 0 {
			return false
		}
		return set(r, list[r.IntN(len(list))].(object), path[1:], value)
	}
	below, there := at[name].(object)
	if !there {
		below = object{}
		at[name] = below
	}
	return set(r, below, path[1:], value)
}

// restructure adds, removes, copies or renames a declaration, an environment, a
// credential, a sink or a group.
func (d draft) restructure(r *rand.Rand) string {
	app := []string{"shop.yaml", "tool.yaml", "bot.yaml"}[r.IntN(3)]
	spec, there := d[app]["spec"].(object)
	switch how := r.IntN(9); {
	case !there:
		d[app] = company()[app]
		return app + " is back"
	case how == 0:
		delete(d, app)
		return app + " is gone"
	case how == 1:
		d["copy.yaml"] = draft{"x": d[app]}.clone()["x"]
		d["copy.yaml"]["metadata"].(object)["name"] = "copy"
		delete(d["copy.yaml"]["metadata"].(object), "labels")
		return app + " is copied without labels"
	case how == 2:
		d[app]["metadata"].(object)["name"] = "renamed"
		if r.IntN(2) == 0 {
			d[app]["metadata"].(object)["previously"] = "a/" + strings.TrimSuffix(app, ".yaml")
		}
		return app + " is renamed"
	case how == 3 && spec["environments"] != nil:
		environments := spec["environments"].(object)
		if environments["prod"] != nil {
			environments["production"] = environments["prod"]
			delete(environments, "prod")
		}
		return "prod is production"
	case how == 4:
		file := []string{"tpl.yaml", "dom.yaml", "own.yaml", "waive.yaml", "b.yaml", "copy.yaml"}[r.IntN(6)]
		delete(d, file)
		d.forget(strings.TrimSuffix(file, ".yaml"))
		return file + " is gone"
	case how == 5:
		list, _ := spec["credentials"].([]any)
		if len(list) > 0 {
			spec["credentials"] = list[:len(list)-1]
		}
		return "a credential less"
	case how == 6:
		list, _ := spec["credentials"].([]any)
		spec["credentials"] = append(list, object{
			"name": fmt.Sprintf("n%d", len(list)), "type": "self-issued-token", "sinks": []any{object{"keyVault": "vault-b", "secret": "n"}},
		})
		return "a credential more"
	case how == 7:
		root := d["roster.yaml"]["spec"].(object)
		root["groups"] = []any{object{"name": "b", "github": []any{object{"id": "1"}}}}
		return "group b"
	default:
		if d[app]["kind"] == "Agent" {
			d[app]["kind"] = "App"
			for _, name := range []string{"sponsor", "onBehalfOf", "tokenLife", "until"} {
				delete(spec, name)
			}
		}
		return app + " is no agent"
	}
}

// forget removes the name of a template from every list of templates.
func (d draft) forget(template string) {
	for _, file := range d {
		spec, _ := file["spec"].(object)
		if list, there := spec["policies"].([]any); there {
			spec["policies"] = slices.DeleteFunc(slices.Clone(list), func(name any) bool { return name == template })
		}
		if spec["policy"] == template {
			delete(spec, "policy")
			delete(spec, "rule")
		}
	}
}

// step returns a draft after one to three random changes, and what they are. Of the
// same file most follow one another.
func (d draft) step(r *rand.Rand, fields []manifest.Field) (draft, []string) {
	next := d.clone()
	var said []string
	for range 1 + r.IntN(3) {
		if r.IntN(6) == 0 {
			said = append(said, next.restructure(r))
			continue
		}
		for {
			if what, done := next.mutate(r, fields); done {
				said = append(said, what)
				break
			}
		}
	}
	return next, said
}

// otherNames returns other names for all files that drafts can have.
func otherNames(r *rand.Rand, drafts ...draft) map[string]string {
	other := map[string]string{manifest.RootFile: manifest.RootFile}
	for _, d := range drafts {
		for _, name := range slices.Sorted(maps.Keys(d)) {
			if other[name] == "" {
				other[name] = fmt.Sprintf("f%d-%s", r.IntN(1000), name)
			}
		}
	}
	return other
}

// shuffled returns the draft with other names of files.
func (d draft) shuffled(names map[string]string) draft {
	other := draft{}
	for name, file := range d {
		other[names[name]] = file
	}
	return other
}
