// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/appofapps/roster/internal/test/universe"
	"github.com/appofapps/roster/manifest"
)

// load reads a registry of files and fails when it does not resolve.
func load(t testing.TB, files map[string]string) *manifest.Registry {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	registry, findings, err := manifest.Load(t.Context(), fsys, manifest.Options{Workers: 1})
	if err != nil || len(findings) > 0 {
		t.Fatalf("load: %v, %v in %v", err, findings, files)
	}
	return registry
}

// who is the identities of one node in their simplest form.
type who struct {
	repository  string // as it is spelt; "" for none
	environment string
	entra       string
}

// app is one app of a random tree.
type app struct {
	universe.Bounds
	domain, parent string // names
	previously     string
	scopes         []string
	who            who
	environments   map[string]env
}

// env is one environment; nil scopes and a zero who inherit.
type env struct {
	scopes []string
	who    who
}

// tree is a random registry in its simplest form.
type tree struct {
	root    universe.Bounds
	domains map[string]universe.Bounds
	apps    map[string]app // by name, which is unique
}

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// draw makes a random tree of few places, in which much is shared.
func draw(r *rand.Rand) tree {
	t := tree{root: universe.DrawBounds(r), domains: map[string]universe.Bounds{"a": universe.DrawBounds(r), "b": universe.DrawBounds(r)}, apps: map[string]app{}}
	for i := range 1 + r.IntN(4) {
		t.apps[fmt.Sprintf("app%c", 'a'+i)] = t.drawApp(r)
	}
	return t
}

func (t tree) drawApp(r *rand.Rand) app {
	a := app{domain: pick(r, "a", "b"), scopes: universe.DrawScopes(r, r.IntN(3)), who: drawWho(r)}
	if r.IntN(2) == 0 {
		a.Bounds = universe.DrawBounds(r)
	}
	if names := slices.Sorted(maps.Keys(t.apps)); len(names) > 0 && r.IntN(2) == 0 {
		a.parent = pick(r, names...)
		a.domain = t.apps[a.parent].domain
	}
	if r.IntN(3) == 0 {
		a.environments = map[string]env{"dev": {universe.DrawScopes(r, 1+r.IntN(2)), drawWho(r)}, "prod": {}}
	}
	return a
}

func drawWho(r *rand.Rand) who {
	var w who
	if r.IntN(2) == 0 {
		w.repository = pick(r, "acme/one", "Acme/ONE", "acme/two", "acme@1/one@2", "acme@1/two@2", "acme@1/one@3")
		w.environment = pick(r, "", "dev", "prod")
	}
	if r.IntN(4) == 0 {
		w.entra = pick(r, "red", "blue")
	}
	return w
}

// change makes the head of a pull request out of a base: one to three edits of
// the kinds that people make.
func (t tree) change(r *rand.Rand) tree {
	head := tree{root: t.root, domains: maps.Clone(t.domains), apps: maps.Clone(t.apps)}
	for range 1 + r.IntN(3) {
		head.edit(r)
	}
	return head
}

func (t *tree) edit(r *rand.Rand) {
	switch name := pick(r, slices.Sorted(maps.Keys(t.apps))...); r.IntN(11) {
	case 0:
		t.root = universe.DrawBounds(r)
	case 1:
		t.domains[pick(r, "a", "b")] = universe.DrawBounds(r)
	case 2:
		t.set(name, func(a *app) { a.Bounds = universe.DrawBounds(r) })
	case 3:
		t.set(name, func(a *app) { a.Bounds = universe.Bounds{} })
	case 4, 5:
		t.set(name, func(a *app) { a.scopes = universe.DrawScopes(r, r.IntN(4)) })
	case 6:
		t.set(name, func(a *app) { a.who = drawWho(r) })
	case 7:
		t.set(name, func(a *app) {
			a.environments = map[string]env{"dev": {universe.DrawScopes(r, 1), drawWho(r)}, "prod": {}}
		})
	case 8:
		t.move(name, pick(r, "a", "b"))
	case 9:
		t.rename(name, "new"+name[3:], r.IntN(3) > 0)
	default:
		if name := fmt.Sprintf("add%c", 'a'+r.IntN(3)); !slices.Contains(slices.Collect(maps.Keys(t.apps)), name) {
			t.apps[name] = t.drawApp(r)
		}
	}
}

func (t *tree) set(name string, edit func(*app)) {
	a := t.apps[name]
	edit(&a)
	t.apps[name] = a
}

// move puts an app directly below a domain, and what is below it too.
func (t *tree) move(name, domain string) {
	was := t.path(name)
	t.set(name, func(a *app) { a.parent, a.previously = "", was })
	for below := range t.apps {
		if below == name || slices.Contains(t.line(below), name) {
			t.set(below, func(a *app) { a.domain = domain })
		}
	}
}

// line returns the apps above an app, nearest first.
func (t tree) line(name string) []string {
	var list []string
	for name = t.apps[name].parent; name != ""; name = t.apps[name].parent {
		list = append(list, name)
	}
	return list
}

// rename gives an app another name, and says so or not.
func (t *tree) rename(from, to string, told bool) {
	if _, taken := t.apps[to]; taken || !strings.HasPrefix(from, "app") {
		return
	}
	a := t.apps[from]
	if told {
		a.previously = t.path(from)
	}
	delete(t.apps, from)
	t.apps[to] = a
	for below, b := range t.apps {
		if b.parent == from {
			t.set(below, func(a *app) { a.parent = to })
		}
	}
}

func (t tree) path(name string) string {
	a := t.apps[name]
	if a.parent == "" {
		return a.domain + "/" + name
	}
	return t.path(a.parent) + "/" + name
}

// files writes the tree as manifests.
func (t tree) files() map[string]string {
	files := map[string]string{
		"roster.yaml": "apiVersion: roster/v1\nkind: Root\nmetadata: {name: acme}\nspec:\n  include: [\"d/*.yaml\", \"a/*.yaml\"]\n" + t.root.YAML(),
	}
	for name, b := range t.domains {
		files["d/"+name+".yaml"] = "apiVersion: roster/v1\nkind: Domain\nmetadata: {name: " + name + "}\nspec:\n  owner: group:o\n" + b.YAML()
	}
	for name, a := range t.apps {
		files["a/"+name+".yaml"] = a.yaml(name)
	}
	return files
}

func (a app) yaml(name string) string {
	metadata := "name: " + name
	if a.previously != "" {
		metadata += ", previously: " + a.previously
	}
	text := "apiVersion: roster/v1\nkind: App\nmetadata: {" + metadata + "}\nspec:\n  domain: " + a.domain + "\n  owner: group:o\n  version: v1\n" + a.YAML()
	if a.parent != "" {
		text += "  parent: " + a.parent + "\n"
	}
	text += "  scopes: " + universe.Flow(a.scopes) + "\n" + a.who.yaml("  ")
	if a.environments != nil {
		text += "  environments:\n    dev:\n      version: v2\n" + a.environments["dev"].yaml() + "    prod:\n      version: v2\n" + a.environments["prod"].yaml()
	}
	return text
}

func (e env) yaml() string {
	text := e.who.yaml("      ")
	if e.scopes != nil {
		text += "      scopes: " + universe.Flow(e.scopes) + "\n"
	}
	return text
}

func (w who) yaml(indent string) string {
	var parts []string
	if w.repository != "" {
		github := fmt.Sprintf("repository: %q", w.repository)
		if w.environment != "" {
			github += ", environment: " + w.environment
		}
		parts = append(parts, "github: {"+github+"}")
	}
	if w.entra != "" {
		parts = append(parts, "entra: {application: "+w.entra+"}")
	}
	if parts == nil {
		return ""
	}
	return indent + "identity: {" + strings.Join(parts, ", ") + "}\n"
}
