// SPDX-License-Identifier: Apache-2.0

package validate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"github.com/appofapps/roster/finding"
	"github.com/appofapps/roster/internal/test/universe"
	"github.com/appofapps/roster/internal/wire"
	"github.com/appofapps/roster/manifest"
	"github.com/appofapps/roster/validate"
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

func judge(registry *manifest.Registry) []finding.Finding {
	findings, _ := validate.Registry(registry, validate.Config{Systems: wire.Systems(), At: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)})
	return findings
}

// app is one app of a random tree.
type app struct {
	universe.Bounds
	domain, parent string // names
	scopes         []string
	environments   map[string][]string // nil scopes inherit
}

// tree is a random registry in its simplest form.
type tree struct {
	root    universe.Bounds
	domains map[string]universe.Bounds
	apps    map[string]app // by name, which is unique
}

// draw makes a random tree of few places, in which scopes often just fit.
func draw(r *rand.Rand) tree {
	t := tree{root: universe.DrawBounds(r), domains: map[string]universe.Bounds{"a": universe.DrawBounds(r), "b": universe.DrawBounds(r)}, apps: map[string]app{}}
	var names []string
	for i := range 1 + r.IntN(5) {
		name := fmt.Sprintf("app%c", 'a'+i)
		a := app{Bounds: universe.DrawBounds(r), domain: string("ab"[r.IntN(2)]), scopes: universe.DrawScopes(r, r.IntN(3))}
		if len(names) > 0 && r.IntN(2) == 0 {
			a.parent = names[r.IntN(len(names))]
			a.domain = t.apps[a.parent].domain
		}
		if r.IntN(2) == 0 {
			a.environments = map[string][]string{"dev": universe.DrawScopes(r, 1+r.IntN(2)), "prod": nil}
		}
		t.apps[name] = a
		names = append(names, name)
	}
	return t
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
		text := "apiVersion: roster/v1\nkind: App\nmetadata: {name: " + name + "}\nspec:\n  domain: " + a.domain + "\n  owner: group:o\n  version: v1\n" + a.YAML()
		if a.parent != "" {
			text += "  parent: " + a.parent + "\n"
		}
		text += "  scopes: " + universe.Flow(a.scopes) + "\n"
		if a.environments != nil {
			text += "  environments:\n    dev: {scopes: " + universe.Flow(a.environments["dev"]) + "}\n    prod: {}\n"
		}
		files["a/"+name+".yaml"] = text
	}
	return files
}

// objection is what must be said of one scope of one node.
type objection struct {
	node, scope string
	place       string // of the first ceiling that lacks it, or of the deny
	deny        string // "" for a ceiling
}

// place is a level of the tree with its name.
type place struct {
	universe.Bounds
	name string
}

// above returns the places over an app, from the root, and the app's path.
func (t tree) above(name string) ([]place, string) {
	a := t.apps[name]
	if a.parent == "" {
		path := a.domain + "/" + name
		return []place{{t.root, "the root"}, {t.domains[a.domain], "domain " + a.domain}, {a.Bounds, "app " + path}}, path
	}
	places, path := t.above(a.parent)
	path += "/" + name
	return append(slices.Clip(places), place{a.Bounds, "app " + path}), path
}

// objections computes them by trying every word.
func (t tree) objections(u *universe.Universe) map[objection]bool {
	all := map[objection]bool{}
	for name, a := range t.apps {
		places, path := t.above(name)
		expect(u, all, path, a.scopes, places)
		for env, scopes := range a.environments {
			if scopes == nil {
				scopes = a.scopes
			}
			expect(u, all, path+"@"+env, scopes, places)
		}
	}
	return all
}

func expect(u *universe.Universe, all map[objection]bool, node string, scopes []string, places []place) {
	for _, scope := range scopes {
		words := u.Words([]string{scope})
		for _, p := range places {
			if p.Ceiling != nil && !words.Inside(u.Words(p.Ceiling)) {
				all[objection{node: node, scope: scope, place: p.name}] = true
				break
			}
		}
		for _, p := range places {
			for _, deny := range p.Deny {
				if words.Meets(u.Words([]string{deny})) {
					all[objection{node: node, scope: scope, place: p.name, deny: deny}] = true
				}
			}
		}
	}
}
