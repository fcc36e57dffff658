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
	"github.com/appofapps/roster/validate"
)

// shop is a registry of one domain whose app till has this spec, and what more there
// is.
func shop(spec string, more map[string]string) map[string]string {
	files := map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: shop}\nspec: {include: [\"d.yaml\", \"a/*.yaml\"]}\n",
		"d.yaml":      "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: sales}\nspec: {owner: \"group:sales\", sinks: [{keyVault: live}, {file: /run/secrets/till}, {file: /srv/elsewhere/roster.yaml}], sources: [\"github.com/Acme/Till\"]}\n",
		"a/till.yaml": "apiVersion: roster/v1\nkind: App\nmetadata: {name: till}\nspec:\n  domain: sales\n  owner: \"group:till\"\n  version: v1\n  scopes: []\n" + spec,
	}
	maps.Copy(files, more)
	return files
}

// errorsOf returns the errors that a registry in /srv/shop has.
func errorsOf(t *testing.T, files map[string]string) []finding.Finding {
	t.Helper()
	findings, _ := validate.Registry(load(t, files), validate.Config{
		Systems: wire.Systems(), Folder: "/srv/shop", At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
	})
	return slices.DeleteFunc(findings, func(f finding.Finding) bool { return f.Severity != finding.Error })
}

// rulesOf returns the rules of these errors, sorted.
func rulesOf(t *testing.T, files map[string]string) []string {
	t.Helper()
	var rules []string
	for _, f := range errorsOf(t, files) {
		rules = append(rules, f.Rule)
	}
	slices.Sort(rules)
	return rules
}

// TestOnePlaceInTwoSpellings delivers two credentials of one node to one place, which
// is spelled in two ways.
func TestOnePlaceInTwoSpellings(t *testing.T) {
	t.Parallel()
	for _, places := range [][2]string{
		{"{file: keys/till}", "{file: keys/till}"},
		{"{file: keys/till}", "{file: ./keys//till}"},
		{"{file: keys/till}", "{file: keys/old/../till}"},
		{"{file: keys/till}", "{file: /srv/shop/keys/till}"},
		{"{keyVault: live, secret: till}", "{keyVault: LIVE, secret: Till}"},
		{"{githubSecret: acme/till, name: KEY}", "{githubSecret: ACME/Till, name: Key}"},
		{"{githubSecret: acme/till, environment: Live, name: KEY}", "{githubSecret: acme/till, environment: live, name: KEY}"},
	} {
		spec := fmt.Sprintf(`  source: github.com/acme/TILL
  credentials:
    - {name: one, type: self-issued-token, sinks: [%s]}
    - {name: two, type: self-issued-token, sinks: [%s]}
`, places[0], places[1])
		if got := rulesOf(t, shop(spec, nil)); !slices.Equal(got, []string{"shared-credential", "shared-credential"}) {
			t.Errorf("%v: %v", places, got)
		}
	}
}

// TestEnvironments holds names of environments against the root's list or, without
// one, against each other.
func TestEnvironments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		root, environments string
		want               []string
	}{
		{"", "{prod: {}, staging: {}}", nil},
		{"", "{prod: {}, prd: {}}", []string{"similar-environment prd"}},
		{"", "{prod: {}, production: {}, stg: {}}", []string{"similar-environment production"}},
		{"", "{eu1: {}, eu2: {}, prod: {}, pro: {}}", nil},
		{", environments: [prod, staging]", "{prod: {}, staging: {}}", nil},
		{", environments: [prod]", "{prd: {}}", []string{"unknown-environment prd did you mean prod?"}},
		{", environments: [production]", "{prd: {}}", []string{"unknown-environment prd did you mean production?"}},
		{", environments: [build, production]", "{prd: {}}", []string{"unknown-environment prd did you mean production?"}},
		{", environments: []", "{prod: {}}", []string{"unknown-environment prod add it to environments in roster.yaml, or correct it"}},
	} {
		files := shop("  environments: "+test.environments+"\n", nil)
		files["roster.yaml"] = strings.Replace(files["roster.yaml"], "]}", "]"+test.root+"}", 1)
		findings, _ := validate.Registry(load(t, files), validate.Config{Systems: wire.Systems()})
		var got []string
		for _, f := range findings {
			switch f.Rule {
			case validate.RuleUnknownEnvironment:
				_, name, _ := strings.Cut(f.Node, "@")
				got = append(got, f.Rule+" "+name+" "+f.Hint)
			case validate.RuleSimilarEnvironment:
				_, name, _ := strings.Cut(f.Node, "@")
				got = append(got, f.Rule+" "+name)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s: %q, want %q", test.root, test.environments, got, test.want)
		}
	}
}

// TestMostCommonName warns about the name of a stage that fewer nodes have.
func TestMostCommonName(t *testing.T) {
	t.Parallel()
	app := func(name, environments string) string {
		return "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + "}\nspec: {domain: sales, owner: \"group:till\", version: v1, scopes: [], environments: " + environments + "}\n"
	}
	for name, test := range map[string]struct{ till, one, two, want string }{
		"two of three":    {"{prod: {}}", "{prd: {}}", "{prd: {}}", "sales/till@prod"},
		"one of three":    {"{prod: {}}", "{prod: {}}", "{prd: {}}", "sales/two@prd"},
		"three spellings": {"{production: {}}", "{prd: {}, prod: {}}", "{prd: {}}", "sales/one@prod sales/till@production"},
		"all alike":       {"{prd: {}}", "{prd: {}}", "{prd: {}}", ""},
	} {
		files := shop("  environments: "+test.till+"\n", map[string]string{"a/one.yaml": app("one", test.one), "a/two.yaml": app("two", test.two)})
		var got []string
		for _, f := range of(validate.RuleSimilarEnvironment, judge(load(t, files))) {
			got = append(got, f.Node)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: warned of %q, want %q", name, got, test.want)
		}
	}
}

// TestEmptyRegistry: a registry without apps is a warning, and an error where a change
// removes them all.
func TestEmptyRegistry(t *testing.T) {
	t.Parallel()
	full := shop("", nil)
	empty := shop("", nil)
	delete(empty, "a/till.yaml")
	for name, test := range map[string]struct {
		head, base map[string]string
		want       string
	}{
		"apps":               {full, nil, ""},
		"none":               {empty, nil, "warning"},
		"none, as before":    {empty, empty, "warning"},
		"none left":          {empty, full, "error"},
		"the first":          {full, empty, ""},
		"no registry before": {empty, map[string]string{}, "warning"},
	} {
		config := validate.Config{Systems: wire.Systems(), At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)}
		if test.base != nil {
			config.Base = &validate.Base{}
			if len(test.base) > 0 {
				config.Base.Registry, _ = read(t, test.base)
			}
		}
		registry, _ := read(t, test.head)
		findings, _ := validate.Registry(registry, config)
		got := ""
		for _, f := range of(validate.RuleEmptyRegistry, findings) {
			got += string(f.Severity)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestReservedNames refuses a secret that GitHub would refuse.
func TestReservedNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]int{"KEY": 0, "GITHUB_KEY": 1, "github_token": 1, "GITHUBKEY": 0, "MY_GITHUB_KEY": 0} {
		spec := "  source: github.com/acme/till\n  credentials: [{name: one, type: self-issued-token, sinks: [{githubSecret: acme/till, name: " + name + "}]}]\n"
		if got := rulesOf(t, shop(spec, nil)); len(got) != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestFilesOfTheRegistry refuses to deliver a credential over a file of the registry.
func TestFilesOfTheRegistry(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{
		"roster.yaml": 1, "./a/../roster.yaml": 1, "/srv/shop/roster.yaml": 1, "Roster.yaml": 1, "a/till.yaml": 1, "a/new.yaml": 1,
		"d.yaml": 1, ".git/config": 1, ".GIT/hooks/pre-commit": 1, ".github/workflows/x.yml": 1, ".roster/registry.db": 1,
		"secrets/api": 0, "./secrets//api": 0, "/srv/elsewhere/roster.yaml": 0, "a/deep/new.yaml": 0, "/run/secrets/till": 0, "gitx/config": 0,
	} {
		spec := "  credentials: [{name: one, type: self-issued-token, sinks: [{file: " + file + "}]}]\n"
		if got := rulesOf(t, shop(spec, nil)); len(got) != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}

// TestOneKeyInTwoSpellings gives one account of a provider two spellings.
func TestOneKeyInTwoSpellings(t *testing.T) {
	t.Parallel()
	provider := func(name, account string) string {
		return "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: " + name + "}\nspec: {type: cosmos, account: " + account + "}\n"
	}
	spec := `  credentials:
    - {name: one, type: cosmos-key, provider: p, rotate: {every: 30d}, sinks: [{file: a}]}
    - {name: two, type: cosmos-key, provider: q, rotate: {every: 30d}, sinks: [{file: b}]}
`
	const account = "/subscriptions/0a1b2c3d-0000-0000-0000-00000000000f/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/till"
	const again = "/subscriptions/0A1B2C3D-0000-0000-0000-00000000000F/resourcegroups/G/providers/microsoft.documentdb/databaseAccounts/Till"
	got := rulesOf(t, shop(spec, map[string]string{"a/p.yaml": provider("p", account), "a/q.yaml": provider("q", again)}))
	if !slices.Equal(got, []string{"shared-key", "shared-key"}) {
		t.Error(got)
	}
}

// TestSharedKeysNameTheOthers: each credential is told which others are the same key, and
// not itself.
func TestSharedKeysNameTheOthers(t *testing.T) {
	t.Parallel()
	spec := `  credentials:
    - {name: one, type: cosmos-key, provider: p, rotate: {every: 30d}, sinks: [{file: a}]}
    - {name: two, type: cosmos-key, provider: p, rotate: {every: 30d}, sinks: [{file: b}]}
    - {name: three, type: cosmos-key, provider: p, rotate: {every: 30d}, sinks: [{file: c}]}
    - {name: kept, type: cosmos-key, provider: p, sinks: [{file: d}]}
`
	const account = "/subscriptions/0a1b2c3d-0000-0000-0000-00000000000f/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/till"
	files := shop(spec, map[string]string{"a/p.yaml": "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: p}\nspec: {type: cosmos, account: " + account + "}\n"})
	var got []string
	for _, f := range errorsOf(t, files) {
		if f.Rule == validate.RuleSharedKey {
			got = append(got, strings.TrimPrefix(f.Message, "credential "))
		}
	}
	const end = " of sales/till: renewing one revokes the other"
	want := []string{
		`"one" of sales/till is the same key at its provider as "three" of sales/till, "two"` + end,
		`"two" of sales/till is the same key at its provider as "one" of sales/till, "three"` + end,
		`"three" of sales/till is the same key at its provider as "one" of sales/till, "two"` + end,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestLongListsAreShortened names four others, and counts the rest.
func TestLongListsAreShortened(t *testing.T) {
	t.Parallel()
	const account = "/subscriptions/0a1b2c3d-0000-0000-0000-00000000000f/resourceGroups/g/providers/Microsoft.DocumentDB/databaseAccounts/till"
	provider := map[string]string{"a/p.yaml": "apiVersion: roster/v1\nkind: Provider\nmetadata: {name: p}\nspec: {type: cosmos, account: " + account + "}\n"}
	for n, want := range map[int]string{
		2: `"c1" of sales/till`, 5: `"c1" of sales/till, "c2" of sales/till, "c3" of sales/till, "c4" of sales/till`,
		6: `"c1" of sales/till, "c2" of sales/till, "c3" of sales/till, "c4" of sales/till and 1 more`,
	} {
		spec := "  credentials:\n"
		for i := range n {
			spec += fmt.Sprintf("    - {name: c%d, type: cosmos-key, provider: p, rotate: {every: 30d}, sinks: [{file: f%d}]}\n", i, i)
		}
		found := of(validate.RuleSharedKey, errorsOf(t, shop(spec, provider)))
		if len(found) != n || !strings.Contains(found[0].Message, "at its provider as "+want+": renewing") {
			t.Errorf("%d credentials: %v", n, found)
		}
	}
}

// TestForeignVaults: a vault has to be listed, by the root or by the domain, as soon as one
// of them lists any.
func TestForeignVaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		root, domain, vault string
		want                int
	}{
		"nobody lists any":        {"", "", "live", 0},
		"the root lists it":       {"{keyVault: live}", "", "live", 0},
		"the root lists another":  {"{keyVault: live}", "", "lab", 1},
		"the domain lists it":     {"", "{keyVault: live}", "live", 0},
		"the domain lists others": {"", "{keyVault: live}", "lab", 1},
		"each lists one":          {"{keyVault: lab}", "{keyVault: live}", "lab", 0},
		"a file is no vault":      {"{file: x}", "{file: y}", "live", 0},
	} {
		files := shop("  credentials: [{name: one, type: self-issued-token, sinks: [{keyVault: "+test.vault+", secret: s}]}]\n", nil)
		files["roster.yaml"] = strings.Replace(files["roster.yaml"], "]}", "], sinks: ["+test.root+"]}", 1)
		files["d.yaml"] = "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: sales}\nspec: {owner: \"group:sales\", sinks: [" + test.domain + "]}\n"
		if found := of(validate.RuleForeignSink, errorsOf(t, files)); len(found) != test.want {
			t.Errorf("%s: %v", name, found)
		}
	}
}
