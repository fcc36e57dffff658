// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/appofapps/roster/verdict"
)

// nested is a registry in which an app is bounded by its shell, its domain and the root.
func nested() map[string]string {
	return map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec: {include: [\"*.yaml\"], ceiling: [\"a/**:*\", \"b/**:*\"]}\n",
		"a.yaml":      "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: a}\nspec: {owner: group:a, ceiling: [\"a/**:r\"], deny: [\"a/z:*\"]}\n",
		"shell.yaml":  "apiVersion: roster/v1\nkind: App\nmetadata: {name: shell}\nspec: {domain: a, owner: group:a, ceiling: [\"a/x:r\"], scopes: []}\n",
		"inner.yaml":  "apiVersion: roster/v1\nkind: App\nmetadata: {name: inner}\nspec: {domain: a, parent: shell, owner: group:a, scopes: [\"a/x:r\"], identity: {github: {repository: acme/one, environment: prod}}}\n",
	}
}

// edited replaces texts in files: file, old, new.
func edited(t *testing.T, files map[string]string, edits ...[3]string) map[string]string {
	t.Helper()
	files = maps.Clone(files)
	for _, e := range edits {
		if !strings.Contains(files[e[0]], e[1]) {
			t.Fatalf("%s has no %q", e[0], e[1])
		}
		files[e[0]] = strings.Replace(files[e[0]], e[1], e[2], 1)
	}
	return files
}

func causesOf(list []verdict.Cause) string {
	var texts []string
	for _, c := range list {
		texts = append(texts, fmt.Sprintf("%s, %s", c.Text, c.File))
	}
	return strings.Join(texts, "; ")
}

// TestCauses names the lines because of which a node may do something new: its scope,
// its identity if it held the scope before, and each level that let it not pass.
func TestCauses(t *testing.T) {
	t.Parallel()
	scope := [3]string{"inner.yaml", `scopes: ["a/x:r"]`, `scopes: ["a/x:r", "a/y:r"]`}
	const first = "a/shell/inner gains a/y:r because of scope a/y:r, inner.yaml"
	for name, test := range map[string]struct {
		before [][3]string // edits of the base, that head has as well
		edits  [][3]string
		want   []string
	}{
		"a scope that a level above stops": {nil, [][3]string{scope}, []string{first}},
		"a scope and the shell's ceiling": {
			nil,
			[][3]string{scope, {"shell.yaml", `"a/x:r"`, `"a/x:r", "a/y:r"`}},
			[]string{first + "; ceiling of app a/shell, shell.yaml"},
		},
		"a scope, and the ceilings of shell and domain": {
			[][3]string{{"a.yaml", `"a/**:r"`, `"a/x:r"`}},
			[][3]string{scope, {"shell.yaml", `"a/x:r"`, `"a/x:r", "a/y:r"`}, {"a.yaml", `"a/x:r"`, `"a/**:r"`}},
			[]string{first + "; ceiling of app a/shell, shell.yaml; ceiling of domain a, a.yaml"},
		},
		"a scope, and a ceiling that stays": {
			[][3]string{{"shell.yaml", `"a/x:r"`, `"a/**:r"`}}, [][3]string{scope}, []string{first},
		},
		"a scope, and a ceiling for something else": {
			nil, [][3]string{scope, {"shell.yaml", `"a/x:r"`, `"a/x:r", "a/w:r"`}}, []string{first},
		},
		"a scope, and no ceiling of the shell any more": {
			nil,
			[][3]string{scope, {"shell.yaml", `ceiling: ["a/x:r"], `, ""}},
			[]string{first + "; ceiling and deny of app a/shell, removed, shell.yaml"},
		},
		"a scope, and a deny that goes": {
			[][3]string{{"shell.yaml", `"a/x:r"`, `"a/**:r"`}, {"a.yaml", `"a/z:*"`, `"a/y:*"`}},
			[][3]string{scope, {"a.yaml", `"a/y:*"`, `"a/z:*"`}},
			[]string{first + "; deny of domain a, which covered a/y:r, a.yaml"},
		},
		"a scope, and no shell above it any more": {
			nil,
			[][3]string{scope, {"inner.yaml", "parent: shell, ", ""}, {"inner.yaml", "name: inner", "name: inner, previously: a/shell/inner"}},
			[]string{"a/inner gains a/y:r because of scope a/y:r, inner.yaml; no longer below app a/shell, inner.yaml"},
		},
		"a scope of another app that moves below the shell": {
			[][3]string{{"inner.yaml", "parent: shell, ", ""}},
			[][3]string{scope, {"inner.yaml", "domain: a,", "domain: a, parent: shell,"}, {"inner.yaml", "name: inner", "name: inner, previously: a/inner"}},
			[]string{first},
		},
		"a wider identity": {
			nil,
			[][3]string{{"inner.yaml", ", environment: prod", ""}},
			[]string{"a/shell/inner gains a/x:r because of identity repo:acme/one:*, inner.yaml; scope a/x:r, inner.yaml"},
		},
		"a wider identity and another scope": {
			nil, [][3]string{{"inner.yaml", ", environment: prod", ""}, {"inner.yaml", `"a/x:r"`, `"a/y:r"`}}, []string{"a/shell/inner gains a/y:r because of scope a/y:r, inner.yaml"},
		},
		"a new app": {
			[][3]string{{"inner.yaml", "name: inner", "name: other"}},
			[][3]string{{"inner.yaml", "name: other", "name: fresh"}, {"inner.yaml", "acme/one", "acme/two"}},
			[]string{"a/shell/fresh gains a/x:r because of scope a/x:r, inner.yaml"},
		},
	} {
		base := edited(t, nested(), test.before...)
		v := compare(load(t, base), load(t, edited(t, base, test.edits...)))
		var got []string
		for _, a := range v.NewAccess {
			got = append(got, fmt.Sprintf("%s gains %s because of %s", a.Node, a.Witness, causesOf(a.Causes)))
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestManyParts names the parts of one level's difference one by one up to twenty, and
// what follows together.
func TestManyParts(t *testing.T) {
	t.Parallel()
	for parts, want := range map[int][2]int{1: {1, 0}, 20: {20, 0}, 21: {21, 0}, 22: {20, 2}, 40: {20, 20}} {
		var list []string
		for i := range parts {
			list = append(list, fmt.Sprintf("\"a/p%d:w\"", i))
		}
		v := compare(load(t, nested()), load(t, edited(t, nested(), [3]string{"a.yaml", `"a/**:r"`, `"a/**:r", ` + strings.Join(list, ", ")})))
		single, more := 0, 0
		for _, h := range v.NewHeadroom {
			if h.Level == "domain a" && h.Change == "allows more" {
				single++
			} else if _, err := fmt.Sscanf(h.Change, "allows more by %d further changes", &more); err != nil {
				t.Errorf("%d parts: %s", parts, h.Change)
			}
		}
		if single != want[0] || more != want[1] {
			t.Errorf("%d parts: %d named, and %d more, want %v", parts, single, more, want)
		}
	}
}

// TestFreedNodesAreNamed: every node that a template binds no more is named.
func TestFreedNodesAreNamed(t *testing.T) {
	t.Parallel()
	files := nested()
	files["tpl.yaml"] = "apiVersion: roster/v1\nkind: PolicyTemplate\nmetadata: {name: tpl}\nspec: {match: {labels: {tier: core}}, mustNever: [\"a/q:*\"]}\n"
	base := edited(t, files, [3]string{"roster.yaml", "ceiling:", "policies: [tpl], ceiling:"},
		[3]string{"shell.yaml", "name: shell", "name: shell, labels: {tier: core}"}, [3]string{"inner.yaml", "name: inner", "name: inner, labels: {tier: core}"})
	head := edited(t, base, [3]string{"shell.yaml", ", labels: {tier: core}", ""}, [3]string{"inner.yaml", ", labels: {tier: core}", ""})
	var got []string
	for _, h := range compare(load(t, base), load(t, head)).NewHeadroom {
		got = append(got, h.Level)
	}
	if d := cmp.Diff([]string{"app a/shell", "app a/shell/inner"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestApplicationsBelongToNodes: an application belongs to the node that base gave it,
// also if that is split into environments.
func TestApplicationsBelongToNodes(t *testing.T) {
	t.Parallel()
	const app = "apiVersion: roster/v1\nkind: App\nmetadata: {name: NAME}\nspec: {domain: a, owner: group:a, scopes: [], SPEC}\n"
	of := func(name, spec string) string { return strings.NewReplacer("NAME", name, "SPEC", spec).Replace(app) }
	const alone, shared = "identity: {entra: {application: x}}", "environments: {prod: {identity: {entra: {application: x}}}, dev: {}}"
	for name, test := range map[string]struct{ one, two, oneNow, twoNow, want string }{
		"nothing":                      {alone, "", alone, "", ""},
		"it is split":                  {alone, "", shared, "", ""},
		"it is joined":                 {shared, "", alone, "", "app a/one"},
		"another environment":          {shared, "", "environments: {prod: {}, dev: {identity: {entra: {application: x}}}}", "", "app a/one@dev"},
		"another app too":              {alone, "", alone, alone, "app a/two"},
		"another app's environment":    {alone, "", alone, shared, "app a/two@prod"},
		"another app instead":          {alone, "", "", alone, "app a/two"},
		"both had it":                  {alone, alone, alone, alone, ""},
		"it was of an environment too": {shared, "", shared, shared, "app a/two@prod"},
	} {
		files := func(one, two string) map[string]string {
			files := nested()
			files["one.yaml"], files["two.yaml"] = of("one", one), of("two", two)
			return files
		}
		var got []string
		for _, h := range compare(load(t, files(test.one, test.two)), load(t, files(test.oneNow, test.twoNow))).NewControl {
			got = append(got, h.Level)
			if strings.Join(h.Reaches, " ") != "entra" { // its owner declares nothing else
				t.Errorf("%s: reaches %q", name, h.Reaches)
			}
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestMoves names the levels that an app left, of which it is the first: apps below it
// moved along.
func TestMoves(t *testing.T) {
	t.Parallel()
	app := func(name, more string) string {
		return "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + "}\nspec: {owner: group:a, scopes: [], " + more + "}\n"
	}
	moved := func(name, was, more string) string {
		return strings.Replace(app(name, more), "name: "+name, "name: "+name+", previously: "+was, 1)
	}
	base := nested()
	base["b.yaml"] = "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: b}\nspec: {owner: group:b, ceiling: [\"b/x:r\"]}\n"
	base["outer.yaml"], base["deep.yaml"] = app("outer", "domain: b"), app("deep", "domain: b, parent: outer")
	for name, test := range map[string]struct {
		edits map[string]string
		want  []string
	}{
		"to another domain": {
			map[string]string{"outer.yaml": moved("outer", "b/outer", "domain: a"), "deep.yaml": app("deep", "domain: a, parent: outer")},
			[]string{"app a/outer is no longer below domain b"},
		},
		"below a new app": {
			map[string]string{"fresh.yaml": app("fresh", "domain: a"), "outer.yaml": moved("outer", "b/outer", "domain: a, parent: fresh"), "deep.yaml": app("deep", "domain: a, parent: outer")},
			[]string{"app a/fresh/outer is no longer below domain b"},
		},
		"from below an app": {
			map[string]string{"deep.yaml": moved("deep", "b/outer/deep", "domain: a")},
			[]string{"app a/deep is no longer below domain b"},
		},
		"within the domain":      {map[string]string{"deep.yaml": moved("deep", "b/outer/deep", "domain: b")}, nil},
		"another name":           {map[string]string{"outer.yaml": moved("other", "b/outer", "domain: b"), "deep.yaml": app("deep", "domain: b, parent: other")}, nil},
		"below what bounds less": {map[string]string{"outer.yaml": moved("outer", "b/outer", "domain: a, parent: shell"), "deep.yaml": app("deep", "domain: a, parent: outer")}, []string{"app a/shell/outer is no longer below domain b"}},
	} {
		head := maps.Clone(base)
		maps.Copy(head, test.edits)
		var got []string
		for _, h := range compare(load(t, base), load(t, head)).NewHeadroom {
			got = append(got, h.Level+" "+h.Change)
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// TestEmptyAndAbsentCeilings: an empty ceiling allows nothing, and none allows all.
func TestEmptyAndAbsentCeilings(t *testing.T) {
	t.Parallel()
	of := func(spec string) map[string]string {
		return edited(t, nested(), [3]string{"a.yaml", `ceiling: ["a/**:r"], deny: ["a/z:*"]`, spec})
	}
	const none, empty, all = "retention: 9d", "ceiling: []", `ceiling: ["**:*"]`
	for _, test := range []struct {
		before, after string
		want          int
	}{{empty, none, 1}, {none, empty, 0}, {empty, empty, 0}, {none, none, 0}, {empty, all, 1}, {all, none, 0}, {none, all, 0}} {
		if v := compare(load(t, of(test.before)), load(t, of(test.after))); len(v.NewHeadroom) != test.want {
			t.Errorf("%s -> %s: %s", test.before, test.after, gainsOf(v))
		}
	}
}
