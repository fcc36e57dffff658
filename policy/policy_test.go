// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/bounds"
	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/policy"
	"github.com/appofapps/roster/schema"
)

// load reads a registry of one domain with an app, an agent and what is given:
// the root's policies, and further files.
func load(t testing.TB, policies string, files map[string]string) *manifest.Registry {
	t.Helper()
	all := map[string]string{
		"roster.yaml":   "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"*/*.yaml\"], policies: [" + policies + "]}\n",
		"d/orders.yaml": "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: orders}\nspec: {owner: \"group:leads\"}\n",
		"a/checkout.yaml": `apiVersion: roster/v1
kind: App
metadata: {name: checkout, labels: {tier: core}}
spec:
  domain: orders
  owner: group:team
  version: v1
  config: {size: 3, ratio: 0.5, big: 12345678901234500000, nested: {list: [1, two]}}
  scopes: ["orders/carts:read", "orders/ca*:write", "keyvault/acme/db:get"]
  identity: {github: {repository: acme/checkout}}
  environments: {dev: {scopes: []}, prod: {}}
`,
		"a/helper.yaml": `apiVersion: roster/v1
kind: Agent
metadata: {name: helper}
spec: {domain: orders, owner: "group:team", sponsor: "user:ada@example.com", version: v1, scopes: ["orders/carts:read"]}
`,
	}
	maps.Copy(all, files)
	fsys := fstest.MapFS{}
	for name, text := range all {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	registry, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{Check: schema.New().Check, BuiltIn: policy.BuiltIn})
	if err != nil || len(findings) > 0 {
		t.Fatalf("load: %v, %v", err, findings)
	}
	return registry
}

func template(name, spec string) string {
	return "apiVersion: roster/v1\nkind: PolicyTemplate\nmetadata: {name: " + name + "}\nspec:\n  " + strings.ReplaceAll(strings.TrimSpace(spec), "\n", "\n  ") + "\n"
}

// judge returns what one template says of a node, a line each: the rule, the
// place and the sentence.
func judge(t *testing.T, spec, node string, change *policy.Change) []string {
	t.Helper()
	registry := load(t, "house", map[string]string{"p/house.yaml": template("house", spec)})
	set, _ := policy.New(bounds.New(registry, nil), nil)
	n := registry.Node(node)
	lines := []string{}
	for _, o := range set.Template("house").Judge(policy.Case{Node: n, Change: change}) {
		lines = append(lines, fmt.Sprintf("%s at %d: %s: %s", o.Rule, o.Finding.Line, o.Finding.Severity, strings.TrimSuffix(o.Finding.Message, " (policy template house, p/house.yaml:3)")))
	}
	return lines
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const prod = "orders/checkout@prod"
	rule := func(expression string) string {
		return fmt.Sprintf("rules: [{name: r, expression: %q}]", expression)
	}
	for name, test := range map[string]struct {
		spec, node string
		change     *policy.Change
		want       []string
	}{
		"nothing asked": {"params: {}", prod, nil, []string{}},
		"must never": {
			`mustNever: ["keyvault/**:get", "**:delete"]`, prod, nil,
			[]string{`mustNever at 9: error: orders/checkout@prod needs "keyvault/acme/db:get", which it must never hold`},
		},
		"audit": {
			"mode: audit\nmustNever: [\"keyvault/**:get\"]", prod, nil,
			[]string{`mustNever at 9: note: audit: orders/checkout@prod needs "keyvault/acme/db:get", which it must never hold`},
		},
		"wildcards within": {"limits: {wildcards: 1}", prod, nil, []string{}},
		"wildcards beyond": {
			"limits: {wildcards: 0}", prod, nil,
			[]string{"limits.wildcards at 9: error: orders/checkout@prod needs 1 scope with a wildcard; the limit is 0"},
		},
		"an agent that states no life": {
			"limits: {tokenLife: 1h}", "orders/helper", nil,
			[]string{"limits.tokenLife at 3: error: orders/helper sets no tokenLife; the limit is 1h"},
		},
		"an app has no tokens": {"limits: {tokenLife: 1h}", prod, nil, []string{}},
		"issuers": {
			"trust: {issuers: [entra]}", prod, nil,
			[]string{`trust.issuers at 10: error: orders/checkout@prod uses an identity of "github"`},
		},
		"repositories":           {`trust: {repositories: ["Acme/*"]}`, prod, nil, []string{}},
		"repositories elsewhere": {`trust: {repositories: ["acme-labs/*", "acme/check"]}`, prod, nil, []string{`trust.repositories at 10: error: workflows of "acme/checkout" can act as orders/checkout@prod`}},
		"required": {
			"trust: {required: true}", "orders/helper", nil,
			[]string{"trust.required at 3: error: orders/helper has no identity, so nobody can verify who acts as it"},
		},
		"schema": {
			`schema: {properties: {config: {properties: {size: {maximum: 2}}}}}`, prod, nil,
			[]string{`schema at 11: error: orders/checkout@prod: "config.size" does not satisfy maximum`},
		},

		"numbers":                 {rule("object.config.size == 3 && object.config.ratio == 0.5 && object.config.big > 1.0 && object.config.nested.list[1] == 'two'"), prod, nil, []string{}},
		"false":                   {rule("object.owner == 'group:others'"), prod, nil, []string{`r at 11: error: orders/checkout@prod violates the rule "r"`}},
		"a missing field":         {rule("object.sponsor == 'user:ada'"), prod, nil, []string{`r at 11: error: orders/checkout@prod could not be evaluated by the rule "r": "no such key: sponsor"`}},
		"no bool at run time":     {rule("object.owner"), prod, nil, []string{`r at 11: error: orders/checkout@prod could not be evaluated by the rule "r": "expression is not true or false"`}},
		"overlaps":                {rule("overlaps(object.scopes, ['keyvault/acme/*:get'])"), prod, nil, []string{}},
		"covers":                  {rule("covers(['orders/**:*', 'keyvault/**:*'], object.scopes)"), prod, nil, []string{}},
		"covers not":              {rule("covers(['orders/**:*'], object.scopes)"), prod, nil, []string{`r at 11: error: orders/checkout@prod violates the rule "r"`}},
		"a text that is no scope": {rule("overlaps(object.scopes, [object.version])"), prod, nil, []string{`r at 11: error: orders/checkout@prod could not be evaluated by the rule "r": "scope \"v1\": no verb; a scope is resource:verb[,verb], as in \"orders/carts:read,w"...`}},
		"too costly":              {rule("object.scopes.all(a, object.scopes.all(b, object.scopes.all(c, object.scopes.all(d, object.scopes.all(e, object.scopes.all(f, object.scopes.all(g, object.scopes.all(h, object.scopes.all(i, object.scopes.all(j, object.scopes.all(k, object.scopes.all(l, a + b + c + d + e + f + g + h + i + j + k + l != ''))))))))))))"), prod, nil, []string{`r at 11: error: orders/checkout@prod could not be evaluated by the rule "r": "operation cancelled: actual cost limit exceeded"`}},

		"about a change, without one": {rule("change.author == 'user:ada'"), prod, nil, []string{}},
		"about what it was":           {rule("oldObject == null"), prod, &policy.Change{}, []string{}},
		"an author that is not known": {rule("!change.bot"), prod, &policy.Change{}, []string{`r at 11: error: orders/checkout@prod violates the rule "r"`}},
		"a person":                    {rule("!change.bot && change.author == 'user:ada'"), prod, &policy.Change{Author: "user:ada"}, []string{}},
		"approvers":                   {rule("change.targets.all(t, t in change.approvers)"), prod, &policy.Change{Approvers: []string{"group:a"}, Targets: []string{"group:a", "group:b"}}, []string{`r at 11: error: orders/checkout@prod violates the rule "r"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := judge(t, test.spec, test.node, test.change)
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestBrokenTemplates shows what does not compile: each objects to every node,
// and a rule that accepts, in a template that is broken, accepts nothing.
func TestBrokenTemplates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ spec, want string }{
		"syntax":       {"rules: [{name: r, expression: \"object.\"}]", `rule "r": column `},
		"unknown name": {"rules: [{name: r, expression: \"objekt.owner == ''\"}]", `undeclared reference to 'objekt'`},
		"column":       {"rules: [{name: r, expression: \"1 + \"}]", `rule "r": column 5: `},
		"no bool":      {"rules: [{name: r, expression: \"1 + 1\"}]", `rule "r": expression is not true or false`},
		"wrong type":   {"rules: [{name: r, expression: \"overlaps(1, 2)\"}]", `found no matching overload for 'overlaps'`},
		"too long":     {"rules: [{name: r, expression: \"" + strings.Repeat("true && ", 1000) + "true\"}]", `is longer than 4096 bytes`},
		"too deep":     {"rules: [{name: r, expression: \"" + strings.Repeat("(", 1500) + "true" + strings.Repeat(")", 1500) + "\"}]", `rule "r": column`},
		"time":         {"rules: [{name: r, expression: \"now() > timestamp('2026-01-01T00:00:00Z')\"}]", `undeclared reference to 'now'`},
		"schema":       {"schema: {type: text}", "compile schema"},
		"accepts":      {"rules: [{name: a, expression: \"true\", accepts: new-access}, {name: r, expression: \"object.\"}]", `rule "r"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := load(t, "house", map[string]string{"p/house.yaml": template("house", test.spec)})
			set, findings := policy.New(bounds.New(registry, nil), nil)
			if len(findings) == 0 || findings[0].Rule != policy.RuleTemplate || !strings.Contains(findings[0].Message, test.want) {
				t.Fatalf("findings %v, want %q", findings, test.want)
			}
			n := registry.Node("orders/helper")
			list := set.Template("house").Judge(policy.Case{Node: n})
			if len(list) != 1 || list[0].Finding.Severity != finding.Error {
				t.Errorf("it says %v", list)
			}
			if _, accepts := set.Template("house").Accepts(policy.Case{Node: n, Change: &policy.Change{}}); accepts {
				t.Error("a broken template accepts")
			}
		})
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		one, two string
		want     []string
	}{
		"none":                           {"limits: {tokenLife: 1h}", "limits: {tokenLife: 30m}", nil},
		"never true":                     {"rules: [{name: r, expression: \"1 > 2\"}]", "params: {}", []string{`policy-conflict: policy template one has the rule "r", which is never true`}},
		"always an error":                {"rules: [{name: r, expression: \"1 / 0 > 2\"}]", "params: {}", []string{`policy-conflict: policy template one has the rule "r", which is never true`}},
		"nobody":                         {"trust: {required: true, issuers: []}", "params: {}", []string{"policy-conflict: policy template one requires an identity but trusts no issuer, so no node can satisfy it"}},
		"everything":                     {`mustNever: ["*:*", "**:*"]`, "params: {}", []string{"policy-conflict: policy template one forbids every scope"}},
		"issuers apart":                  {"trust: {issuers: [github], required: true}", "trust: {issuers: [okta]}", []string{"policy-conflict: policy template two trusts no issuer that policy template one, p/one.yaml:3 trusts, and an identity is required"}},
		"issuers apart, the second asks": {"trust: {issuers: [github]}", "trust: {issuers: [okta], required: true}", []string{"policy-conflict: policy template two trusts no issuer that policy template one, p/one.yaml:3 trusts, and an identity is required"}},
		"issuers apart, nobody asks":     {"trust: {issuers: [github]}", "trust: {issuers: [okta]}", nil},
		"forbidden apart":                {`mustNever: ["keyvault/**:get"]`, `mustNever: ["keyvault/**:set"]`, nil},
		"forbidden by the first alone":   {`mustNever: ["keyvault/**:get"]`, "params: {}", nil},
		"forbidden by the second alone":  {"params: {}", `mustNever: ["keyvault/**:get"]`, nil},
		"repositories apart":             {"trust: {issuers: [github], repositories: [\"acme/*\"]}", "trust: {repositories: [acme-labs/x]}", []string{"policy-conflict: policy template two trusts no repository that policy template one, p/one.yaml:3 trusts"}},
		"repositories met":               {"trust: {issuers: [github], repositories: [\"acme/*\"]}", "trust: {repositories: [Acme/x]}", nil},
		"forbidden already":              {`mustNever: ["keyvault/**:*"]`, `mustNever: ["keyvault/acme/*:get"]`, []string{"policy-shadow: policy template two forbids only what policy template one, p/one.yaml:3 forbids"}},
		"audited already":                {"mode: audit\nmustNever: [\"keyvault/**:*\"]", `mustNever: ["keyvault/acme/*:get"]`, nil},
		"limited already":                {"limits: {credentialAge: 30d}", "limits: {credentialAge: 720h}", []string{"policy-shadow: policy template two sets no lower limits.credentialAge than policy template one, p/one.yaml:3"}},
		"limited by the second alone":    {"params: {}", "limits: {credentialAge: 30d}", nil},
		"limited less":                   {"limits: {credentialAge: 30d}", "limits: {credentialAge: 29d}", nil},
		"other nodes":                    {"match: {kinds: [App]}\nlimits: {credentialAge: 30d}", "match: {kinds: [Agent]}\nlimits: {credentialAge: 60d}", nil},
		"no nodes":                       {"match: {environments: [moon]}", "params: {}", []string{"policy-shadow: policy template one matches no node"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, findings := policy.New(bounds.New(load(t, "one, two", map[string]string{"p/one.yaml": template("one", test.one), "p/two.yaml": template("two", test.two)}), nil), nil)
			var got []string
			for _, f := range findings {
				got = append(got, f.Rule+": "+f.Message)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// TestNothingToConflict: a registry without apps yet is not told that templates have no
// effect.
func TestNothingToConflict(t *testing.T) {
	t.Parallel()
	idle := map[string]string{"p/idle.yaml": template("idle", "match: {environments: [moon]}"), "p/house.yaml": template("house", "limits: {wildcards: 1}")}
	for name, test := range map[string]struct {
		policies string
		apps     bool
		want     int
	}{
		"named":            {"idle, house", true, 1}, // it matches no node
		"unnamed":          {"house", true, 2},       // that too
		"named, no apps":   {"idle, house", false, 0},
		"unnamed, no apps": {"house", false, 0},
	} {
		registry := load(t, test.policies, idle)
		if !test.apps {
			registry.Nodes = nil
		}
		if _, findings := policy.New(bounds.New(registry, nil), nil); len(findings) != test.want {
			t.Errorf("%s: %v, want %d findings", name, findings, test.want)
		}
	}
}

// TestBound: a template binds the nodes below its name that it matches.
func TestBound(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"p/house.yaml": template("house", "limits: {wildcards: 9}"),
		"p/prod.yaml":  template("prod", "match: {environments: [prod]}\nlimits: {wildcards: 8}"),
		"p/agent.yaml": template("agent", "match: {kinds: [Agent]}\nlimits: {wildcards: 7}"),
		"p/idle.yaml":  template("idle", "limits: {wildcards: 6}"),
		"p/here.yaml":  template("here", "match: {domains: [orders]}\nlimits: {wildcards: 5}"),
		"p/there.yaml": template("there", "match: {domains: [payments]}\nlimits: {wildcards: 4}"),
		"p/core.yaml":  template("core", "match: {labels: {tier: core}}\nlimits: {wildcards: 3}"),
		"p/both.yaml":  template("both", "match: {kinds: [Agent], domains: [payments]}\nlimits: {wildcards: 2}"),
		"p/none.yaml":  template("none", "match: {domains: [payments], environments: [prod]}\nlimits: {wildcards: 1}"),
		"p/edge.yaml":  template("edge", "match: {labels: {tier: edge}}\nlimits: {wildcards: 1}"),
	}
	registry := load(t, "house, prod, agent, here, there, core, both, none, edge", files)
	set, _ := policy.New(bounds.New(registry, nil), nil)
	for node, want := range map[string]string{
		"orders/checkout@prod": "core here house prod", "orders/checkout@dev": "core here house", "orders/helper": "agent here house",
	} {
		var got []string
		for _, binding := range set.Bound(registry.Node(node)) {
			got = append(got, binding.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is bound by %q, want %q", node, got, want)
		}
	}
}

// TestAccepts: a rule accepts what it is declared for where it is true, in a change, and
// in a template that is neither broken nor an audit.
func TestAccepts(t *testing.T) {
	t.Parallel()
	accept := func(what, expression string) string {
		return fmt.Sprintf("rules: [{name: r, expression: %q, accepts: %s}]", expression, what)
	}
	all := []string{policy.AcceptsAccess, policy.AcceptsHeadroom, policy.AcceptsDelivery, policy.AcceptsControl}
	bot := &policy.Change{}
	for name, test := range map[string]struct {
		spec    string
		change  *policy.Change
		what    string
		accepts bool
	}{
		"access":                 {accept("new-access", "object.owner == 'group:team'"), bot, policy.AcceptsAccess, true},
		"not true":               {accept("new-access", "object.owner == 'group:else'"), bot, policy.AcceptsAccess, false},
		"an error":               {accept("new-access", "object.sponsor == 'user:ada'"), bot, policy.AcceptsAccess, false},
		"no change":              {accept("new-access", "true"), nil, policy.AcceptsAccess, false},
		"audit":                  {"mode: audit\n" + accept("new-access", "true"), bot, policy.AcceptsAccess, false},
		"a rule that judges":     {`rules: [{name: r, expression: "true"}]`, bot, policy.AcceptsAccess, false},
		"headroom":               {accept("new-headroom", "object.what == 'x'"), bot, policy.AcceptsHeadroom, true},
		"headroom, an error":     {accept("new-headroom", "object.who == 'x'"), bot, policy.AcceptsHeadroom, false},
		"delivery":               {accept("new-delivery", "object.what == 'x'"), bot, policy.AcceptsDelivery, true},
		"control":                {accept("new-control", "object.what == 'x'"), bot, policy.AcceptsControl, true},
		"control, by the bot":    {accept("new-control", "!change.bot"), bot, policy.AcceptsControl, false},
		"control, by a person":   {accept("new-control", "!change.bot"), &policy.Change{Author: "user:ada"}, policy.AcceptsControl, true},
		"of some kinds":          {"match: {kinds: [App]}\n" + accept("new-control", "true"), bot, policy.AcceptsControl, false},
		"of some domains":        {"match: {domains: [orders]}\n" + accept("new-control", "true"), bot, policy.AcceptsControl, false},
		"of some environments":   {"match: {environments: [prod]}\n" + accept("new-control", "true"), bot, policy.AcceptsControl, false},
		"of some labels":         {"match: {labels: {tier: core}}\n" + accept("new-control", "true"), bot, policy.AcceptsControl, false},
		"access, of some labels": {"match: {labels: {tier: core}}\n" + accept("new-access", "true"), bot, policy.AcceptsAccess, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := load(t, "house", map[string]string{"p/house.yaml": template("house", test.spec)})
			set, findings := policy.New(bounds.New(registry, nil), nil)
			for _, f := range findings {
				if f.Severity == finding.Error {
					t.Fatal(f)
				}
			}
			house := set.Template("house")
			for _, what := range all {
				var accepts bool
				var rule string
				if what == policy.AcceptsAccess {
					rule, accepts = house.Accepts(policy.Case{Node: registry.Node("orders/checkout"), Change: test.change})
				} else if test.change != nil {
					rule, accepts = house.AcceptsGain(what, map[string]any{"what": "x"}, test.change)
				}
				if want := test.accepts && what == test.what; accepts != want || accepts != (rule == "r") {
					t.Errorf("%s: accepts %v by %q, want %v", what, accepts, rule, want)
				}
			}
		})
	}
}

// TestPacksAreRight holds the built-in templates against the schema and the
// compiler, and against each other.
func TestPacksAreRight(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range policy.BuiltIn() {
		names = append(names, p.Meta.Name.Value)
	}
	want := []string{"ai-agents", "least-privilege", "separation-of-duties", "soc2-access", "token-hygiene"}
	if d := cmp.Diff(want, names); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	registry := load(t, strings.Join(names, ", "), nil)
	_, findings := policy.New(bounds.New(registry, nil), nil)
	if findings = slices.DeleteFunc(findings, func(f finding.Finding) bool { return f.Rule == policy.RuleShadow }); len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
}

// FuzzExpression evaluates whatever compiles on a node: it ends, and says true,
// false or why not, twice the same.
func FuzzExpression(f *testing.F) {
	for _, seed := range []string{
		"object.scopes.exists(s, s.matches('^[*]'))", "overlaps(object.scopes, ['a:b'])", "oldObject == null || change.bot",
		"object.config.nested.list.map(x, type(x)).size() > 1", "params.most > 3", "'" + strings.Repeat("a", 100) + "'.matches('(a+)+$')",
		"{'a': [1, 2.0]}['a'][0] == 1 ? true : dyn(1)", "object.scopes.map(a, object.scopes.map(b, a + b)).size() > 2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if len(expression) > 1000 || !fits(expression) {
			return
		}
		registry := load(t, "", nil)
		registry.Templates = []*manifest.PolicyTemplate{{
			File: "p/house.yaml", Meta: manifest.Metadata{Name: manifest.String{Value: "house"}},
			Spec: manifest.PolicyTemplateSpec{Rules: []manifest.PolicyRule{{Name: manifest.String{Value: "r"}, Expression: manifest.String{Value: expression}}}},
		}}
		say := func() []policy.Objection {
			set, _ := policy.New(bounds.New(registry, nil), nil)
			return set.Template("house").Judge(policy.Case{Node: registry.Node("orders/checkout@prod"), Change: &policy.Change{}})
		}
		first, second := say(), say()
		if len(first) > 1 || len(first) != len(second) || len(first) == 1 && finding.Compare(first[0].Finding, second[0].Finding) != 0 {
			t.Errorf("%q says %v, then %v", expression, first, second)
		}
	})
}

// fits reports whether a text can stand in a manifest.
func fits(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0xfffd })
}

// BenchmarkJudge is 50 templates over 10,000 nodes: the cost of policy.
func BenchmarkJudge(b *testing.B) {
	const templates, nodes = 50, 10_000
	files, names := map[string]string{}, []string{}
	for i := range templates {
		name := fmt.Sprintf("t%d", i)
		names = append(names, name)
		spec := []string{
			fmt.Sprintf("mustNever: [\"keyvault/prod-%d/**:*\", \"**:admin\"]", i),
			"limits: {credentialAge: 90d, wildcards: 3, privileged: 0}\ntrust: {required: true, pin: [environment]}",
			"schema: {required: [owner, version], properties: {version: {pattern: \"^v[0-9]\"}}}",
			"rules:\n  - {name: few, expression: \"size(object.scopes) <= 20\"}\n  - {name: sourced, expression: \"!has(object.lifecycle) || object.lifecycle != 'production' || has(object.source)\"}",
			"match: {kinds: [Agent]}\nlimits: {tokenLife: 1h}",
		}[i%5]
		files["p/"+name+".yaml"] = template(name, spec)
	}
	for i := range nodes {
		files[fmt.Sprintf("a/n%d.yaml", i)] = fmt.Sprintf("apiVersion: roster/v1\nkind: App\nmetadata: {name: n%d}\nspec:\n  domain: orders\n  owner: group:team\n  version: v%d\n"+
			"  lifecycle: production\n  source: github.com/acme/n%d\n  scopes: [\"orders/api%d:read\", \"orders/api*:read\", \"keyvault/dev-%d/db:get\"]\n"+
			"  identity: {github: {repository: acme/n%d, environment: prod}}\n", i, i%9+1, i, i, i%40, i)
	}
	registry := load(b, strings.Join(names, ", "), files)
	for b.Loop() {
		set, _ := policy.New(bounds.New(registry, nil), nil)
		said := 0
		for _, n := range registry.Nodes {
			if n.Holder() {
				for _, bound := range set.Bound(n) {
					said += len(bound.Template.Judge(policy.Case{Node: n}))
				}
			}
		}
		if said == 0 {
			b.Fatal("nothing was said of the app and the agent")
		}
	}
}
